-- Before deploy. What came on imdi.distribution-lists and was sent back, or waits, as it came.
-- depends: 0101.distribution-lists

-- Holds all that IMDi sent of persons, protected addresses among them: pruned after ORIGINALS_KEPT_DAYS.
-- The time is part of the key so that a topic made anew, whose offsets begin again, is not taken for a repeat.
CREATE TABLE rejected_original (
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    record_timestamp bigint NOT NULL,
    message_id text,
    list_id text,
    municipality_number text,
    key bytea,
    headers jsonb NOT NULL,
    value bytea,
    errors jsonb NOT NULL,
    rejected_at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, record_offset, record_timestamp)
);
CREATE INDEX rejected_original_rejected_at ON rejected_original (rejected_at);

-- Lists whose municipality is unknown while the register has not all arrived here. Gone once it has.
CREATE TABLE waiting_original (
    task_id text PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    record_timestamp bigint NOT NULL,
    message_id text,
    key bytea,
    headers jsonb NOT NULL,
    value bytea,
    received_at timestamptz NOT NULL
);
