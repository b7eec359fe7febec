-- Before deploy. How many persons of each list were answered about, for statistics over all years: narrow rows, read
-- from an index alone.
-- depends: 0594.gateway-list-trace

CREATE TABLE readmodel.answer (
    list_id text NOT NULL,
    municipality_id text NOT NULL,
    year integer NOT NULL,
    place_kind text NOT NULL,
    reason text NOT NULL,
    persons integer NOT NULL,
    PRIMARY KEY (list_id, place_kind, reason)
);
CREATE INDEX answer_counted ON readmodel.answer (municipality_id, year, place_kind, reason) INCLUDE (persons);

-- As for every table of this schema: 0501.
ALTER TABLE readmodel.answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE readmodel.answer FORCE ROW LEVEL SECURITY;
CREATE POLICY projection ON readmodel.answer TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY own_municipality ON readmodel.answer FOR SELECT TO fordeling_gateway_reader
    USING (municipality_id = (SELECT nullif(current_setting('fordeling.municipality', true), '')));
GRANT SELECT ON readmodel.answer TO fordeling_gateway_reader;

-- What was answered before. Lists that the release before goes on projecting meanwhile are counted by 0596.
INSERT INTO readmodel.answer (list_id, municipality_id, year, place_kind, reason, persons)
SELECT list_id, list.municipality_id,
       extract(year FROM (list.body->'answered'->>'at')::timestamptz AT TIME ZONE 'Europe/Oslo')::integer,
       person.body->>'place_kind',
       CASE WHEN NOT (person.body->'decision'->>'accept')::boolean
            THEN coalesce(person.body->'decision'->>'reason', 'other') ELSE '' END,
       count(*)
FROM readmodel.distribution_list AS list JOIN readmodel.person USING (list_id)
WHERE list.status IN ('answered', 'withdrawn') AND jsonb_typeof(list.body->'answered') = 'object'
  AND (person.status <> 'withdrawn'
       OR (person.body->'withdrawn'->>'at')::timestamptz >= (list.body->'answered'->>'at')::timestamptz)
GROUP BY 1, 2, 3, 4, 5;
