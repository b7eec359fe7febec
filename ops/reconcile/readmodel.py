"""What must hold in the read model itself, beside being what owners tell."""

from __future__ import annotations

from collections.abc import Sequence

from ops.reconcile.entities import Check

# Counted when a list's rows are written (gateway/readmodel/answers.py), so a release that does not count yet leaves out
# what it shows. The year is that of the answer, in Norway; whom IMDi took back before it was never answered about.
ANSWERS_THAT_DRIFT = """
WITH counted AS (
    SELECT list_id, person.body->>'place_kind' AS place_kind,
           CASE WHEN NOT (person.body->'decision'->>'accept')::boolean
                THEN coalesce(person.body->'decision'->>'reason', 'other') ELSE '' END AS reason,
           extract(year FROM (list.body->'answered'->>'at')::timestamptz AT TIME ZONE 'Europe/Oslo')::integer AS year,
           count(*) AS persons
    FROM readmodel.distribution_list AS list JOIN readmodel.person USING (list_id)
    WHERE list.status IN ('answered', 'withdrawn') AND jsonb_typeof(list.body->'answered') = 'object'
      AND (person.status <> 'withdrawn'
           OR (person.body->'withdrawn'->>'at')::timestamptz >= (list.body->'answered'->>'at')::timestamptz)
    GROUP BY 1, 2, 3, 4
)
SELECT DISTINCT list_id AS key
FROM counted FULL JOIN readmodel.answer AS kept USING (list_id, place_kind, reason)
WHERE (counted.year, counted.persons) IS DISTINCT FROM (kept.year, kept.persons)
ORDER BY key
"""

CHECKS: Sequence[Check] = (Check("a list's counted answers are those of its persons", ANSWERS_THAT_DRIFT),)
"""Where one does not hold, ``fordeling rebuild`` makes the read model anew."""
