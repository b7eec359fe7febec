"""Looks at who a placed person is: who, whom, when, why, which part, allowed or not. Written before it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

from chassis.storage.database import Pool
from contracts.codes import Role

LONGEST_PURPOSE = 500
"""Characters of a purpose in the viewer's own words."""

# The role that reads may add here and do nothing else: neither read, change nor take away. The time is the database's.
RECORD = """
INSERT INTO gateway.look
    (municipality_id, list_id, running_number, part, user_id, display_name, role, channel, purpose, purpose_text,
     refusal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


class Part(StrEnum):
    """What somebody looks at: a part of the folder, or what else tells who a placed person is."""

    IDENTIFIED = "identified"
    HEALTH = "health"
    SEARCH = "search"
    """Found by the DUF number that was typed."""
    LETTER = "letter"
    """Named in a letter that was opened."""
    ARCHIVE = "archive"
    """Named in the papers of a list's package."""


class Purpose(StrEnum):
    """Why somebody looks. The health part is opened for one of the others than ``settlement``."""

    SETTLEMENT = "settlement"
    """What the folder is for as a whole."""
    HOUSING = "housing"
    HEALTH_SERVICES = "health_services"
    SCHOOL_OR_CHILDCARE = "school_or_childcare"
    RECEPTION = "reception"
    OTHER = "other"


class HealthPurpose(StrEnum):
    """For what the health part may be opened; ``other`` needs words."""

    HOUSING = Purpose.HOUSING
    HEALTH_SERVICES = Purpose.HEALTH_SERVICES
    SCHOOL_OR_CHILDCARE = Purpose.SCHOOL_OR_CHILDCARE
    RECEPTION = Purpose.RECEPTION
    OTHER = Purpose.OTHER


class Refusal(StrEnum):
    """Why nothing was shown."""

    NO_ACCESS = "no-access"
    """The viewer has no right to the municipality, or there is none of that id."""
    ROLE = "role"
    """The viewer's role may not see this part."""
    NOT_OPEN = "not-open"
    """The municipality has no open folder of that person."""
    NO_PURPOSE = "no-purpose"
    """It was not said why."""


class Channel(StrEnum):
    """By which way somebody looked."""

    PAGE = "page"
    API = "api"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. ``user_id``: a pseudonym; ``role``: in the municipality that is asked for, if any."""

    user_id: str
    display_name: str
    role: Role | None
    channel: Channel


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of whose folder, and why. ``purpose`` None: it was not told, and nothing is shown."""

    municipality_id: str
    list_id: str
    running_number: int
    part: Part
    purpose: Purpose | None = None
    purpose_text: str | None = None


class LookNotRecordedError(Exception):
    """A look could not be written down: then nothing is shown."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Writes looks down, each in a transaction of its own that has committed when ``record`` returns."""

    pool: Pool

    async def record(self, viewer: Viewer, wanted: Wanted, refusal: Refusal | None = None) -> None:
        """Write a look, or an attempt that is refused. Raises LookNotRecordedError."""
        await self._write([_row(viewer, wanted, refusal)])

    async def record_all(self, viewer: Viewer, wanted: Sequence[Wanted]) -> None:
        """Write looks at several persons, all or none; of nobody there is nothing to write. As ``record``."""
        if wanted:
            await self._write([_row(viewer, one, None) for one in wanted])

    async def _write(self, rows: Sequence[Sequence[object]]) -> None:
        try:
            async with self.pool.acquire() as connection, connection.transaction():
                await connection.executemany(RECORD, rows)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise LookNotRecordedError(type(error).__name__) from None


def _row(viewer: Viewer, wanted: Wanted, refusal: Refusal | None) -> Sequence[object]:
    return (
        wanted.municipality_id,
        wanted.list_id,
        wanted.running_number,
        wanted.part.value,
        viewer.user_id,
        viewer.display_name,
        viewer.role and viewer.role.value,
        viewer.channel.value,
        wanted.purpose and wanted.purpose.value,
        wanted.purpose_text,
        refusal and refusal.value,
    )
