"""How many persons of each list were answered about: counted when its rows are written, for statistics to add up.

Statistics over all years would else read every person there has been. A list's rows may come in any order and in
several batches: whatever came of an answered list, the list is counted anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.reading.subscriptions import Received
from chassis.storage.database import Connection
from contracts.codes import PersonStatus
from contracts.distribution.v1 import ListState, PersonState

# The year is that of the answer, in Norway. Whom IMDi took back before the answer was never answered about; whom it
# took back later was. An empty reason: accepted.
COUNT = """
WITH counted AS (
    SELECT list_id, list.municipality_id,
           extract(year FROM (list.body->'answered'->>'at')::timestamptz AT TIME ZONE 'Europe/Oslo')::integer AS year,
           person.body->>'place_kind' AS place_kind,
           CASE WHEN NOT (person.body->'decision'->>'accept')::boolean
                THEN coalesce(person.body->'decision'->>'reason', 'other') ELSE '' END AS reason,
           count(*) AS persons
    FROM readmodel.distribution_list AS list JOIN readmodel.person USING (list_id)
    WHERE list_id = ANY($1::text[])
      AND list.status IN ('answered', 'withdrawn') AND jsonb_typeof(list.body->'answered') = 'object'
      AND (person.status <> 'withdrawn'
           OR (person.body->'withdrawn'->>'at')::timestamptz >= (list.body->'answered'->>'at')::timestamptz)
    GROUP BY 1, 2, 3, 4, 5
), gone AS (
    DELETE FROM readmodel.answer AS kept WHERE list_id = ANY($1) AND NOT EXISTS (
        SELECT FROM counted WHERE (list_id, place_kind, reason) = (kept.list_id, kept.place_kind, kept.reason))
)
INSERT INTO readmodel.answer AS kept (list_id, municipality_id, year, place_kind, reason, persons)
SELECT * FROM counted ORDER BY list_id, place_kind, reason
ON CONFLICT (list_id, place_kind, reason) DO UPDATE SET year = excluded.year, persons = excluded.persons
WHERE (kept.year, kept.persons) <> (excluded.year, excluded.persons)
"""


async def count(batch: Sequence[Received[Any]], connection: Connection, schema: str) -> None:
    """Count the answers of the lists that a batch, which is written, may have changed."""
    if lists := _touched(batch):
        await connection.execute(COUNT.replace("readmodel.", f"{schema}."), lists)


def _touched(batch: Sequence[Received[Any]]) -> list[str]:
    """Name lists whose answers may count otherwise now: nothing of those that wait for one does."""
    return sorted({_list_id(received) for received in batch if _may_count(received)})


def _may_count(received: Received[Any]) -> bool:
    body = received.body
    if body is None:
        return received.envelope.type in {ListState.message_type, PersonState.message_type}
    if isinstance(body, ListState):
        return body.answered is not None
    return isinstance(body, PersonState) and body.status is not PersonStatus.REQUESTED


def _list_id(received: Received[Any]) -> str:
    return (received.raw.key or b"").decode().split("/")[0]
