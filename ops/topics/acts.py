"""What operators did: kept in the gateway's database before it is done, never changed, with a row of the audit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ops.dead_letters import people
from ops.dead_letters.places import database
from ops.errors import UserError

KEEPER = "gateway"

KEEP = """
INSERT INTO gateway.operator_act (act, target, selection, done_by, reason) VALUES ($1, $2, $3, $4, $5)
"""
KEPT = """
SELECT act, target, selection, done_by, reason, done_at FROM gateway.operator_act ORDER BY id DESC LIMIT $1
"""


class Act(StrEnum):
    """What was done."""

    SHOWN = "shown"
    """Bodies were shown whole."""
    WRITTEN_OUT = "written-out"
    """Bodies were written whole to a file."""
    GROUP_MOVED = "group-moved"
    """A consumer group's position was changed."""
    GROUP_MADE = "group-made"
    """A consumer group was made that begins at some place."""
    MESSAGE_SHOWN = "message-shown"
    """A parked message was shown whole."""
    REDRIVEN = "redriven"
    """Parked messages were handled once more."""
    DISCARDED = "discarded"
    """A parked message, or one that could not be sent, was given up."""
    RELEASED = "released"
    """A message that could not be sent is to be sent after all."""
    DECIDED = "decided"
    """A mail or letter of which somebody has to decide was decided."""
    AUDIT_REPORTED = "audit-reported"
    """Who looked at a person was told."""
    AUDIT_EXPORTED = "audit-exported"
    """Rows of the audit were written out."""
    AUDIT_PRUNED = "audit-pruned"
    """Rows of the audit that have had their time were taken away."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One act. target: a topic, group or correlation; selection: what of it, as it was asked for."""

    act: Act
    target: str
    selection: Mapping[str, Any]
    by: str
    reason: str
    at: datetime

    def document(self) -> dict[str, Any]:
        """Write it as JSON's values."""
        return {
            "at": self.at.isoformat(),
            "act": self.act.value,
            "target": self.target,
            "selection": dict(self.selection),
            "by": self.by,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Warrant:
    """Who acts and why, checked."""

    by: str
    reason: str


def warrant(why: str | None, name: str | None, what: str) -> Warrant:
    """Check who acts and why. Raises UserError; ``what`` says what needs the reason."""
    if why is None:
        raise UserError(f"--why is missing: {what} for a reason only, and the reason is kept.")
    return Warrant(people.operator(name), people.reason(why, "--why"))


def keep(
    given: Mapping[str, str], act: Act, target: str, warrant: Warrant, selection: Mapping[str, Any] | None = None
) -> None:
    """Keep what is about to be done: what cannot be kept may not be done. Raises DatabaseError."""
    told = {name: value for name, value in (selection or {}).items() if value not in (None, [], (), False)}

    async def write() -> None:
        async with database(KEEPER, given) as connection:
            await connection.execute(KEEP, act.value, target, told, warrant.by, warrant.reason)

    asyncio.run(write())


def kept(given: Mapping[str, str], most: int) -> list[Kept]:
    """List what was done, the latest first. Raises DatabaseError."""

    async def read() -> list[Kept]:
        async with database(KEEPER, given) as connection:
            return [
                Kept(Act(row["act"]), row["target"], _object(row["selection"]), *row[3:])
                for row in await connection.fetch(KEPT, most)
            ]

    return asyncio.run(read())


def _object(value: Any) -> dict[str, Any]:  # noqa: ANN401 - as the connection's codec gives it
    return dict(json.loads(value) if isinstance(value, str) else value)
