"""Looking in every store for what it still holds about a person of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chassis.redriving.erasure import held
from ops.dead_letters import places
from ops.privacy.stores import HELD, MESSAGES, TELLING, Found

MOST_MESSAGES = 500
"""In the threads of a list together."""


async def find(list_id: str, running_number: int, variables: Mapping[str, str]) -> Sequence[Found]:
    """Count what is held, store by store, zeros included. Raises DatabaseError."""
    found = []
    subjects = [list_id, f"{list_id}/{running_number}"]
    subjects += [f"{list_id}/messages/{number}" for number in range(1, MOST_MESSAGES + 1)]
    for service, holdings in HELD.items():
        async with places.database(service, variables) as connection:
            for what, statement in holdings:
                found.append(Found(service, what, await connection.fetchval(statement, list_id, running_number)))
            messages = await held(connection, subjects, TELLING)
            found += [Found(service, MESSAGES[table], rows) for table, rows in messages.items()]
    return found
