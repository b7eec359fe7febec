-- Before deploy. What makes it possible to go on after Kafka was lost.
-- depends: 0001.chassis-outbox

-- What was sent lately, but for state, which is told again from the tables themselves. Sent again, with the ids it had,
-- when Kafka is lost: readers know what they have had, and get what had not reached them.
CREATE TABLE outbox_sent (
    id bigint PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    partition_key text,
    subject text NOT NULL,
    headers jsonb NOT NULL,
    value bytea,
    created_at timestamptz NOT NULL
);
CREATE INDEX outbox_sent_created_at ON outbox_sent (created_at);

-- Which Kafka all of that was sent to. No row: none yet. Another one has none of it.
CREATE TABLE kafka_cluster (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    cluster_id text NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
