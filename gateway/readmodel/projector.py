"""Projects the ``.state`` topics into the read model, a batch a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.subscriptions import Dedupe, Received, Subscription
from chassis.transaction import Transaction
from contracts import topics
from contracts.envelope import Message
from contracts.municipality.v1 import RegisterState
from gateway.readmodel.tables import TABLES, arrays

CHANNEL = "gateway_changed"
"""PostgreSQL channel on which every replica hears that the read model or the outcomes have something new."""

ANNOUNCE = "SELECT pg_notify($1, '')"

STATE_TOPICS = (
    topics.MUNICIPALITY_STATE,
    topics.DISTRIBUTION_STATE,
    topics.NOTIFICATION_STATE,
    topics.LETTERS_STATE,
)


def subscriptions(generation: str = "") -> list[Subscription]:
    """Tell what the projector reads. Another ``generation`` reads all of it anew: docs/decisions/0003-read-model.md."""
    return [
        Subscription(
            topic=topic.name,
            messages=[message for message in topic.messages if message in TABLES],
            known=frozenset({RegisterState.message_type}),
            dedupe=Dedupe.SNAPSHOT,
            batch=project,
            reader=generation,
        )
        for topic in STATE_TOPICS
    ]


async def project(batch: Sequence[Received[Any]], transaction: Transaction) -> None:
    """Write what a batch says, in its order; of several records with one key the last counts."""
    for message, table in TABLES.items():
        last: dict[str, tuple[Message | None, int]] = {}
        for received in batch:
            if received.envelope.type == message.message_type:
                last[_key(received)] = (received.body, received.envelope.sequence or 0)
        if erased := sorted(key for key, (body, _) in last.items() if body is None):
            await transaction.connection.execute(table.delete, erased)
        if states := [(body, sequence) for _, (body, sequence) in sorted(last.items()) if body is not None]:
            await transaction.connection.execute(table.upsert, *arrays(table, states))
    if batch:
        await transaction.connection.execute(ANNOUNCE, CHANNEL)


def _key(received: Received[Any]) -> str:
    return (received.raw.key or b"").decode()
