"""Writing lists: one statement for a new one, one a table for a change, however many persons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.database import Connection
from services.distribution.adapters.person_documents import from_address, from_details, from_split
from services.distribution.adapters.thread_rows import from_threads
from services.distribution.domain.codes import PersonStatus
from services.distribution.domain.events import PersonSettled
from services.distribution.domain.lists import Act, DistributionList, Extension
from services.distribution.domain.offers import Offer
from services.distribution.domain.persons import Person, Planned, Withdrawal

# A list with all that comes with it, in one statement: in a surge each round trip counts. Nothing is inserted where a
# list of this id is here, or comes first at this moment. Whoever is on another open list is left out, and not counted.
# The identities in one order, so that two lists with the same persons wait for each other instead of deadlocking.
INSERT = """
WITH new_list AS (
    INSERT INTO distribution_list
        (list_id, municipality_id, municipality_number, version, places_version, status, year, received_at, deadline,
         digest, replaces, same_municipality, alike_since, alike_at, drafted_at, self_settlement)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $4, $4, $14)
    ON CONFLICT DO NOTHING
    RETURNING list_id
), new_person AS (
    INSERT INTO person (list_id, running_number, household, place_kind, details, status, accept)
    SELECT list_id, running_number, household, place_kind, details, status, true
    FROM new_list, unnest($15::integer[], $16::integer[], $17::text[], $18::jsonb[], $19::text[])
        AS new (running_number, household, place_kind, details, status)
), new_identity AS (
    INSERT INTO person_identity
        (list_id, running_number, open, given_name, family_name, birth_date, duf_number, identity_number, address,
         health_note)
    SELECT list_id, running_number, true, given_name, family_name, birth_date, duf_number, identity_number, address,
           health_note
    FROM new_list, unnest($20::integer[], $21::text[], $22::text[], $23::date[], $24::text[], $25::text[],
                          $26::jsonb[], $27::text[])
        AS new (running_number, given_name, family_name, birth_date, duf_number, identity_number, address, health_note)
    ORDER BY duf_number, identity_number
    ON CONFLICT DO NOTHING
    RETURNING running_number
)
SELECT (SELECT count(*) FROM new_list) AS lists, (SELECT count(*) FROM new_identity) AS identities
"""

# What a list has just written, where one of its persons turns out to be taken: nobody else has seen it. Others come
# first only rarely, so this costs less than a savepoint for every list.
TAKE_BACK = (
    "DELETE FROM person_identity WHERE list_id = $1",
    "DELETE FROM person WHERE list_id = $1",
    "DELETE FROM distribution_list WHERE list_id = $1",
)

# The version that was read is part of the condition: the row is locked, so another one is a mistake of ours.
UPDATE_LIST = """
UPDATE distribution_list SET
    version = $3, places_version = $4, status = $5, message = $6, late = $7,
    changed_by = $8, changed_by_name = $9, changed_at = $10,
    approved_by = $11, approved_by_name = $12, approved_at = $13,
    answered_by = $14, answered_by_name = $15, answered_at = $16,
    withdrawal_reason = $17, withdrawn_at = $18, withdrawn_version = $19,
    replaced_by = $20, offered_again_at = $21, alike_since = $22, alike_at = $3,
    deadline = $23, told_at = $24, extensions = $25, threads = $26, splits = $27, message_version = $28,
    drafted_at = $3, words_erased_at = $29
WHERE list_id = $1 AND version = $2
RETURNING version
"""

UPDATE_PERSONS = """
UPDATE person SET
    status = new.status, accept = new.accept, reason = new.reason, reason_text = new.reason_text,
    placed_on = new.placed_on, settlement_date = new.settlement_date,
    withdrawal_reason = new.withdrawal_reason, withdrawn_at = new.withdrawn_at,
    withdrawn_version = new.withdrawn_version, decided_version = new.decided_version,
    planned_year = new.planned_year, planned_week = new.planned_week, planned_by = new.planned_by,
    planned_by_name = new.planned_by_name, planned_at = new.planned_at
