"""Distribution's copy of the register of municipalities, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from chassis.storage.transaction import Transaction
from services.distribution.use_cases.ports import RegisteredMunicipality

# A municipality bears the last number whose day has come.
BEARERS = """
SELECT DISTINCT ON (borne.number) borne.number, borne.municipality_id FROM municipality_number AS borne
WHERE borne.number = ANY($1) AND borne.valid_from <= $2 AND NOT EXISTS (
    SELECT 1 FROM municipality_number AS later
    WHERE later.municipality_id = borne.municipality_id
      AND later.valid_from > borne.valid_from AND later.valid_from <= $2)
  AND NOT EXISTS (
    SELECT 1 FROM municipality_merger AS merged
    WHERE merged.municipality_id = borne.municipality_id AND merged.merged_on <= $2)
ORDER BY borne.number, borne.valid_from DESC
"""

# The number of what the last bearer of a number has merged into by a day, however many mergers that took.
SUCCESSOR = """
WITH RECURSIVE went AS (
    SELECT merged.successor AS id FROM municipality_number AS borne JOIN municipality_merger AS merged
        USING (municipality_id)
    WHERE borne.number = $1 AND merged.merged_on <= $2 AND NOT EXISTS (
        SELECT 1 FROM municipality_number AS later
        WHERE later.municipality_id = borne.municipality_id AND later.valid_from > borne.valid_from)
    UNION
    SELECT merged.successor FROM went JOIN municipality_merger AS merged ON merged.municipality_id = went.id
    WHERE merged.merged_on <= $2
)
SELECT borne.number FROM went JOIN municipality_number AS borne ON borne.municipality_id = went.id
WHERE borne.valid_from <= $2
  AND NOT EXISTS (SELECT 1 FROM municipality_merger AS merged
                  WHERE merged.municipality_id = went.id AND merged.merged_on <= $2)
ORDER BY borne.valid_from DESC
LIMIT 1
"""

ANSWERS_FOR = """
WITH RECURSIVE held AS (
    SELECT $1::text AS id
    UNION
    SELECT merged.municipality_id FROM held JOIN municipality_merger AS merged ON merged.successor = held.id
    WHERE merged.merged_on <= $2
)
SELECT id FROM held
"""

LOCK_REGISTER = "SELECT municipalities FROM register FOR UPDATE"
SET_SIZE = "UPDATE register SET municipalities = $1"

KEEP = """
INSERT INTO municipality_number (municipality_id, valid_from, number)
SELECT * FROM unnest($1::text[], $2::date[], $3::text[])
ON CONFLICT (municipality_id, valid_from) DO UPDATE SET number = excluded.number
"""

# Who is not here has not asked for it.
KEEP_FOUR_EYES = """
INSERT INTO municipality_four_eyes (municipality_id, required)
SELECT * FROM unnest($1::text[], $2::boolean[])
ON CONFLICT (municipality_id) DO UPDATE SET required = excluded.required
WHERE municipality_four_eyes.required <> excluded.required
"""

KEEP_MERGERS = """
INSERT INTO municipality_merger (municipality_id, successor, merged_on)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[])
ON CONFLICT (municipality_id) DO UPDATE SET successor = excluded.successor, merged_on = excluded.merged_on
"""
FOUR_EYES = "SELECT municipality_id FROM municipality_four_eyes WHERE required AND municipality_id = ANY($1)"

ARRIVED = """
SELECT (SELECT municipalities FROM register) AS size,
       (SELECT count(DISTINCT municipality_id) FROM municipality_number) AS here
"""


@dataclass(frozen=True, slots=True)
class PgMunicipalities:
    """Which municipality bears which number, over one transaction."""

    transaction: Transaction

    async def bearer(self, number: str, day: date) -> str | None:
        """Tell the id of the municipality that bears ``number`` on ``day``; asked once a transaction."""
        if (BEARERS, number, day) not in self.transaction.memo:
            await self.look_up_bearers([number], day)
        known = self.transaction.memo.get((BEARERS, number, day))
        return known if isinstance(known, str) else None

    async def look_up_bearers(self, numbers: Collection[str], day: date) -> None:
        """Ask of all these together who bears them. That nobody does is not kept: it may change while one waits."""
        rows = await self.transaction.connection.fetch(BEARERS, list(numbers), day)
        self.transaction.memo.update({(BEARERS, row["number"], day): row["municipality_id"] for row in rows})

    async def successor(self, number: str, day: date) -> str | None:
        """Tell the number borne on ``day`` by what the last bearer of ``number`` has merged into; None: it has not."""
        found: str | None = await self.transaction.connection.fetchval(SUCCESSOR, number, day)
        return found

    async def answers_for(self, municipality_id: str, day: date) -> frozenset[str]:
        """Tell whose lists a municipality answers: its own, and those of all that have merged into it by ``day``."""
        rows = await self.transaction.connection.fetch(ANSWERS_FOR, municipality_id, day)
        return frozenset(row["id"] for row in rows)

    async def four_eyes(self, municipality_id: str) -> bool:
        """Tell whether the municipality wants another one to send than the one who approved."""
        if (FOUR_EYES, municipality_id) not in self.transaction.memo:
            await self.look_up([municipality_id])
        return bool(self.transaction.memo[FOUR_EYES, municipality_id])

    async def look_up(self, municipality_ids: Collection[str]) -> None:
        """Ask of all these together whether they want four eyes; asked once a transaction."""
        rows = await self.transaction.connection.fetch(FOUR_EYES, list(municipality_ids))
        wanted = {row["municipality_id"] for row in rows}
        self.transaction.memo.update({(FOUR_EYES, one): one in wanted for one in municipality_ids})

    async def awaited(self) -> int | None:
        """Tell the register's size (at least) where not all of it has arrived here; None where all has."""
        size, here = await self._arrived()
        if size is None:
            return 1
        return size if here < size else None

    async def keep(self, municipalities: Sequence[RegisteredMunicipality], size: int | None) -> int | None:
        """Keep these, and the register's size where it is given. Returns the size once all have arrived."""
        connection = self.transaction.connection
        await connection.execute(LOCK_REGISTER)
        # One statement may not write a row twice.
        last = {(kept.id, kept.valid_from): kept for kept in municipalities}
        await connection.execute(
            KEEP,
            [kept.id for kept in last.values()],
            [kept.valid_from for kept in last.values()],
            [kept.number for kept in last.values()],
        )
        latest = {kept.id: kept.four_eyes for kept in municipalities}
        await connection.execute(KEEP_FOUR_EYES, list(latest), list(latest.values()))
        self.transaction.memo.update({(FOUR_EYES, one): wanted for one, wanted in latest.items()})
        merged = {kept.id: (kept.successor, kept.merged_on) for kept in municipalities if kept.successor is not None}
        if merged:
            successors, days = zip(*merged.values(), strict=True)
            await connection.execute(KEEP_MERGERS, list(merged), list(successors), list(days))
        if size is not None:
            await connection.execute(SET_SIZE, size)
        told, here = await self._arrived()
        return told if told is not None and here >= told else None

    async def _arrived(self) -> tuple[int | None, int]:
        row = await self.transaction.connection.fetchrow(ARRIVED)
        assert row is not None
        return row["size"], row["here"]
