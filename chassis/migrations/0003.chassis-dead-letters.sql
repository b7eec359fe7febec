-- Before deploy. Subjects that are held up: while a row is here, later messages of the subject are parked too.
CREATE TABLE parked_subject (
    reader text NOT NULL,
    subject text NOT NULL,
    parked_at timestamptz NOT NULL,
    PRIMARY KEY (reader, subject)
);

-- Parked messages, whole; redriven in the order of their ids.
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reader text NOT NULL,
    subject text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    record_timestamp bigint NOT NULL,
    key bytea,
    headers bytea NOT NULL,
    value bytea,
    message_id text,
    type text,
    error text NOT NULL,
    fields jsonb NOT NULL,
    behind boolean NOT NULL,
    tries integer NOT NULL DEFAULT 1,
    parked_at timestamptz NOT NULL,
    FOREIGN KEY (reader, subject) REFERENCES parked_subject,
    UNIQUE (reader, topic, partition, record_offset, record_timestamp)
);
CREATE INDEX dead_letter_subject ON dead_letter (reader, subject, id);

-- What an operator asked for; the service's own process does it.
CREATE TABLE redrive_request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reader text NOT NULL,
    subject text NOT NULL,
    dry_run boolean NOT NULL,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    handled integer,
    remaining integer,
    error text
);
CREATE INDEX redrive_request_open ON redrive_request (id) WHERE finished_at IS NULL;

-- What was done with parked messages, by whom: ids and reasons only, kept when the messages are gone.
CREATE TABLE dead_letter_action (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL,
    dead_letter_id bigint NOT NULL,
    reader text NOT NULL,
    subject text NOT NULL,
    message_id text,
    done_by text NOT NULL,
    reason text,
    error text,
    done_at timestamptz NOT NULL DEFAULT now()
);