FROM unnest($2::integer[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::date[], $8::date[],
            $9::text[], $10::timestamptz[], $11::bigint[],
            $12::smallint[], $13::smallint[], $14::text[], $15::text[], $16::timestamptz[], $17::bigint[])
    AS new (running_number, status, accept, reason, reason_text, placed_on, settlement_date,
            withdrawal_reason, withdrawn_at, withdrawn_version,
            planned_year, planned_week, planned_by, planned_by_name, planned_at, decided_version)
WHERE person.list_id = $1 AND person.running_number = new.running_number
"""

# Whom the municipality declined may be offered elsewhere at once; whoever it accepted holds a place until withdrawn.
# A withdrawn person may be offered elsewhere from then on.
CLOSE_IDENTITIES = """
UPDATE person_identity SET open = false
FROM person
WHERE person_identity.list_id = $1 AND open
  AND person.list_id = person_identity.list_id AND person.running_number = person_identity.running_number
  AND person.status IN ('declined', 'withdrawn')
"""

INSERT_SETTLEMENT = """
INSERT INTO settlement (list_id, running_number, list_version, settlement_date, registered_by, registered_by_name,
                        registered_at, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


GIVES_UP_ITS_PLACE = frozenset({PersonStatus.DECLINED, PersonStatus.WITHDRAWN})


class OverwrittenError(Exception):
    """A list has another version than the one that was opened, though it was locked."""


async def insert(connection: Connection, received: DistributionList, offer: Offer) -> bool:
    """Write a new list; False, and nothing written, where its id or one of its persons is taken."""
    columns = (*_list_columns(received, offer.digest), *_person_columns(received.persons), *_identity_columns(offer))
    written = await connection.fetchrow(INSERT, *columns)
    assert written is not None, "it counts"
    if written["lists"] and written["identities"] != len(received.persons):
        for statement in TAKE_BACK:
            await connection.execute(statement, received.id)
        return False
    return bool(written["lists"])


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


def _person_columns(persons: Sequence[Person]) -> tuple[object, ...]:
    return (
        [person.running_number for person in persons],
        [person.household for person in persons],
        [person.place_kind.value for person in persons],
        [from_details(person.details) for person in persons],
        [person.status.value for person in persons],
    )


def _identity_columns(offer: Offer) -> tuple[object, ...]:
    identities = [person.identity for person in offer.persons]
    return (
        [person.running_number for person in offer.persons],
        [identity.given_name for identity in identities],
        [identity.family_name for identity in identities],
        [identity.birth_date for identity in identities],
        [identity.duf_number for identity in identities],
        [identity.identity_number for identity in identities],
        [from_address(identity.address) for identity in identities],
        [identity.health_note for identity in identities],
    )


async def update(connection: Connection, before: DistributionList, after: DistributionList) -> None:
    """Write what has changed of a locked list. Raises OverwrittenError."""
    written = await connection.fetchval(
        UPDATE_LIST,
        after.id,
        before.version,
        after.version,
        after.places_version,
        after.status.value,
        after.message,
        after.late,
        *_act(after.changed),
        *_act(after.approved),
        *_act(after.answered),
        *_withdrawal(after.withdrawn),
        list(after.replaced_by),
        after.offered_again_at,
        after.alike_since,
        after.deadline,
        after.told_at,
        _extensions(after.extensions),
        from_threads(after.threads),
        [from_split(split) for split in after.splits],
        after.message_version,
        after.words_erased_at,
    )
    if written is None:
        raise OverwrittenError
    changed = list(after.changed_persons(before))
    await _update_persons(connection, after.id, changed)
    if any(person.status in GIVES_UP_ITS_PLACE for person in changed):
        await connection.execute(CLOSE_IDENTITIES, after.id)


async def _update_persons(connection: Connection, list_id: str, persons: Sequence[Person]) -> None:
    if not persons:
        return
    decisions = [person.decision for person in persons]
    withdrawals = [_withdrawal(person.withdrawn) for person in persons]
    plans = [_planned(person.planned) for person in persons]
    await connection.execute(
        UPDATE_PERSONS,
        list_id,
        [person.running_number for person in persons],
        [person.status.value for person in persons],
        [decision.accept for decision in decisions],
        [decision.reason and decision.reason.value for decision in decisions],
        [decision.reason_text for decision in decisions],
        [person.placed_on for person in persons],
        [person.settlement_date for person in persons],
        *([withdrawal[part] for withdrawal in withdrawals] for part in range(3)),
        *([plan[part] for plan in plans] for part in range(5)),
        [person.decided_version for person in persons],
    )


async def insert_settlements(connection: Connection, after: DistributionList, settled: Iterable[PersonSettled]) -> None:
    """Add to the history of settlement dates."""
    for event in settled:
        assert after.changed is not None, "somebody has just registered it"
        person, by = after.person(event.person.running_number), after.changed
        assert person is not None, "it has just been settled"
        entry = person.settlements[-1]
        row = (event.version, entry.day, by.user_id, entry.by, entry.at, entry.reason)
        await connection.execute(INSERT_SETTLEMENT, after.id, person.running_number, *row)


def _extensions(extensions: Iterable[Extension]) -> list[dict[str, str]]:
    return [
        {"at": made.at.isoformat(), "before": made.before.isoformat(), "deadline": made.deadline.isoformat()}
        for made in extensions
    ]


def _act(act: Act | None) -> tuple[str | None, str | None, datetime | None]:
    return (None, None, None) if act is None else (act.user_id, act.display_name, act.at)


def _withdrawal(withdrawal: Withdrawal | None) -> tuple[str | None, datetime | None, int | None]:
    return (None, None, None) if withdrawal is None else (withdrawal.reason.value, withdrawal.at, withdrawal.version)


def _planned(planned: Planned | None) -> tuple[int | None, int | None, str | None, str | None, datetime | None]:
    if planned is None:
        return None, None, None, None, None
    return planned.week.year, planned.week.week, planned.user_id, planned.by, planned.at
