-- Before deploy. Who placed persons are, from distribution.person-folders.state.v1: while they are placed here, no longer.
-- depends: 0504.gateway-ledger

CREATE TABLE readmodel.person_folder (
    list_id text NOT NULL,
    running_number integer NOT NULL,
    municipality_id text NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (list_id, running_number)
);

-- As for every table of this schema: 0501.
ALTER TABLE readmodel.person_folder ENABLE ROW LEVEL SECURITY;
ALTER TABLE readmodel.person_folder FORCE ROW LEVEL SECURITY;
CREATE POLICY projection ON readmodel.person_folder TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY own_municipality ON readmodel.person_folder FOR SELECT TO fordeling_gateway_reader
    USING (municipality_id = (SELECT nullif(current_setting('fordeling.municipality', true), '')));
GRANT SELECT ON readmodel.person_folder TO fordeling_gateway_reader;
