-- Before deploy. A letter's way to its receiver. Letters made before this are not sent.

-- Personal data: who a letter is sent to digitally. None where IMDi has not given one, and in a closed folder.
ALTER TABLE folder_copy ADD COLUMN identity_number text CHECK (identity_number IS NULL OR NOT closed);

-- reference: SvarUt's id. statuses: [{"status", "at"}], oldest first. dispatch_failure: why it was not handed over.
ALTER TABLE letter
    ADD COLUMN reference text,
    ADD COLUMN handed_over_at timestamptz,
    ADD COLUMN statuses jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN dispatch_failure text CHECK (dispatch_failure IN ('refused', 'folder_closed')),
    ADD CHECK (num_nonnulls(reference, handed_over_at) IN (0, 2)),
    ADD CHECK (reference IS NULL OR (object_key IS NOT NULL AND dispatch_failure IS NULL));

-- Where a letter is in being sent. due_at: when it may be claimed (again). claims: counts every claim, so that the last
-- one is known from those before; after the first claim the letter may be at SvarUt, whatever else is known.
-- tries: since it last came further, for the back-off.
CREATE TABLE letter_dispatch (
    letter_id text PRIMARY KEY REFERENCES letter,
    stage text NOT NULL CHECK (stage IN ('to_send', 'followed', 'settled')),
    due_at timestamptz NOT NULL,
    claims integer NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
CREATE INDEX letter_dispatch_due ON letter_dispatch (stage, due_at, letter_id) WHERE stage <> 'settled';
