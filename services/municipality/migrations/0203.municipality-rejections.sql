-- Before deploy. What came on imdi.requests and was sent back, as it came.
-- depends: 0201.municipality-register

-- The time is part of the key so that a topic made anew, whose offsets begin again, is not taken for a repeat.
CREATE TABLE rejected_request (
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    record_timestamp bigint NOT NULL,
    message_id text,
    key bytea,
    headers jsonb NOT NULL,
    value bytea,
    errors jsonb NOT NULL,
    rejected_at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, record_offset, record_timestamp)
);
CREATE INDEX rejected_request_rejected_at ON rejected_request (rejected_at);
