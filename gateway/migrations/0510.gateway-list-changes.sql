-- Before deploy. Who did what to a list, step by step.
-- depends: 0501.gateway-readmodel

CREATE TABLE readmodel.list_change (
    list_id text NOT NULL,
    version bigint NOT NULL,
    municipality_id text NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (list_id, version)
);

-- As for every table of this schema: 0501.
ALTER TABLE readmodel.list_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE readmodel.list_change FORCE ROW LEVEL SECURITY;
CREATE POLICY projection ON readmodel.list_change TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY own_municipality ON readmodel.list_change FOR SELECT TO fordeling_gateway_reader
    USING (municipality_id = (SELECT nullif(current_setting('fordeling.municipality', true), '')));
GRANT SELECT ON readmodel.list_change TO fordeling_gateway_reader;
