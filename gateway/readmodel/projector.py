"""Projects the ``.state`` topics into the read model, a batch a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.envelope import Message
from contracts.municipality.v1 import RegisterState
from gateway.commands import traces
from gateway.live import recording
from gateway.readmodel import answers, erasing
from gateway.readmodel.table import Written, in_one
from gateway.readmodel.tables import SCHEMA, TABLES, arrays

CHANNEL = "gateway_changed"
"""PostgreSQL channel on which every replica hears that the read model or the outcomes have something new."""

ANNOUNCE = f"SELECT pg_notify('{CHANNEL}', '')"

STATE_TOPICS = (
    topics.MUNICIPALITY_STATE,
    topics.PERSON_REPORTS,
    topics.DISTRIBUTION_STATE,
    topics.PERSON_FOLDERS,
    topics.NOTIFICATION_STATE,
    topics.LETTERS_STATE,
)


def subscriptions(reader: str = "", schema: str = SCHEMA) -> list[Subscription]:
    """Tell what the projector reads. Another ``reader`` reads all of it anew, into a ``schema`` of its own."""
    return [
        Subscription(
            topic=topic.name,
            messages=[message for message in topic.messages if message in TABLES],
            known=frozenset({RegisterState.message_type}),
            dedupe=Dedupe.SNAPSHOT,
            batch=partial(project, schema=schema),
            reader=reader,
        )
        for topic in STATE_TOPICS
    ]


async def project(batch: Sequence[Received[Any]], transaction: Transaction, schema: str = SCHEMA) -> None:
    """Write what a batch says, in its order; of several records with one key the last counts.

    A row that is told again is written whole, whatever has become of it. Open pages are told what is new in live rows.
    """
    if not batch:
        return
    parts: list[Written] = []
    if schema == SCHEMA:
        parts += await recording.news_of(batch, transaction)
        await traces.keep(batch, transaction)
        await erasing.erase(erasing.erased_persons(batch), transaction)
    for message, table in TABLES.items():
        last: dict[str, tuple[Message | None, int]] = {}
        erased: set[str] = set()
        for received in batch:
            if received.envelope.type == message.message_type:
                last[_key(received)] = (received.body, received.envelope.sequence or 0)
                if received.body is None or received.envelope.republished:
                    erased.add(_key(received))
        if erased:
            await transaction.connection.execute(table.delete_in(schema), sorted(erased))
        if states := [(body, sequence) for _, (body, sequence) in sorted(last.items()) if body is not None]:
            parts.append((table.upsert_in(schema), arrays(table, states)))
    statement, arguments = in_one(parts, ANNOUNCE)
    await transaction.connection.execute(statement, *arguments)
    await answers.count(batch, transaction.connection, schema)


def _key(received: Received[Any]) -> str:
    return (received.raw.key or b"").decode()
