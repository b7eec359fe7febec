-- Before deploy. What is written in the threads of lists. running_number NULL: in the list's own.
-- depends: 0504.gateway-ledger

CREATE TABLE readmodel.thread_message (
    list_id text NOT NULL,
    number integer NOT NULL,
    municipality_id text NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (list_id, number)
);

-- As for every table of this schema: 0501.
ALTER TABLE readmodel.thread_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE readmodel.thread_message FORCE ROW LEVEL SECURITY;
CREATE POLICY projection ON readmodel.thread_message TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY own_municipality ON readmodel.thread_message FOR SELECT TO fordeling_gateway_reader
    USING (municipality_id = (SELECT nullif(current_setting('fordeling.municipality', true), '')));
GRANT SELECT ON readmodel.thread_message TO fordeling_gateway_reader;
