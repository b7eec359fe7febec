"""Reading lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

import asyncpg

from chassis.storage.database import Connection
from services.distribution.adapters.person_documents import to_address, to_details, to_split
from services.distribution.adapters.thread_rows import to_thread
from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import (
    DeclineReason,
    ErasureReason,
    ListStatus,
    Papers,
    PersonStatus,
    PlaceKind,
    WithdrawalReason,
)
from services.distribution.domain.lists import Act, DistributionList, Extension
from services.distribution.domain.persons import Decision, Erased, Identity, Person, Planned, Settlement, Withdrawal

COLUMNS = """
SELECT list_id, municipality_id, municipality_number, version, places_version, status, year, received_at, deadline,
       message, late, changed_by, changed_by_name, changed_at, approved_by, approved_by_name, approved_at,
       answered_by, answered_by_name, answered_at, withdrawal_reason, withdrawn_at, withdrawn_version,
       replaces, same_municipality, replaced_by, offered_again_at, alike_since, alike_at, told_at, extensions,
       threads, splits, message_version, drafted_at, self_settlement, words_erased_at
FROM distribution_list
"""

# The municipality is part of the question: another's list is not found. Without one: IMDi asks.
LOCK = f"{COLUMNS} WHERE list_id = $1 AND ($2::text IS NULL OR municipality_id = $2) FOR UPDATE"

# Whoever opens many waits for none: those that others have in hand are opened when their turn comes.
LOCK_FREE = f"""
{COLUMNS}
WHERE list_id = ANY($1) AND ($2::text[] IS NULL OR municipality_id = ANY($2))
ORDER BY list_id FOR UPDATE SKIP LOCKED
"""

PERSONS = """
SELECT list_id, running_number, household, place_kind, details, status, accept, reason, reason_text, placed_on,
       settlement_date, withdrawal_reason, withdrawn_at, withdrawn_version, decided_version,
       planned_year, planned_week, planned_by, planned_by_name, planned_at, erased_at, erasure_reason, erasure_papers
FROM person WHERE list_id = ANY($1) ORDER BY list_id, running_number
"""

SETTLEMENTS = """
SELECT list_id, running_number, settlement_date, registered_at, registered_by_name, reason
FROM settlement WHERE list_id = ANY($1) ORDER BY list_id, running_number, list_version
"""

IDENTITIES = """
SELECT list_id, running_number, given_name, family_name, birth_date, duf_number, identity_number, address, health_note
FROM person_identity WHERE list_id = ANY($1)
"""

# A list that somebody has in hand may be answered at this moment: it is passed over, and nobody waits for anybody.
# The day is written as in the index on it (0107): from there it is read.
REMINDER_ON = """
CASE
    WHEN deadline - 2 > (coalesce(told_at, received_at) AT TIME ZONE 'Europe/Oslo')::date THEN deadline - 2
    WHEN deadline > (coalesce(told_at, received_at) AT TIME ZONE 'Europe/Oslo')::date THEN deadline
    WHEN deadline + 1 > (coalesce(told_at, received_at) AT TIME ZONE 'Europe/Oslo')::date THEN deadline + 1
END
"""

OPEN = "status IN ('received', 'under_treatment', 'approved')"
"""As that index says it: lists that are not answered."""

DUE_FOR_REMINDER = f"""
SELECT list_id FROM distribution_list
WHERE {OPEN} AND {REMINDER_ON} <= $1 AND list_id <> ALL($3::text[])
ORDER BY {REMINDER_ON}, list_id LIMIT $2
FOR UPDATE SKIP LOCKED
"""  # noqa: S608  ours, and constant

# Closed since then: nobody is asked for or waits for a home, and nothing has been done to the list since.
CLOSED_BEFORE = """
SELECT list_id FROM distribution_list AS list
WHERE status IN ('answered', 'withdrawn') AND changed_at < $1 AND list_id <> ALL($3::text[])
  AND EXISTS (SELECT FROM person WHERE person.list_id = list.list_id AND erased_at IS NULL)
  AND NOT EXISTS (SELECT FROM person WHERE person.list_id = list.list_id AND erased_at IS NULL
                  AND person.status IN ('requested', 'accepted', 'placed'))
