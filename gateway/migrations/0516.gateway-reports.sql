-- Before deploy. Reports between the lists: weekly places and homes; those about persons in a table of their own.
-- depends: 0506.gateway-command-waiting

CREATE TABLE readmodel.report (
    municipality_id text NOT NULL,
    report_id text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    entered_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (municipality_id, report_id)
);

CREATE TABLE readmodel.person_report (
    municipality_id text NOT NULL,
    report_id text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    entered_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (municipality_id, report_id)
);

-- As for every table of this schema: 0501.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['report', 'person_report'] LOOP
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
