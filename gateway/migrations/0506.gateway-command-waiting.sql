-- Before deploy. Commands whose owner has not answered yet, so that no more are taken than it can be expected to answer.
-- Short by its bound; a row is gone with the outcome, or is not counted any more after a while. topic: the owner's.
CREATE TABLE gateway.command_waiting (
    command_id text PRIMARY KEY,
    topic text NOT NULL,
    municipality_id text NOT NULL,
    since timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX command_waiting_topic ON gateway.command_waiting (topic, since);