ORDER BY changed_at, list_id LIMIT $2
FOR UPDATE SKIP LOCKED
"""

DIGESTS = "SELECT list_id, digest FROM distribution_list WHERE list_id = ANY($1)"

Settlements: TypeAlias = Mapping[tuple[str, int], tuple[Settlement, ...]]
"""Every settlement date that was registered, by list and running number."""


async def lock(connection: Connection, list_id: str, municipality_id: str | None) -> DistributionList | None:
    """Open a list of a municipality (None: of any), locked until the transaction ends."""
    row = await connection.fetchrow(LOCK, list_id, municipality_id)
    return None if row is None else (await _with_persons(connection, [row]))[0]


async def lock_free(
    connection: Connection, list_ids: Collection[str], municipality_ids: Collection[str] | None
) -> list[DistributionList]:
    """Open those of the lists that are these municipalities' (None: any's) and that nobody has in hand; locked."""
    rows = await connection.fetch(LOCK_FREE, list(list_ids), municipality_ids and list(municipality_ids))
    return await _with_persons(connection, rows) if rows else []


async def _with_persons(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[DistributionList]:
    """Read the persons of lists that are locked: only now, so that they are as the lists are."""
    list_ids = [row["list_id"] for row in rows]
    persons: dict[str, list[asyncpg.Record]] = {list_id: [] for list_id in list_ids}
    for person in await connection.fetch(PERSONS, list_ids):
        persons[person["list_id"]].append(person)
    settled = [list_id for list_id in list_ids if any(one["settlement_date"] for one in persons[list_id])]
    settlements = await _settlements(connection, settled) if settled else {}
    return [_list(row, persons[row["list_id"]], settlements) for row in rows]


def _list(row: asyncpg.Record, rows: Sequence[asyncpg.Record], settlements: Settlements) -> DistributionList:
    # A release that does not keep when what was last changed has written the row since: all may have changed then.
    since = 0 if row["drafted_at"] == row["version"] else row["version"]
    persons = tuple(_person(one, settlements.get((row["list_id"], one["running_number"]), ()), since) for one in rows)
    return DistributionList(
        id=row["list_id"],
        municipality_id=row["municipality_id"],
        municipality_number=row["municipality_number"],
        year=row["year"],
        received_at=row["received_at"],
        deadline=row["deadline"],
        persons=persons,
        version=row["version"],
        places_version=row["places_version"],
        status=ListStatus(row["status"]),
        message=row["message"],
        changed=_act(row, "changed"),
        approved=_act(row, "approved"),
        answered=_act(row, "answered"),
        late=row["late"],
        withdrawn=_withdrawal(row),
        replaces=row["replaces"],
        replaces_shown=row["same_municipality"],
        offered_again_at=row["offered_again_at"],
        replaced_by=tuple(row["replaced_by"]),
        alike_since=row["alike_since"] if row["alike_at"] == row["version"] else row["version"],
        told_at=row["told_at"],
        extensions=tuple(map(_extension, row["extensions"])),
        threads=tuple(map(to_thread, row["threads"])),
        splits=tuple(to_split(split, since) for split in row["splits"]),
        message_version=max(row["message_version"], since),
        self_settlement=row["self_settlement"],
        words_erased_at=row["words_erased_at"],
    )


async def due_for_reminder(connection: Connection, today: date, most: int, but: Collection[str]) -> list[str]:
    """Tell lists whose reply clock has something to say by that day, locked; without those of ``but``."""
    return [row["list_id"] for row in await connection.fetch(DUE_FOR_REMINDER, today, most, list(but))]


async def closed_before(connection: Connection, time: datetime, most: int, but: Collection[str]) -> list[str]:
    """Tell lists that have been closed since before then, with somebody to erase; locked; without those of ``but``."""
    return [row["list_id"] for row in await connection.fetch(CLOSED_BEFORE, time, most, list(but))]


async def digests(connection: Connection, list_ids: Collection[str]) -> dict[str, bytes]:
    """Read the digests of the offers that those of these lists were made of which are here."""
    return {row["list_id"]: row["digest"] for row in await connection.fetch(DIGESTS, list(list_ids))}


async def identities(connection: Connection, list_ids: Collection[str]) -> dict[str, dict[int, Identity]]:
    """Read who the persons of these lists are, by list and running number."""
    found: dict[str, dict[int, Identity]] = {list_id: {} for list_id in list_ids}
    for row in await connection.fetch(IDENTITIES, list(list_ids)):
        found[row["list_id"]][row["running_number"]] = Identity(
            given_name=row["given_name"],
            family_name=row["family_name"],
            birth_date=row["birth_date"],
            duf_number=row["duf_number"],
            identity_number=row["identity_number"],
            address=to_address(row["address"]),
            health_note=row["health_note"],
        )
    return found


async def _settlements(connection: Connection, list_ids: Sequence[str]) -> Settlements:
    found: dict[tuple[str, int], tuple[Settlement, ...]] = {}
    for row in await connection.fetch(SETTLEMENTS, list_ids):
        entry = Settlement(row["settlement_date"], row["registered_at"], row["registered_by_name"], row["reason"])
        key = (row["list_id"], row["running_number"])
        found[key] = (*found.get(key, ()), entry)
    return found


def _person(row: asyncpg.Record, settlements: tuple[Settlement, ...], since: int) -> Person:
    reason = row["reason"]
    return Person(
        running_number=row["running_number"],
        household=row["household"],
        place_kind=PlaceKind(row["place_kind"]),
        details=to_details(row["details"]),
        status=PersonStatus(row["status"]),
        decision=Decision(row["accept"], None if reason is None else DeclineReason(reason), row["reason_text"]),
        placed_on=row["placed_on"],
        settlement_date=row["settlement_date"],
        withdrawn=_withdrawal(row),
        planned=_planned(row),
        settlements=settlements,
        decided_version=max(row["decided_version"], since),
        erased=_erased(row),
    )


def _erased(row: asyncpg.Record) -> Erased | None:
    if row["erased_at"] is None:
        return None
    return Erased(row["erased_at"], ErasureReason(row["erasure_reason"]), Papers(row["erasure_papers"]))


def _planned(row: asyncpg.Record) -> Planned | None:
    if row["planned_at"] is None:
        return None
    week = Week(row["planned_year"], row["planned_week"])
    return Planned(week, row["planned_by"], row["planned_by_name"], row["planned_at"])


def _extension(made: Mapping[str, str]) -> Extension:
    before, deadline = date.fromisoformat(made["before"]), date.fromisoformat(made["deadline"])
    return Extension(datetime.fromisoformat(made["at"]), before, deadline)


def _act(row: asyncpg.Record, what: str) -> Act | None:
    at = row[f"{what}_at"]
    return None if at is None else Act(row[f"{what}_by"], row[f"{what}_by_name"], at)


def _withdrawal(row: asyncpg.Record) -> Withdrawal | None:
    at = row["withdrawn_at"]
    return None if at is None else Withdrawal(WithdrawalReason(row["withdrawal_reason"]), at, row["withdrawn_version"])
