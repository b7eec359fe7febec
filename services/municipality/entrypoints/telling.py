"""Telling how a command ended."""

from __future__ import annotations

from typing import Any

from chassis.reading.subscriptions import Received
from chassis.storage import outcomes
from chassis.storage.transaction import Transaction
from contracts import topics
from services.municipality.entrypoints.replies import reply
from services.municipality.use_cases.outcomes import Outcome


async def tell(received: Received[Any], transaction: Transaction, outcome: Outcome) -> None:
    """Reply to the command, and keep the reply for whoever repeats it."""
    command_id = received.envelope.id
    await outcomes.store(
        transaction, command_id, topics.MUNICIPALITY_REPLIES.name, command_id, reply(command_id, outcome)
    )
