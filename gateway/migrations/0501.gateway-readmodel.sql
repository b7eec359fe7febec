-- Before deploy.
-- What the pages read. Everything here comes from the .state topics and can be dropped and projected again.
-- "body" is the state message as its contract model writes it; the columns beside it are what SQL compares by.
-- "sequence" is the version the row comes from (epoch folded in): a record at or below it is old.
CREATE SCHEMA readmodel;

CREATE TABLE readmodel.municipality (
    municipality_id text PRIMARY KEY,
    organisation_number text NOT NULL,
    name text NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX municipality_organisation_number ON readmodel.municipality (organisation_number);

CREATE TABLE readmodel.ledger_year (
    municipality_id text NOT NULL,
    year integer NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (municipality_id, year)
);

CREATE TABLE readmodel.ledger_list (
    list_id text NOT NULL,
    year integer NOT NULL,
    municipality_id text NOT NULL,
    sequence bigint NOT NULL,
    list_version bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (list_id, year)
);
CREATE INDEX ledger_list_municipality ON readmodel.ledger_list (municipality_id);

CREATE TABLE readmodel.distribution_list (
    list_id text PRIMARY KEY,
    municipality_id text NOT NULL,
    status text NOT NULL,
    year integer NOT NULL,
    received_at timestamptz NOT NULL,
    deadline date NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX distribution_list_received ON readmodel.distribution_list (municipality_id, received_at DESC);

CREATE TABLE readmodel.person (
    list_id text NOT NULL,
    running_number integer NOT NULL,
    municipality_id text NOT NULL,
    status text NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (list_id, running_number)
);
CREATE INDEX person_municipality ON readmodel.person (municipality_id, status);

CREATE TABLE readmodel.notice (
    notice_id text PRIMARY KEY,
    municipality_id text NOT NULL,
    posted_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX notice_posted ON readmodel.notice (municipality_id, posted_at DESC);

CREATE TABLE readmodel.letter (
    letter_id text PRIMARY KEY,
    municipality_id text NOT NULL,
    list_id text NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX letter_list ON readmodel.letter (list_id);

-- Two rules for every table. The owner (migrations and projector) sees all; the reader sees the rows of the
-- municipality that its transaction names, and none where that is not set or empty. FORCE holds the owner to
-- the policies too, so a forgotten one shows at once.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'readmodel' LOOP
        EXECUTE format('ALTER TABLE readmodel.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE readmodel.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY projection ON readmodel.%I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format(
            'CREATE POLICY own_municipality ON readmodel.%I FOR SELECT TO fordeling_gateway_reader '
            'USING (municipality_id = (SELECT nullif(current_setting(''fordeling.municipality'', true), '''')))',
            name
        );
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA readmodel TO fordeling_gateway_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA readmodel TO fordeling_gateway_reader;
