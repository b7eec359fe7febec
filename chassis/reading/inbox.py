"""Which messages have had their effect: nothing happens twice.

A chunk of records first loads what is known of them and, once they are handled, writes them down in the same
transaction. Where another process wrote some of them meanwhile, the chunk is rolled back and tried again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chassis.errors import OvertakenError
from chassis.reading.subscriptions import Dedupe
from chassis.storage.database import Connection, rows_of
from contracts.envelope import EPOCH, Envelope

# What is asked for and written travels as one JSON text: an array costs asyncpg a look at each of its elements.
SEEN = """
SELECT source, message_id FROM inbox
JOIN json_array_elements($2::text::json) AS asked ON source = asked ->> 0 AND message_id = asked ->> 1
WHERE reader = $1
"""

# Locks are taken in one order, so that two processes with the same records wait instead of deadlocking.
WRITE_IDS = """
INSERT INTO inbox (reader, source, message_id, received_at)
SELECT $1, new ->> 0, new ->> 1, $3 FROM json_array_elements($2::text::json) AS new
ORDER BY new ->> 0, new ->> 1
ON CONFLICT DO NOTHING
"""

LAST = "SELECT subject, last_sequence FROM inbox_sequence WHERE reader = $1 AND subject = ANY($2)"

# Nothing is written for a subject whose last sequence is not the one that was loaded.
WRITE_SEQUENCES = """
INSERT INTO inbox_sequence (reader, subject, previous_sequence, last_sequence)
SELECT $1, new ->> 0, (new ->> 1)::bigint, (new ->> 2)::bigint FROM json_array_elements($2::text::json) AS new
ORDER BY new ->> 0
ON CONFLICT (reader, subject) DO UPDATE
SET last_sequence = excluded.last_sequence, previous_sequence = excluded.previous_sequence
WHERE inbox_sequence.last_sequence = excluded.previous_sequence
"""

# Housekeeping: so many at a time, and none that somebody else is forgetting.
FORGET = """
DELETE FROM inbox WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM inbox WHERE received_at < $1 ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED
))
"""
FORGET_READER = "DELETE FROM inbox_sequence WHERE reader = $1"

NEVER = -1
"""The last sequence of a subject that has none yet."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Sequences between ``last`` and ``found`` never came."""

    subject: str
    last: int
    found: int


class Inbox(Protocol):
    """What is known of one chunk's records."""

    gaps: list[Gap]

    def is_repeat(self, envelope: Envelope) -> bool:
        """Whether this message has had its effect, in the database or earlier in this chunk."""

    def note(self, envelope: Envelope) -> None:
        """Count the message as handled."""

    async def write(self, connection: Connection, now: datetime) -> None:
        """Write down what was noted. Raises OvertakenError."""


async def load(connection: Connection, reader: str, dedupe: Dedupe, envelopes: Sequence[Envelope]) -> Inbox:
    """Read what is known of these messages."""
    if dedupe is Dedupe.ID:
        asked = json.dumps([(envelope.source, envelope.id) for envelope in envelopes])
        rows = await connection.fetch(SEEN, reader, asked)
        return Ids(reader, {(row["source"], row["message_id"]) for row in rows})
    subjects = sorted({envelope.subject for envelope in envelopes})
    rows = await connection.fetch(LAST, reader, subjects)
    return Sequences(reader, dedupe, {row["subject"]: row["last_sequence"] for row in rows})


async def forget_before(connection: Connection, time: datetime, most: int) -> int:
    """Forget message ids received before ``time``, the oldest first; returns how many."""
    return rows_of(await connection.execute(FORGET, time, most))


async def forget_reader(connection: Connection, reader: str) -> None:
    """Forget what a reader has seen, so that it can read its topic anew."""
    await connection.execute(FORGET_READER, reader)


@dataclass
class Nothing:
    """Knows no repeats and notes nothing: for messages whose turn has come again."""

    gaps: list[Gap] = field(default_factory=list)

    def is_repeat(self, envelope: Envelope) -> bool:  # noqa: ARG002  the protocol's
        """Tell that it is none."""
        return False

    def note(self, envelope: Envelope) -> None:
        """Do nothing."""

    async def write(self, connection: Connection, now: datetime) -> None:
        """Do nothing."""


@dataclass
class Ids:
    """By source and id."""

    reader: str
    seen: set[tuple[str, str]]
    noted: dict[tuple[str, str], None] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)

    def is_repeat(self, envelope: Envelope) -> bool:
        """Whether this message has had its effect."""
        return (envelope.source, envelope.id) in self.seen

    def note(self, envelope: Envelope) -> None:
        """Count the message as handled."""
        self.seen.add((envelope.source, envelope.id))
        self.noted[envelope.source, envelope.id] = None

    async def write(self, connection: Connection, now: datetime) -> None:
        """Write down what was noted. Raises OvertakenError."""
        if not self.noted:
            return
        written = await connection.execute(WRITE_IDS, self.reader, json.dumps(list(self.noted)), now)
        if rows_of(written) != len(self.noted):
            raise OvertakenError


@dataclass
class Sequences:
    """By the last sequence of each subject."""

    reader: str
    dedupe: Dedupe
    last: dict[str, int]
    before: dict[str, int] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)

    def is_repeat(self, envelope: Envelope) -> bool:
        """Whether this message has had its effect."""
        if envelope.sequence is None:  # only where it is invalid: then it is not ours to number
            return False
        last = self.last.get(envelope.subject, NEVER)
        if envelope.republished and self.dedupe is Dedupe.SNAPSHOT:
            return envelope.sequence < last  # the same version again: what became of it here may have been lost
        return envelope.sequence <= last

    def note(self, envelope: Envelope) -> None:
        """Count the message as handled."""
        if envelope.sequence is None:
            return
        last = self.last.get(envelope.subject, NEVER)
        if self.dedupe is Dedupe.SEQUENCE and _has_gap(last, envelope.sequence):
            self.gaps.append(Gap(envelope.subject, last, envelope.sequence))
        self.before.setdefault(envelope.subject, last)
        self.last[envelope.subject] = envelope.sequence

    async def write(self, connection: Connection, now: datetime) -> None:  # noqa: ARG002  the protocol's
        """Write down what was noted. Raises OvertakenError."""
        if not self.before:
            return
        changed = [(subject, previous, self.last[subject]) for subject, previous in self.before.items()]
        written = await connection.execute(WRITE_SEQUENCES, self.reader, json.dumps(changed))
        if rows_of(written) != len(changed):
            raise OvertakenError


def _has_gap(last: int, found: int) -> bool:
    """Whether something is missing between two sequences. A first one, or one of a new epoch, has none before it."""
    return last != NEVER and found // EPOCH == last // EPOCH and found > last + 1
