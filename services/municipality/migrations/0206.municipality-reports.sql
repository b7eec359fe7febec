-- Before deploy. What municipalities report between the lists: weekly places, homes, persons they ask for, self-settlement.
-- depends: 0205.municipality-ledger-lines

-- content: what the report says; NULL once one about persons is no longer open. people: how many persons it names, or
-- named. matters_until: the last day on which it makes sense to ask whether it is valid; NULL: for ever.
CREATE TABLE report (
    municipality_id text NOT NULL REFERENCES municipality,
    report_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('weekly_places', 'housing', 'named_persons', 'self_settlement')),
    version bigint NOT NULL CHECK (version > 0),
    status text NOT NULL CHECK (status IN ('open', 'answered', 'withdrawn', 'lapsed')),
    content jsonb,
    people integer,
    entered_at timestamptz NOT NULL,
    valid_from timestamptz NOT NULL,
    questioned_at timestamptz,
    closed_at timestamptz,
    list_id text,
    matters_until date,
    PRIMARY KEY (municipality_id, report_id),
    -- Persons are erased with the end of the report.
    CHECK (status = 'open' OR content IS NULL OR kind IN ('weekly_places', 'housing'))
);
CREATE INDEX report_open ON report (valid_from) WHERE status = 'open';

-- Every step of each report; of what changed only which parts, and of weeks how many before and after.
CREATE TABLE report_change (
    municipality_id text NOT NULL,
    report_id text NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    step text NOT NULL,
    user_id text,
    name text,
    weeks jsonb NOT NULL,
    fields text[] NOT NULL,
    PRIMARY KEY (municipality_id, report_id, version),
    FOREIGN KEY (municipality_id, report_id) REFERENCES report
);
