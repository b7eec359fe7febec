"""Writing new lists: one statement for all of them, with their persons and who these are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from chassis.storage.database import Connection
from services.distribution.adapters.person_documents import from_address, from_details
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.offers import Offer
from services.distribution.domain.persons import Person

# New lists with all that comes with them, in one statement: in a surge each round trip counts. Nothing is inserted of
# any where a list of one of the ids is here, or comes first at this moment. Whoever is on another open list is left
# out, and not counted. Lists in the order of ids and identities in that of numbers, so that two transactions with the
# same ones wait for each other instead of deadlocking.
INSERT = """
WITH new_list AS (
    INSERT INTO distribution_list
        (list_id, municipality_id, municipality_number, version, places_version, status, year, received_at, deadline,
         digest, replaces, same_municipality, alike_since, self_settlement, alike_at, drafted_at)
    SELECT new.*, new.version, new.version
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::integer[],
                $8::timestamptz[], $9::date[], $10::bytea[], $11::text[], $12::boolean[], $13::bigint[], $14::text[])
        AS new (list_id, municipality_id, municipality_number, version, places_version, status, year, received_at,
                deadline, digest, replaces, same_municipality, alike_since, self_settlement)
    ORDER BY list_id
    ON CONFLICT DO NOTHING
    RETURNING list_id
), all_new AS (
    SELECT count(*) = cardinality($1) AS so FROM new_list
), new_person AS (
    INSERT INTO person (list_id, running_number, household, place_kind, details, status, accept)
    SELECT new.*, true
    FROM unnest($15::text[], $16::integer[], $17::integer[], $18::text[], $19::jsonb[], $20::text[]) AS new
    WHERE (SELECT so FROM all_new)
), new_identity AS (
    INSERT INTO person_identity
        (open, list_id, running_number, given_name, family_name, birth_date, duf_number, identity_number, address,
         health_note)
    SELECT true, new.*
    FROM unnest($21::text[], $22::integer[], $23::text[], $24::text[], $25::date[], $26::text[], $27::text[],
                $28::jsonb[], $29::text[])
        AS new (list_id, running_number, given_name, family_name, birth_date, duf_number, identity_number, address,
                health_note)
    WHERE (SELECT so FROM all_new)
    ORDER BY duf_number, identity_number
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT ARRAY(SELECT list_id FROM new_list) AS lists, (SELECT count(*) FROM new_identity) AS identities
"""

# What lists have just written, where one of them or one of their persons turns out to be taken: nobody else has seen
# it. Others come first only rarely, so this costs less than a savepoint each time.
TAKE_BACK = (
    "DELETE FROM person_identity WHERE list_id = ANY($1)",
    "DELETE FROM person WHERE list_id = ANY($1)",
    "DELETE FROM distribution_list WHERE list_id = ANY($1)",
)

NewList: TypeAlias = tuple[DistributionList, Offer]
"""A list as it was received, and the offer that it was made of."""


async def insert(connection: Connection, new: Sequence[NewList]) -> bool:
    """Write new lists; False, and nothing written, where the id of one or one of its persons is taken."""
    persons = [(received.id, person) for received, _ in new for person in received.persons]
    identities = [row for _, offer in new for row in _identity_columns(offer)]
    columns = (
        *zip(*(_list_columns(received, offer.digest) for received, offer in new), strict=True),
        *zip(*(_person_columns(list_id, person) for list_id, person in persons), strict=True),
        *zip(*identities, strict=True),
    )
    written = await connection.fetchrow(INSERT, *columns)
    assert written is not None, "it counts"
    if len(written["lists"]) == len(new) and written["identities"] == len(persons):
        return True
    if written["lists"]:
        for statement in TAKE_BACK:
            await connection.execute(statement, written["lists"])
    return False


def _list_columns(received: DistributionList, digest: bytes) -> tuple[object, ...]:
    return (
        received.id,
        received.municipality_id,
        received.municipality_number,
        received.version,
        received.places_version,
        received.status.value,
        received.year,
        received.received_at,
        received.deadline,
        digest,
        received.replaces,
        received.replaces_shown,
        received.alike_since,
        received.self_settlement,
    )


def _person_columns(list_id: str, person: Person) -> tuple[object, ...]:
    return (
        list_id,
        person.running_number,
        person.household,
        person.place_kind.value,
        from_details(person.details),
        person.status.value,
    )


def _identity_columns(offer: Offer) -> list[tuple[object, ...]]:
    return [
        (
            offer.list_id,
            person.running_number,
            person.identity.given_name,
            person.identity.family_name,
            person.identity.birth_date,
            person.identity.duf_number,
            person.identity.identity_number,
            from_address(person.identity.address),
            person.identity.health_note,
        )
        for person in offer.persons
    ]
