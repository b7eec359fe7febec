"""What mails tell, and copies of municipalities, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import asyncpg

from chassis.storage.transaction import Transaction
from chassis.storage.waiting import Waiting
from services.notification.domain.mail import Announcement, Answer, Language, Municipality
from services.notification.use_cases import identities

TASK = "announce notice"
OSLO = ZoneInfo("Europe/Oslo")

KEEP_MUNICIPALITY = """
INSERT INTO municipality_copy (
    municipality_id, version, name, language, writers, escalation, successor, merged_on, four_eyes, unreached
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (municipality_id) DO UPDATE
SET version = excluded.version, name = excluded.name, language = excluded.language, writers = excluded.writers,
    escalation = excluded.escalation, successor = excluded.successor, merged_on = excluded.merged_on,
    four_eyes = excluded.four_eyes, unreached = excluded.unreached
WHERE municipality_copy.version <= excluded.version
"""

# $2: the day in Norway. Who has merged by then is written to as the last successor that has somebody to write to.
MUNICIPALITIES = """
WITH RECURSIVE went AS (
    SELECT own, own AS id, 0 AS steps FROM unnest($1::text[]) AS asked (own)
    UNION ALL
    SELECT went.own, merged.successor, steps + 1
    FROM went JOIN municipality_copy AS merged ON merged.municipality_id = went.id
    WHERE merged.merged_on <= $2 AND steps < 50
)
SELECT own.municipality_id, own.name, own.language, reached.writers, reached.escalation, reached.unreached,
       own.successor, own.merged_on, coalesce(reached.four_eyes, false) AS four_eyes, reached.municipality_id AS reached
FROM municipality_copy AS own CROSS JOIN LATERAL (
    SELECT copy.municipality_id, copy.writers, copy.escalation, copy.four_eyes, copy.unreached
    FROM went JOIN municipality_copy AS copy ON copy.municipality_id = went.id
    WHERE went.own = own.municipality_id AND (steps = 0 OR cardinality(copy.writers) > 0)
    ORDER BY steps DESC LIMIT 1
) AS reached
WHERE own.municipality_id = ANY($1)
"""

DEADLINES = """
SELECT notice.list_id, max(deadline) AS deadline FROM announcement JOIN notice USING (notice_id)
WHERE notice.kind IN ('list_received', 'deadline_extended') AND notice.list_id = ANY($1) AND deadline IS NOT NULL
GROUP BY notice.list_id
"""

ADD = """
INSERT INTO announcement (notice_id, persons, deadline, accepted, answered_on, late)
SELECT * FROM unnest($1::text[], $2::int[], $3::date[], $4::int[], $5::date[], $6::boolean[])
"""


@dataclass(frozen=True, slots=True)
class PgAnnouncements:
    """They, over one transaction."""

    transaction: Transaction

    async def keep_municipality(self, municipality: Municipality, version: int) -> None:
        """Keep a municipality as it is in ``version``; an older version changes nothing."""
        await self.transaction.connection.execute(
            KEEP_MUNICIPALITY,
            municipality.municipality_id,
            version,
            municipality.name,
            municipality.language,
            list(municipality.writers),
            list(municipality.escalation),
            municipality.successor,
            municipality.merged_on,
            municipality.four_eyes,
            list(municipality.unreached),
        )

    async def municipality(self, municipality_id: str) -> Municipality | None:
        """Read a municipality; of one that has merged, with those that are written to now."""
        return (await self.municipalities([municipality_id])).get(municipality_id)

    async def municipalities(self, municipality_ids: Collection[str]) -> Mapping[str, Municipality]:
        """Read those that are here, each as in ``municipality``, by id."""
        today = self.transaction.now.astimezone(OSLO).date()
        rows = await self.transaction.connection.fetch(MUNICIPALITIES, sorted(set(municipality_ids)), today)
        return {row["municipality_id"]: _municipality(row) for row in rows}

    async def deadlines(self, list_ids: Collection[str]) -> Mapping[str, date]:
        """Tell the lists' deadlines as they were last announced, of those of which one was."""
        rows = await self.transaction.connection.fetch(DEADLINES, list(list_ids))
        return {row["list_id"]: row["deadline"] for row in rows}

    async def add(self, announcements: Mapping[str, Announcement]) -> None:
        """Keep what the mails about notices tell, by notice id."""
        rows = [
            (notice_id, one.persons, one.deadline, *_answer(one.answer)) for notice_id, one in announcements.items()
        ]
        if rows:
            await self.transaction.connection.execute(ADD, *(list(column) for column in zip(*rows, strict=True)))

    async def await_municipality(self, notice_id: str, municipality_id: str) -> bool:
        """Have a notice's mails wait for the municipality; True where it is here and nothing waits."""
        about = {"notice_id": notice_id, "municipality_id": municipality_id}
        needs = [(identities.municipality(municipality_id), 0)]
        return await Waiting(self.transaction).put(notice_id, TASK, about, needs)

    async def arrived(self, municipality_id: str, version: int) -> list[tuple[str, str]]:
        """Remember that the municipality is here; give (notice id, municipality id) of what waited for it."""
        tasks = await Waiting(self.transaction).arrived(identities.municipality(municipality_id), version)
        return [(task.payload["notice_id"], task.payload["municipality_id"]) for task in tasks]


def _answer(answer: Answer | None) -> tuple[int | None, date | None, bool | None]:
    return (None, None, None) if answer is None else (answer.accepted, answer.answered_on, answer.late)


def _municipality(row: asyncpg.Record) -> Municipality:
    return Municipality(
        municipality_id=row["municipality_id"],
        name=row["name"],
        language=Language(row["language"]),
        writers=tuple(row["writers"]),
        escalation=tuple(row["escalation"]),
        successor=row["successor"],
        merged_on=row["merged_on"],
        four_eyes=row["four_eyes"],
        reached=row["reached"],
        unreached=tuple(row["unreached"]),
    )
