"""Writing what has changed of lists: one statement a table, however many lists and persons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.storage.database import Connection, rows_of, to_json
from services.distribution.adapters.person_documents import from_split
from services.distribution.adapters.thread_rows import from_threads
from services.distribution.domain.codes import PersonStatus
from services.distribution.domain.events import PersonSettled
from services.distribution.domain.lists import Act, DistributionList, Extension
from services.distribution.domain.persons import Person, Planned, Withdrawal

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
