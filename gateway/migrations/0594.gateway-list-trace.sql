-- Before deploy. Where traces are told, what continues the trace of each list: an answer is in the one of its list.
-- depends: 0593.gateway-operators-login

CREATE TABLE gateway.list_trace (
    list_id text PRIMARY KEY,
    traceparent text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX list_trace_at ON gateway.list_trace (at);
