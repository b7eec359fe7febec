"""What is new in a batch of state: found before its rows are written, written down with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from chassis.reading.subscriptions import Received
from chassis.storage.database import Connection
from chassis.storage.transaction import Transaction
from contracts.distribution.history import ListChangeState
from contracts.distribution.threads_v1 import ThreadMessageState
from contracts.distribution.v1 import ListState
from contracts.envelope import Message
from contracts.letters.v1 import LetterState
from contracts.municipality.v1 import LedgerYearState
from contracts.notification.v1 import NoticeState
from gateway.live.finding import FINDERS
from gateway.live.news import Kind, News
from gateway.readmodel.table import Written

KEEP = timedelta(days=1)
"""How long it is kept to be told; what happened earlier is not new to anybody."""

# Rows by the keys of their records, with the version that each came from. A batch asks for all of its kinds at once.
BEFORE = {
    ListState: "SELECT list_id AS key, sequence, body FROM readmodel.distribution_list WHERE list_id = ANY($1::text[])",
    NoticeState: "SELECT notice_id AS key, sequence, body FROM readmodel.notice WHERE notice_id = ANY($1::text[])",
    LetterState: "SELECT letter_id AS key, sequence, body FROM readmodel.letter WHERE letter_id = ANY($1::text[])",
    ListChangeState: """
SELECT key, sequence, body FROM unnest($1::text[]) AS key JOIN readmodel.list_change
    ON list_id = split_part(key, '/', 1) AND version = split_part(key, '/', 3)::bigint
""",
    ThreadMessageState: """
SELECT key, sequence, body FROM unnest($1::text[]) AS key JOIN readmodel.thread_message
    ON list_id = split_part(key, '/', 1) AND number = split_part(key, '/', 3)::integer
""",
    LedgerYearState: """
SELECT key, sequence, body FROM unnest($1::text[]) AS key JOIN readmodel.ledger_year
    ON municipality_id = split_part(key, '/', 1) AND year = split_part(key, '/', 2)::integer
""",
}

WRITE = """
INSERT INTO gateway.news (municipality_id, kind, list_id, running_number, version, actor, at)
SELECT municipality_id, kind, list_id, running_number, version, actor, $7
FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[])
    AS new (municipality_id, kind, list_id, running_number, version, actor)
"""

# Rows go a day after they came; up to where is kept, so that nobody resumes across a gap unawares.
PRUNE = """
WITH gone AS (DELETE FROM gateway.news WHERE at < $1 RETURNING xid, id)
UPDATE gateway.news_pruned AS pruned SET xid = last.xid, id = last.id
FROM (SELECT xid, id FROM gone ORDER BY xid DESC, id DESC LIMIT 1) AS last
WHERE (pruned.xid, pruned.id) < (last.xid, last.id)
"""


async def news_of(batch: Sequence[Received[Any]], transaction: Transaction) -> Sequence[Written]:
    """Find what is new, and give the statement that writes it, if any; nothing may have been written yet.

    What is told again, was there already, or happened long ago, is not new.
    """
    since = transaction.now - KEEP
    fresh: dict[type[Message], dict[str, Received[Any]]] = {}
    for message in FINDERS:
        found = {
            _key(one): one
            for one in batch
            if one.envelope.type == message.message_type and one.body is not None and one.envelope.time > since
        }
        if told_anew := {key: one for key, one in found.items() if not one.envelope.republished}:
            fresh[message] = told_anew
    if fresh and (worth := _worth_telling(await _found(transaction.connection, fresh))):
        return [(WRITE, [*_arrays(worth), transaction.now])]
    return []


async def prune(transaction: Transaction) -> None:
    """Delete what is older than a day."""
    await transaction.connection.execute(PRUNE, transaction.now - KEEP)


async def _found(connection: Connection, fresh: Mapping[type[Message], Mapping[str, Received[Any]]]) -> list[News]:
    asked = " UNION ALL ".join(
        f"SELECT {number} AS asked, found.* FROM ({BEFORE[message].replace('$1', f'${number}')}) AS found"  # noqa: S608
        for number, message in enumerate(fresh, 1)
    )
    before = await connection.fetch(asked, *(sorted(of_kind) for of_kind in fresh.values()))
    rows = {(row["asked"], row["key"]): row for row in before}
    news: list[News] = []
    for number, (message, of_kind) in enumerate(fresh.items(), 1):
        for key, one in of_kind.items():
            row = rows.get((number, key))
            if row is None or row["sequence"] < (one.envelope.sequence or 0):
                news += FINDERS[message](row["body"] if row else None, one.body)
    return news


def _worth_telling(news: Sequence[News]) -> list[News]:
    """Leave out that a list was touched where something more exact is told of it, and repeats."""
    exact = {one.list_id for one in news if one.kind is not Kind.LIST_TOUCHED and one.kind is not Kind.NOTICE}
    return list(dict.fromkeys(one for one in news if one.kind is not Kind.LIST_TOUCHED or one.list_id not in exact))


def _arrays(news: Sequence[News]) -> list[list[Any]]:
    rows = [
        (one.municipality_id, one.kind.value, one.list_id, one.running_number, one.version, one.actor) for one in news
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _key(received: Received[Any]) -> str:
    return (received.raw.key or b"").decode()
