-- Before deploy. The epoch of this database's sequences, and telling again what a topic should hold.
-- depends: 0001.chassis-outbox

-- One row. Raised after a restore: what is told from then on lies above all that was told before.
CREATE TABLE sequence_epoch (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    epoch integer NOT NULL CHECK (epoch >= 0)
);
INSERT INTO sequence_epoch (epoch) VALUES (0);

-- What an operator asked for; the service's leading process does it, a bounded transaction at a time.
-- keys: of records; NULL: all. scope, since: only what belongs to it, only what changed from then on.
-- least_epoch: the epoch is raised to it first, if it is lower.
-- strays: [{"topic", "type", "key", "sequence"}], what readers hold and no topic has: erased where the database lacks it.
-- source, last_id: how far it has come.
CREATE TABLE republish_request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    keys text[],
    scope text,
    since timestamptz,
    least_epoch integer,
    strays jsonb NOT NULL DEFAULT '[]',
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    source text NOT NULL DEFAULT '',
    last_id text NOT NULL DEFAULT '',
    told bigint NOT NULL DEFAULT 0,
    erased bigint NOT NULL DEFAULT 0,
    finished_at timestamptz,
    error text
);
CREATE INDEX republish_request_open ON republish_request (id) WHERE finished_at IS NULL;
