-- Before deploy. What is said of split households; who changed what of a draft; who wants another one to send.
-- depends: 0107.distribution-reminders

-- splits: of each household {household, confirmed, reason, reason_text, version}, by household.
-- message_version: the version at which the message last changed. drafted_at: the row's version when a release that
-- keeps these (and decided_version) wrote it; another one wrote it since where the two differ.
ALTER TABLE distribution_list
    ADD COLUMN splits jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN message_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN drafted_at bigint;

-- The list's version at which the decision last changed; 0: nobody has changed it.
ALTER TABLE person ADD COLUMN decided_version bigint NOT NULL DEFAULT 0;

-- One row a step of the municipality's work: written once. decisions: of each person {running_number, accept, reason}.
CREATE TABLE list_change (
    list_id text NOT NULL REFERENCES distribution_list,
    version bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('saved', 'approved', 'returned', 'sent')),
    by_id text NOT NULL,
    by_name text NOT NULL,
    at timestamptz NOT NULL,
    decisions jsonb NOT NULL,
    households integer[] NOT NULL,
    message boolean NOT NULL,
    PRIMARY KEY (list_id, version)
);

-- From the register: municipalities that want another one to send an answer than the one who approved it.
CREATE TABLE municipality_four_eyes (
    municipality_id text PRIMARY KEY,
    required boolean NOT NULL
);
