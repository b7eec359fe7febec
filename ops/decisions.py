"""What waits for somebody to decide: mails nobody is sure of, letters that reached nobody; and carrying that out.

Ids and codes only: neither an address nor a name is read. What is decided is asked of the service's own process, and
kept there with who, when and why.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.storage import orders
from ops.dead_letters.places import database

LOOK_SECONDS = 0.2

MAILS = """
SELECT mail.mail_id AS id, municipality_id, list_id, notice.kind, mail.state, mail.failure, mail.code,
       mail.ended_at, mail.receiver IS NOT NULL AS can_be_sent_again
FROM mail JOIN notice USING (notice_id)
WHERE mail.state = ANY($1) ORDER BY mail.ended_at, mail.mail_id
"""

# Refused when it was handed over, or returned later; and those of which there is no letter at all.
LETTERS = """
SELECT letter_id AS id, municipality_id, list_id, kind,
       CASE WHEN kind = 'letter_to_person' THEN persons[1] END AS person,
       coalesce(failure, dispatch_failure, statuses -> -1 ->> 'status') AS what, attempt, reference,
       coalesce((statuses -> -1 ->> 'at')::timestamptz, created_at, planned_at) AS since,
       failure IS NULL AS can_be_sent_again
FROM letter
WHERE failure IN ('cannot_be_rendered', 'ended_its_workers') OR dispatch_failure = 'refused'
   OR statuses -> -1 ->> 'status' IN ('rejected', 'not_delivered', 'handled_manually')
ORDER BY since, letter_id
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that waits for a decision: whose it is, how it is found, and what shows it."""

    service: str
    command: str
    statement: str
    values: Sequence[object] = ()


KINDS: Mapping[str, Kind] = {
    "mails nobody is sure of": Kind("notification", "fordeling mail unsure", MAILS, [["unsure"]]),
    "mails that failed": Kind("notification", "fordeling mail failed", MAILS, [["failed"]]),
    "letters that reached nobody": Kind("letters", "fordeling letters failed", LETTERS),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a service. wait: seconds until it is left to be done later."""

    service: str
    action: str
    by: str
    reason: str
    wait: float


async def find(kind: Kind, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """List what waits. Raises DatabaseError."""
    async with database(kind.service, given) as connection:
        return [dict(row) for row in await connection.fetch(kind.statement, *kind.values)]


async def counted(given: Mapping[str, str]) -> dict[str, int]:
    """Count all that waits. Raises DatabaseError."""
    return {name: len(await find(kind, given)) for name, kind in KINDS.items()}


async def carry_out(order: Order, given: Mapping[str, str], targets: Sequence[str]) -> dict[str, str | None]:
    """Ask the service, and wait; tells what came of each, None where it has not answered. Raises DatabaseError."""
    async with database(order.service, given) as connection:
        asked = {
            target: await orders.ask(connection, order.action, target, by=order.by, reason=order.reason)
            for target in dict.fromkeys(targets)
        }
        end = time.monotonic() + order.wait
        while True:
            outcomes = {target: await orders.outcome(connection, number) for target, number in asked.items()}
            if None not in outcomes.values() or time.monotonic() > end:
                return outcomes
            await asyncio.sleep(LOOK_SECONDS)
