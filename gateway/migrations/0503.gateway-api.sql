-- Before deploy. Idempotency keys of the API.
-- depends: 0502.gateway-lasting

-- Writes through /api/v1 by their idempotency keys: command_id is made from the client and its key. fingerprint:
-- SHA-256 of what was asked, so that the same key for something else is noticed. Kept as long as outcomes are.
CREATE TABLE gateway.api_request (
    command_id text PRIMARY KEY,
    user_id text NOT NULL,
    municipality_id text NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    fingerprint bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX api_request_created_at ON gateway.api_request (created_at);
