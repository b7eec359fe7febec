"""Who did what to a list: rows that are written once, and the records that tell of them."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from chassis.storage.database import Connection, to_json
from contracts import codes
from contracts.distribution import v1
from contracts.distribution.history import ChangedDecision as ToldDecision, ListChangeState
from services.distribution.domain.codes import ChangeKind, DeclineReason
from services.distribution.domain.history import Change, ChangedDecision
from services.distribution.domain.lists import Act, DistributionList

INSERT = """
INSERT INTO list_change (list_id, version, kind, by_id, by_name, at, decisions, households, message)
SELECT list_id, version, kind, by_id, by_name, at, decisions::jsonb,
       ARRAY(SELECT jsonb_array_elements_text(households::jsonb)::integer), message
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[],
            $9::boolean[])
    AS new (list_id, version, kind, by_id, by_name, at, decisions, households, message)
"""

OF_LIST = """
SELECT version, kind, by_id, by_name, at, decisions, households, message
FROM list_change WHERE list_id = $1 ORDER BY version
"""


async def insert(connection: Connection, changes: Sequence[tuple[str, Change]]) -> None:
    """Write changes, each of a list."""
    await connection.execute(INSERT, *zip(*(_columns(list_id, change) for list_id, change in changes), strict=True))


def _columns(list_id: str, change: Change) -> tuple[object, ...]:
    decisions = [
        {"running_number": one.running_number, "accept": one.accept, "reason": one.reason and one.reason.value}
        for one in change.decisions
    ]
    act = change.act
    return (
        list_id,
        change.version,
        change.kind.value,
        act.user_id,
        act.display_name,
        act.at,
        to_json(decisions),
        to_json(change.households),
        change.message,
    )


async def of_list(connection: Connection, list_id: str) -> Sequence[Change]:
    """Read all changes of a list, in their order."""
    return [_change(row) for row in await connection.fetch(OF_LIST, list_id)]


def key(list_id: str, change: Change) -> str:
    """Give the key of the record that tells of a change."""
    return f"{list_id}/changes/{change.version}"


def state(about: DistributionList, change: Change) -> ListChangeState:
    """Write a change as it is told."""
    act = change.act
    return ListChangeState(
        list_id=about.id,
        municipality_id=about.municipality_id,
        version=change.version,
        kind=codes.ListChangeKind(change.kind),
        by=v1.Act(user_id=act.user_id, display_name=act.display_name, at=act.at),
        decisions=[
            ToldDecision(
                running_number=one.running_number,
                accept=one.accept,
                reason=one.reason and codes.DeclineReason(one.reason),
            )
            for one in change.decisions
        ],
        households=list(change.households),
        message=change.message,
    )


def _change(row: asyncpg.Record) -> Change:
    return Change(
        version=row["version"],
        kind=ChangeKind(row["kind"]),
        act=Act(row["by_id"], row["by_name"], row["at"]),
        decisions=tuple(
            ChangedDecision(one["running_number"], one["accept"], one["reason"] and DeclineReason(one["reason"]))
            for one in row["decisions"]
        ),
        households=tuple(row["households"]),
        message=row["message"],
    )
