"""What mails tell, and copies of municipalities, in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from chassis.transaction import Transaction
from chassis.waiting import Waiting
from services.notification.domain.mail import Announcement, Language, Municipality
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
MUNICIPALITY = """
WITH RECURSIVE went AS (
    SELECT $1::text AS id, 0 AS steps
    UNION ALL
    SELECT merged.successor, steps + 1
    FROM went JOIN municipality_copy AS merged ON merged.municipality_id = went.id
    WHERE merged.merged_on <= $2 AND steps < 50
)
SELECT own.municipality_id, own.name, own.language, reached.writers, reached.escalation, reached.unreached,
       own.successor, own.merged_on, coalesce(reached.four_eyes, false) AS four_eyes, reached.municipality_id AS reached
FROM municipality_copy AS own CROSS JOIN LATERAL (
    SELECT copy.municipality_id, copy.writers, copy.escalation, copy.four_eyes, copy.unreached
    FROM went JOIN municipality_copy AS copy ON copy.municipality_id = went.id
    WHERE steps = 0 OR cardinality(copy.writers) > 0
    ORDER BY steps DESC LIMIT 1
) AS reached
WHERE own.municipality_id = $1
"""

DEADLINE = """
SELECT deadline FROM announcement JOIN notice USING (notice_id)
WHERE notice.kind IN ('list_received', 'deadline_extended') AND notice.list_id = $1
ORDER BY deadline DESC LIMIT 1
"""

ADD = """
INSERT INTO announcement (notice_id, persons, deadline, accepted, answered_on, late) VALUES ($1, $2, $3, $4, $5, $6)
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
        today = self.transaction.now.astimezone(OSLO).date()
        row = await self.transaction.connection.fetchrow(MUNICIPALITY, municipality_id, today)
        if row is None:
            return None
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

    async def deadline(self, list_id: str) -> date | None:
        """Tell a list's deadline as it was last announced, if it was."""
        found: date | None = await self.transaction.connection.fetchval(DEADLINE, list_id)
        return found

    async def add(self, notice_id: str, announcement: Announcement) -> None:
        """Keep what the mails about a notice tell."""
        answer = announcement.answer
        await self.transaction.connection.execute(
            ADD,
            notice_id,
            announcement.persons,
            announcement.deadline,
            answer and answer.accepted,
            answer and answer.answered_on,
            answer and answer.late,
        )

    async def await_municipality(self, notice_id: str, municipality_id: str) -> bool:
        """Have a notice's mails wait for the municipality; True where it is here and nothing waits."""
        about = {"notice_id": notice_id, "municipality_id": municipality_id}
        needs = [(identities.municipality(municipality_id), 0)]
        return await Waiting(self.transaction).put(notice_id, TASK, about, needs)

    async def arrived(self, municipality_id: str, version: int) -> list[tuple[str, str]]:
        """Remember that the municipality is here; give (notice id, municipality id) of what waited for it."""
        tasks = await Waiting(self.transaction).arrived(identities.municipality(municipality_id), version)
        return [(task.payload["notice_id"], task.payload["municipality_id"]) for task in tasks]
