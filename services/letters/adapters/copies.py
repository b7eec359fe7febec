"""Copies of what other services tell, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

import asyncpg

from chassis.storage.database import Connection
from services.letters.adapters import answers
from services.letters.domain.codes import LanguageForm
from services.letters.domain.content import Answer, Folder, Municipality
from services.letters.domain.letter import Letter

KEEP_MUNICIPALITY = """
INSERT INTO municipality_copy
    (municipality_id, version, number, name, organisation_number, language_form, successor, merged_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (municipality_id) DO UPDATE
SET version = excluded.version, number = excluded.number, name = excluded.name,
    organisation_number = excluded.organisation_number, language_form = excluded.language_form,
    successor = excluded.successor, merged_on = excluded.merged_on
WHERE municipality_copy.version <= excluded.version
"""

KEEP_ANSWER = """
INSERT INTO list_answer_copy (list_id, answered_on, accepted) VALUES ($1, $2, $3)
ON CONFLICT (list_id) DO UPDATE SET answered_on = excluded.answered_on, accepted = excluded.accepted
"""

ACCEPTED = "SELECT accepted FROM list_answer_copy WHERE list_id = $1"

KEEP_FOLDER = """
INSERT INTO folder_copy (list_id, running_number, version, closed, given_name, family_name, birth_date, duf_number,
                         address_lines, postal_code, city, identity_number, languages, address_version)
VALUES ($1, $2, $3, false, $4, $5, $6, $7, $8, $9, $10, $11, $12, $3)
ON CONFLICT (list_id, running_number) DO UPDATE
SET version = excluded.version, closed = false, given_name = excluded.given_name,
    family_name = excluded.family_name, birth_date = excluded.birth_date, duf_number = excluded.duf_number,
    address_lines = excluded.address_lines, postal_code = excluded.postal_code, city = excluded.city,
    identity_number = excluded.identity_number, languages = excluded.languages,
    address_version = CASE
        WHEN (folder_copy.address_lines, folder_copy.postal_code, folder_copy.city)
            IS NOT DISTINCT FROM (excluded.address_lines, excluded.postal_code, excluded.city)
        THEN folder_copy.address_version ELSE excluded.version END
WHERE folder_copy.version <= excluded.version
"""

# The row stays, empty: a letter must be able to tell a closed folder from one that has not come.
CLOSE_FOLDER = """
INSERT INTO folder_copy (list_id, running_number, version, closed) VALUES ($1, $2, $3, true)
ON CONFLICT (list_id, running_number) DO UPDATE
SET version = excluded.version, closed = true, given_name = NULL, family_name = NULL, birth_date = NULL,
    duf_number = NULL, address_lines = NULL, postal_code = NULL, city = NULL, identity_number = NULL,
    languages = NULL, address_version = NULL
WHERE folder_copy.version <= excluded.version
"""

# $2: the day in Norway. Of one that has merged by then, the last of its successors that is here.
MUNICIPALITY = """
WITH RECURSIVE went AS (
    SELECT $1::text AS id, 0 AS steps
    UNION ALL
    SELECT merged.successor, steps + 1
    FROM went JOIN municipality_copy AS merged ON merged.municipality_id = went.id
    WHERE merged.merged_on <= $2 AND steps < 50
)
SELECT copy.municipality_id, number, name, organisation_number, language_form, successor, merged_on
FROM went JOIN municipality_copy AS copy ON copy.municipality_id = went.id
ORDER BY steps DESC LIMIT 1
"""

ANSWERED_ON = "SELECT answered_on FROM list_answer_copy WHERE list_id = $1"

# Share locks: a folder cannot be closed between this look at it and the commit.
_FOLDER = """
SELECT list_id, running_number, given_name, family_name, birth_date, duf_number, address_lines, postal_code, city,
       identity_number, coalesce(languages, '{}') AS languages, address_version
FROM folder_copy"""

OPEN_FOLDERS = f"""
{_FOLDER} WHERE list_id = $1 AND running_number = ANY($2) AND NOT closed
ORDER BY running_number FOR SHARE
"""

OPEN_FOLDERS_OF_ALL = f"""
{_FOLDER} WHERE (list_id, running_number) IN (SELECT * FROM unnest($1::text[], $2::int[])) AND NOT closed
ORDER BY list_id, running_number FOR SHARE
"""  # noqa: S608  our own names

ANSWERED_ON_OF_ALL = "SELECT list_id, answered_on FROM list_answer_copy WHERE list_id = ANY($1)"


@dataclass(slots=True)
class Ahead:
    """What was read of letters in hand before it was asked for; None: there is none."""

    municipalities: dict[str, Municipality | None] = field(default_factory=dict)
    answered_on: dict[str, date | None] = field(default_factory=dict)
    folders: dict[tuple[str, int], Folder | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PgCopies:
    """The copies, over one transaction's connection. ``today``: the day in Norway."""

    connection: Connection
    today: date
    ahead: Ahead = field(default_factory=Ahead)

    async def keep_municipality(self, municipality: Municipality, version: int) -> None:
        """Keep a municipality as it is in ``version``; an older version changes nothing."""
        await self.connection.execute(
            KEEP_MUNICIPALITY,
            municipality.municipality_id,
            version,
            municipality.number,
            municipality.name,
            municipality.organisation_number,
            municipality.language_form,
            municipality.successor,
            municipality.merged_on,
        )

    async def keep_answer(self, list_id: str, answered_on: date, accepted: Collection[int] = ()) -> None:
        """Keep the day a list was answered, and whom the municipality accepted."""
        await self.connection.execute(KEEP_ANSWER, list_id, answered_on, list(accepted))

    async def keep_whole_answer(self, answer: Answer) -> None:
        """Keep all of an answer until its paper is made."""
        await answers.keep(self.connection, answer)

    async def forget_whole_answer(self, list_id: str) -> None:
        """Erase an answer: its paper is made."""
        await answers.forget(self.connection, list_id)

    async def whole_answer(self, list_id: str) -> Answer | None:
        """Read an answer whose paper is not made yet."""
        return await answers.read(self.connection, list_id)

    async def accepted(self, list_id: str) -> frozenset[int]:
        """Tell whom the municipality accepted, by running number; empty also of an answer from before this was kept."""
        return frozenset(await self.connection.fetchval(ACCEPTED, list_id) or ())

    async def keep_folder(self, folder: Folder, version: int) -> None:
        """Keep an open folder as it is in ``version``; an older version changes nothing."""
        await self.connection.execute(
            KEEP_FOLDER,
            folder.list_id,
            folder.running_number,
            version,
            folder.given_name,
            folder.family_name,
            folder.birth_date,
            folder.duf_number,
            list(folder.address_lines),
            folder.postal_code,
            folder.city,
            folder.identity_number,
            list(folder.languages),
        )

    async def close_folder(self, list_id: str, running_number: int, version: int) -> None:
        """Erase a folder's content, and remember that it was closed in ``version``."""
        await self.connection.execute(CLOSE_FOLDER, list_id, running_number, version)

    async def look_ahead(self, letters: Sequence[Letter]) -> None:
        """Read at once what is asked for of these letters next, while nothing else is kept in the transaction."""
        ahead = self.ahead
        for letter in letters:
            if letter.municipality_id not in ahead.municipalities:
                ahead.municipalities[letter.municipality_id] = await self.municipality(letter.municipality_id)
        lists = {letter.list_id for letter in letters if letter.kind.of_list}
        rows = await self.connection.fetch(ANSWERED_ON_OF_ALL, sorted(lists)) if lists else []
        ahead.answered_on |= dict.fromkeys(lists) | {row["list_id"]: row["answered_on"] for row in rows}
        persons = {(each.list_id, number) for each in letters if each.kind.names_persons for number in each.persons}
        if persons:
            found = await self.connection.fetch(OPEN_FOLDERS_OF_ALL, *map(list, zip(*persons, strict=True)))
            ahead.folders |= dict.fromkeys(persons)
            ahead.folders |= {(row["list_id"], row["running_number"]): _folder(row) for row in found}

    async def municipality(self, municipality_id: str) -> Municipality | None:
        """Read a municipality; of one that has merged, the one that gets its letters now."""
        if municipality_id in self.ahead.municipalities:
            return self.ahead.municipalities[municipality_id]
        row = await self.connection.fetchrow(MUNICIPALITY, municipality_id, self.today)
        if row is None:
            return None
        return Municipality(
            municipality_id=row["municipality_id"],
            number=row["number"],
            name=row["name"],
            organisation_number=row["organisation_number"],
            language_form=LanguageForm(row["language_form"]),
            successor=row["successor"],
            merged_on=row["merged_on"],
        )

    async def answered_on(self, list_id: str) -> date | None:
        """Tell the day a list was answered."""
        if list_id in self.ahead.answered_on:
            return self.ahead.answered_on[list_id]
        found: date | None = await self.connection.fetchval(ANSWERED_ON, list_id)
        return found

    async def open_folders(self, list_id: str, running_numbers: Collection[int]) -> dict[int, Folder]:
        """Read those of the folders that are open, by running number; they stay so until the transaction ends."""
        ahead = self.ahead.folders
        if all((list_id, number) in ahead for number in running_numbers):
            known = {number: ahead[list_id, number] for number in running_numbers}
            return {number: folder for number, folder in known.items() if folder}
        rows = await self.connection.fetch(OPEN_FOLDERS, list_id, list(running_numbers))
        return {row["running_number"]: _folder(row) for row in rows}


def _folder(row: asyncpg.Record) -> Folder:
    values = dict(row)
    return Folder(**values | {name: tuple(values[name]) for name in ("address_lines", "languages")})
