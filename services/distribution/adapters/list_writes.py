"""Writing lists: one statement for a new one, one a table for changes, however many lists and persons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.storage.database import Connection, rows_of, to_json
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

# The version that was read is part of the condition: the rows are locked, so another one is a mistake of ours. The ids
# are given once more by themselves: so the rows are found by the key, however few the planner believes there are.
UPDATE_LISTS = """
UPDATE distribution_list AS list SET
    version = new.version, places_version = new.places_version, status = new.status, message = new.message,
    late = new.late,
    changed_by = new.changed_by, changed_by_name = new.changed_by_name, changed_at = new.changed_at,
    approved_by = new.approved_by, approved_by_name = new.approved_by_name, approved_at = new.approved_at,
    answered_by = new.answered_by, answered_by_name = new.answered_by_name, answered_at = new.answered_at,
    withdrawal_reason = new.withdrawal_reason, withdrawn_at = new.withdrawn_at,
    withdrawn_version = new.withdrawn_version,
    replaced_by = ARRAY(SELECT jsonb_array_elements_text(new.replaced_by::jsonb)),
    offered_again_at = new.offered_again_at, alike_since = new.alike_since, alike_at = new.version,
    deadline = new.deadline, told_at = new.told_at, extensions = new.extensions::jsonb, threads = new.threads::jsonb,
    splits = new.splits::jsonb, message_version = new.message_version, drafted_at = new.version,
    words_erased_at = new.words_erased_at
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::boolean[],
            $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::text[], $13::timestamptz[],
            $14::text[], $15::text[], $16::timestamptz[], $17::text[], $18::timestamptz[], $19::bigint[],
            $20::text[], $21::timestamptz[], $22::bigint[], $23::date[], $24::timestamptz[],
            $25::text[], $26::text[], $27::text[], $28::bigint[], $29::timestamptz[])
    AS new (list_id, version_before, version, places_version, status, message, late,
            changed_by, changed_by_name, changed_at, approved_by, approved_by_name, approved_at,
            answered_by, answered_by_name, answered_at, withdrawal_reason, withdrawn_at, withdrawn_version,
            replaced_by, offered_again_at, alike_since, deadline, told_at,
            extensions, threads, splits, message_version, words_erased_at)
WHERE list.list_id = ANY($1) AND list.list_id = new.list_id AND list.version = new.version_before
"""

UPDATE_PERSONS = """
UPDATE person SET
    status = new.status, accept = new.accept, reason = new.reason, reason_text = new.reason_text,
    placed_on = new.placed_on, settlement_date = new.settlement_date,
    withdrawal_reason = new.withdrawal_reason, withdrawn_at = new.withdrawn_at,
    withdrawn_version = new.withdrawn_version, decided_version = new.decided_version,
    planned_year = new.planned_year, planned_week = new.planned_week, planned_by = new.planned_by,
    planned_by_name = new.planned_by_name, planned_at = new.planned_at
FROM unnest($1::text[], $2::integer[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::date[], $8::date[],
            $9::text[], $10::timestamptz[], $11::bigint[],
            $12::smallint[], $13::smallint[], $14::text[], $15::text[], $16::timestamptz[], $17::bigint[])
    AS new (list_id, running_number, status, accept, reason, reason_text, placed_on, settlement_date,
            withdrawal_reason, withdrawn_at, withdrawn_version,
            planned_year, planned_week, planned_by, planned_by_name, planned_at, decided_version)
WHERE person.list_id = ANY($1) AND person.list_id = new.list_id AND person.running_number = new.running_number
"""

# Whom the municipality declined may be offered elsewhere at once; whoever it accepted holds a place until withdrawn.
# A withdrawn person may be offered elsewhere from then on.
CLOSE_IDENTITIES = """
UPDATE person_identity SET open = false
FROM person
WHERE person_identity.list_id = ANY($1) AND open
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


async def update(connection: Connection, changed: Sequence[tuple[DistributionList, DistributionList]]) -> None:
    """Write what has changed of locked lists: of each as it was written last, and as it is to be.

    Raises OverwrittenError.
    """
    written = await connection.execute(
        UPDATE_LISTS, *zip(*(_changed_columns(before, after) for before, after in changed), strict=True)
    )
    if rows_of(written) != len(changed):
        raise OverwrittenError
    persons = [(after.id, person) for before, after in changed for person in after.changed_persons(before)]
    if persons:
        await connection.execute(
            UPDATE_PERSONS, *zip(*(_decided_columns(list_id, person) for list_id, person in persons), strict=True)
        )
    given_up = {list_id for list_id, person in persons if person.status in GIVES_UP_ITS_PLACE}
    if given_up:
        await connection.execute(CLOSE_IDENTITIES, sorted(given_up))


def _changed_columns(before: DistributionList, after: DistributionList) -> tuple[object, ...]:
    return (
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
        to_json(after.replaced_by),
        after.offered_again_at,
        after.alike_since,
        after.deadline,
        after.told_at,
        to_json(_extensions(after.extensions)),
        to_json(from_threads(after.threads)),
        to_json([from_split(split) for split in after.splits]),
        after.message_version,
        after.words_erased_at,
    )


def _decided_columns(list_id: str, person: Person) -> tuple[object, ...]:
    decision = person.decision
    return (
        list_id,
        person.running_number,
        person.status.value,
        decision.accept,
        decision.reason and decision.reason.value,
        decision.reason_text,
        person.placed_on,
        person.settlement_date,
        *_withdrawal(person.withdrawn),
        *_planned(person.planned),
        person.decided_version,
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
