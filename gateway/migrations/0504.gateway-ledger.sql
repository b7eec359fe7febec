-- Before deploy. The lines of the ledgers of places, and the requests and resolutions of each year as they came.
-- depends: 0501.gateway-readmodel

CREATE TABLE readmodel.ledger_entry (
    municipality_id text NOT NULL,
    year integer NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    place_kind text NOT NULL,
    agreed integer NOT NULL,
    requested integer NOT NULL,
    placed integer NOT NULL,
    settled integer NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (municipality_id, year, number)
);

CREATE TABLE readmodel.ledger_change (
    municipality_id text NOT NULL,
    year integer NOT NULL,
    version bigint NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (municipality_id, year, version)
);

-- As for every table of this schema: 0501.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ledger_entry', 'ledger_change'] LOOP
        EXECUTE format('ALTER TABLE readmodel.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE readmodel.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY projection ON readmodel.%I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format(
            'CREATE POLICY own_municipality ON readmodel.%I FOR SELECT TO fordeling_gateway_reader '
            'USING (municipality_id = (SELECT nullif(current_setting(''fordeling.municipality'', true), '''')))',
            name
        );
        EXECUTE format('GRANT SELECT ON readmodel.%I TO fordeling_gateway_reader', name);
    END LOOP;
END
$$;
