"""The register as a whole, in PostgreSQL and on municipality's topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.municipality.v1 import RegisterState
from services.municipality.adapters import messages, municipality_rows
from services.municipality.adapters.municipalities import publish_state
from services.municipality.domain.register import Merged, Municipality
from services.municipality.use_cases.ports import RegisterHead

KEY = "register"

# Locks the register: of two that start at once, the second finds that the first has done it.
HEAD = "SELECT version, digest, municipalities FROM register FOR UPDATE"

SET_HEAD = "UPDATE register SET version = $1, digest = $2, municipalities = $3"

KEEP_COUNTIES = """
INSERT INTO county (number, name)
SELECT DISTINCT number, name FROM unnest($1::text[], $2::text[]) AS row (number, name)
ON CONFLICT (number) DO UPDATE SET name = excluded.name
"""

KEEP_MUNICIPALITIES = """
INSERT INTO municipality (id, version, name, county_number, language_form, population, valid_from, successor, merged_on)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::date[],
                     $8::text[], $9::date[])
ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, name = excluded.name, county_number = excluded.county_number,
    language_form = excluded.language_form, population = excluded.population, valid_from = excluded.valid_from,
    successor = excluded.successor, merged_on = excluded.merged_on
"""

# Who merges bears its numbers until then. Before others begin: a successor may go on with one of them.
END_MERGED = """
WITH gone AS (SELECT id, merged_on FROM municipality WHERE id = ANY($1::text[]) AND merged_on IS NOT NULL),
number AS (
    UPDATE municipality_number AS n SET valid_to = gone.merged_on FROM gone
    WHERE n.municipality_id = gone.id AND n.valid_to IS NULL
)
UPDATE municipality_organisation AS o SET valid_to = gone.merged_on FROM gone
WHERE o.municipality_id = gone.id AND o.valid_to IS NULL
"""

# A number that changed ends on the day the new one begins; one that a later file corrects for the same day is replaced.
# All ends come before any beginning: a number has one bearer at a time.
END_NUMBERS = """
UPDATE municipality_number AS n SET valid_to = new.valid_from
FROM unnest($1::text[], $2::text[], $3::date[]) AS new (municipality_id, number, valid_from)
WHERE n.municipality_id = new.municipality_id AND n.valid_to IS NULL
  AND n.number <> new.number AND n.valid_from < new.valid_from
"""
BEGIN_NUMBERS = """
INSERT INTO municipality_number (municipality_id, number, valid_from)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[]) AS new (municipality_id, number, valid_from)
WHERE NOT EXISTS (
    SELECT FROM municipality_number AS n
    WHERE n.municipality_id = new.municipality_id AND n.valid_to IS NULL AND n.number = new.number
)
ON CONFLICT (municipality_id, valid_from) DO UPDATE SET number = excluded.number
"""
END_ORGANISATIONS = """
UPDATE municipality_organisation AS o SET valid_to = new.valid_from
FROM unnest($1::text[], $2::text[], $3::date[]) AS new (municipality_id, organisation_number, valid_from)
WHERE o.municipality_id = new.municipality_id AND o.valid_to IS NULL
  AND o.organisation_number <> new.organisation_number AND o.valid_from < new.valid_from
"""
BEGIN_ORGANISATIONS = """
INSERT INTO municipality_organisation (municipality_id, organisation_number, valid_from)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[]) AS new (municipality_id, organisation_number, valid_from)
WHERE NOT EXISTS (
    SELECT FROM municipality_organisation AS o
    WHERE o.municipality_id = new.municipality_id AND o.valid_to IS NULL
      AND o.organisation_number = new.organisation_number
)
ON CONFLICT (municipality_id, valid_from) DO UPDATE SET organisation_number = excluded.organisation_number
"""


@dataclass(frozen=True, slots=True)
class PgRegister:
    """The register, over one transaction."""

    transaction: Transaction

    async def head(self) -> RegisterHead:
        """Lock the register and tell what it follows."""
        row = await self.transaction.connection.fetchrow(HEAD)
        assert row is not None, "the migration made the row"
        return RegisterHead(row["version"], row["digest"])

    async def municipalities(self) -> list[Municipality]:
        """Read all municipalities, locked so that nobody's contacts change meanwhile."""
        connection = self.transaction.connection
        known = await municipality_rows.read(connection)
        await municipality_rows.lock(connection, [municipality.id for municipality in known])
        return await municipality_rows.read(connection)

    async def follow(self, changed: Sequence[Municipality], head: RegisterHead, size: int) -> None:
        """Keep and publish the changed municipalities, then the register with its size."""
        await self._keep(changed)
        await self.transaction.connection.execute(SET_HEAD, head.version, head.digest, size)
        for municipality in changed:
            await self.transaction.publish(
                topics.MUNICIPALITY_EVENTS.name,
                messages.registered(municipality)
                if municipality.merger is None
                else messages.register_event(Merged(municipality.id, municipality.version, municipality.merger)),
                key=municipality.id,
                subject=municipality.id,
                sequence=municipality.version,
            )
            await publish_state(self.transaction, municipality)
        await self._publish_size(head.version, size)

    async def tell_again(self) -> None:
        """Publish the register with its size, once there is one."""
        row = await self.transaction.connection.fetchrow(HEAD)
        assert row is not None, "the migration made the row"
        if row["version"] > 0:
            await self._publish_size(row["version"], row["municipalities"])

    async def _publish_size(self, version: int, size: int) -> None:
        await self.transaction.publish(
            topics.MUNICIPALITY_STATE.name,
            RegisterState(municipalities=size),
            key=KEY,
            subject=KEY,
            sequence=version,
        )

    async def _keep(self, changed: Sequence[Municipality]) -> None:
        connection = self.transaction.connection
        ids = [municipality.id for municipality in changed]
        facts = [municipality.facts for municipality in changed]
        since = [fact.valid_from for fact in facts]
        await connection.execute(
            KEEP_COUNTIES, [fact.county_number for fact in facts], [fact.county_name for fact in facts]
        )
        await connection.execute(
            KEEP_MUNICIPALITIES,
            ids,
            [municipality.version for municipality in changed],
            [fact.name for fact in facts],
            [fact.county_number for fact in facts],
            [fact.language_form.value for fact in facts],
            [fact.population for fact in facts],
            since,
            [municipality.merger and municipality.merger.successor for municipality in changed],
            [municipality.merger and municipality.merger.on for municipality in changed],
        )
        await connection.execute(END_MERGED, ids)
        await self._number([municipality for municipality in changed if municipality.merger is None])

    async def _number(self, present: Sequence[Municipality]) -> None:
        connection = self.transaction.connection
        ids = [municipality.id for municipality in present]
        facts = [municipality.facts for municipality in present]
        since = [fact.valid_from for fact in facts]
        numbers = [fact.number for fact in facts]
        organisations = [fact.organisation_number for fact in facts]
        await connection.execute(END_NUMBERS, ids, numbers, since)
        await connection.execute(BEGIN_NUMBERS, ids, numbers, since)
        await connection.execute(END_ORGANISATIONS, ids, organisations, since)
        await connection.execute(BEGIN_ORGANISATIONS, ids, organisations, since)
