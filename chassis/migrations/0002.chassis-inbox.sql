-- Before deploy. Messages that have had their effect, by reader (consumer group), source and id.
CREATE TABLE inbox (
    reader text NOT NULL,
    source text NOT NULL,
    message_id text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (reader, source, message_id)
);
CREATE INDEX inbox_received_at ON inbox (received_at);

-- The last sequence that had its effect, by reader and subject. previous_sequence is the one it replaced:
-- an update names it, so that two readers of one record cannot both go on from the same place.
CREATE TABLE inbox_sequence (
    reader text NOT NULL,
    subject text NOT NULL,
    last_sequence bigint NOT NULL,
    previous_sequence bigint NOT NULL,
    PRIMARY KEY (reader, subject)
) WITH (fillfactor = 80);

CREATE TABLE command_outcome (
    command_id text PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    sequence bigint,
    body bytea NOT NULL,
    stored_at timestamptz NOT NULL
);
CREATE INDEX command_outcome_stored_at ON command_outcome (stored_at);

CREATE TABLE waiting_task (
    task_id text PRIMARY KEY,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE waiting_need (
    task_id text NOT NULL REFERENCES waiting_task ON DELETE CASCADE,
    entity text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (task_id, entity)
);
CREATE INDEX waiting_need_entity ON waiting_need (entity, version);

-- The version in which each entity has arrived; its row lock lets a task and an arrival not miss each other.
CREATE TABLE waiting_arrival (
    entity text PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE timer_run (
    name text PRIMARY KEY,
    last_run timestamptz NOT NULL
);
