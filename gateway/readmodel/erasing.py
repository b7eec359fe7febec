"""What the gateway keeps beside the read model of a person that is erased: what was typed, and messages that failed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from chassis.reading.subscriptions import Received
from chassis.redriving.erasure import erase_messages
from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.distribution.v1 import PersonState

# What was typed about the list as it stood; its outcomes hold ids and stay.
COMMANDS = "UPDATE gateway.command SET form = NULL, message = NULL WHERE subject = ANY($1)"

TOPICS = (topics.DISTRIBUTION_STATE.name, topics.PERSON_FOLDERS.name)
WHY = "erased by its owner"


def erased_persons(batch: Sequence[Received[Any]]) -> Mapping[str, Collection[int]]:
    """Tell of which persons a batch says that nothing is known any more, by list."""
    found: dict[str, set[int]] = {}
    for received in batch:
        if isinstance(received.body, PersonState) and received.body.erased_at is not None:
            found.setdefault(received.body.list_id, set()).add(received.body.running_number)
    return found


async def erase(persons: Mapping[str, Collection[int]], transaction: Transaction) -> None:
    """Erase what was typed about their lists, and what failed here about them."""
    if not persons:
        return
    connection = transaction.connection
    await connection.execute(COMMANDS, sorted(persons))
    subjects = [f"{list_id}/{number}" for list_id, numbers in persons.items() for number in numbers]
    await erase_messages(connection, subjects, TOPICS, why=WHY)
