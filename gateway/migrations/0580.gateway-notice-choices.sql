-- Before deploy. How users want notices to reach them, as notification tells it; a user is a pseudonym.
-- depends: 0575.gateway-seen-by

CREATE TABLE readmodel.notice_choice (
    municipality_id text NOT NULL,
    user_id text NOT NULL,
    sequence bigint NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (municipality_id, user_id)
);

-- As for every table of this schema: 0501.
ALTER TABLE readmodel.notice_choice ENABLE ROW LEVEL SECURITY;
ALTER TABLE readmodel.notice_choice FORCE ROW LEVEL SECURITY;
CREATE POLICY projection ON readmodel.notice_choice TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY own_municipality ON readmodel.notice_choice FOR SELECT TO fordeling_gateway_reader
    USING (municipality_id = (SELECT nullif(current_setting('fordeling.municipality', true), '')));
GRANT SELECT ON readmodel.notice_choice TO fordeling_gateway_reader;
