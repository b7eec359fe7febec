-- After deploy. What was answered after 0595 had run and while the release before it still projected.
-- depends: 0595.gateway-answers

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
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 4, 5
ON CONFLICT (list_id, place_kind, reason) DO NOTHING;
