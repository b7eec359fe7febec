-- Before deploy. Records to be sent, in the order of their ids; a row is gone once Kafka has it.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    partition_key text,
    subject text NOT NULL,
    headers jsonb NOT NULL,
    value bytea,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Rows that Kafka refuses for good (too large, not authorised). Later rows of the same topic and subject
-- stay in the outbox until an operator releases or discards the row here.
CREATE TABLE outbox_aside (
    id bigint PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    partition_key text,
    subject text NOT NULL,
    headers jsonb NOT NULL,
    value bytea,
    created_at timestamptz NOT NULL,
    error text NOT NULL,
    aside_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_aside_subject ON outbox_aside (topic, subject);
