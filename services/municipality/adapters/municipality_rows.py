"""Rows of the register's tables, and the statements that read and write them."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from chassis.storage.database import Connection
from services.municipality.domain.codes import ContactRole, LanguageForm, MailFailure
from services.municipality.domain.register import Contact, Facts, Merger, Municipality, Unreached

# Whoever changes anything of a municipality holds this lock; the order of ids keeps two from waiting on each other.
# NO KEY: a reference from a new row elsewhere need not wait.
LOCK = "SELECT id FROM municipality WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE"

# Municipalities with their present numbers, or the last ones of who has merged. $1: ids, or NULL for all.
READ = """
SELECT m.id, m.version, m.four_eyes, m.name, m.county_number, c.name AS county_name, m.language_form, m.population,
       m.valid_from, m.successor, m.merged_on, n.number, o.organisation_number
FROM municipality AS m
JOIN county AS c ON c.number = m.county_number
JOIN municipality_number AS n ON n.municipality_id = m.id AND n.valid_to IS NOT DISTINCT FROM m.merged_on
JOIN municipality_organisation AS o ON o.municipality_id = m.id AND o.valid_to IS NOT DISTINCT FROM m.merged_on
WHERE $1::text[] IS NULL OR m.id = ANY($1)
ORDER BY m.id
"""

READ_CONTACTS = """
SELECT municipality_id, name, email, roles, mail_failure, mail_failed_at
FROM municipality_contact
WHERE $1::text[] IS NULL OR municipality_id = ANY($1)
ORDER BY municipality_id, position
"""

# Who bears a number on a day.
BEARER = """
SELECT municipality_id FROM municipality_number
WHERE number = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)
"""

# The number of what the last bearer of a number has merged into by a day, however many mergers that took.
SUCCESSOR = """
WITH RECURSIVE went AS (
    SELECT m.successor AS id FROM municipality_number AS n JOIN municipality AS m ON m.id = n.municipality_id
    WHERE n.number = $1 AND n.valid_to = m.merged_on AND m.merged_on <= $2
    UNION
    SELECT m.successor FROM went JOIN municipality AS m USING (id) WHERE m.merged_on <= $2
)
SELECT n.number FROM went JOIN municipality_number AS n ON n.municipality_id = went.id
WHERE n.valid_from <= $2 AND (n.valid_to IS NULL OR n.valid_to > $2)
"""


async def lock(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Lock the municipalities; returns those that exist."""
    return {row["id"] for row in await connection.fetch(LOCK, sorted(set(ids)))}


async def read(connection: Connection, ids: Sequence[str] | None = None) -> list[Municipality]:
    """Read municipalities in the order of their ids; without ``ids`` all of them."""
    contacts: dict[str, list[Contact]] = {}
    for row in await connection.fetch(READ_CONTACTS, ids):
        contacts.setdefault(row["municipality_id"], []).append(_contact(row))
    return [_municipality(row, contacts.get(row["id"], ())) for row in await connection.fetch(READ, ids)]


def _contact(row: asyncpg.Record) -> Contact:
    failure = row["mail_failure"]
    unreached = Unreached(MailFailure(failure), row["mail_failed_at"]) if failure else None
    return Contact(row["name"], row["email"], tuple(ContactRole(role) for role in row["roles"]), unreached)


def _municipality(row: asyncpg.Record, contacts: Sequence[Contact]) -> Municipality:
    facts = Facts(
        number=row["number"],
        name=row["name"],
        county_number=row["county_number"],
        county_name=row["county_name"],
        organisation_number=row["organisation_number"],
        language_form=LanguageForm(row["language_form"]),
        population=row["population"],
        valid_from=row["valid_from"],
    )
    merger = Merger(row["successor"], row["merged_on"]) if row["successor"] else None
    return Municipality(row["id"], row["version"], facts, tuple(contacts), row["four_eyes"], merger)
