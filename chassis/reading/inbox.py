"""Which messages have had their effect: nothing happens twice.

A chunk of records is first written down, and what was known of them before is told by the same statement; then they
are handled, in the same transaction. Another process with the same records waits meanwhile, and finds repeats. What is
not handled after all, since the chunk's time is over, is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chassis.errors import OvertakenError
from chassis.reading.subscriptions import Dedupe
from chassis.storage.database import Connection, rows_of
from contracts.envelope import EPOCH, Envelope

# What is asked for and written travels as one JSON text: an array costs asyncpg a look at each of its elements.
# A last row without values tells that some subject of the reader is held up: which ones is asked only then.
# Locks are taken in one order, so that two processes with the same records wait instead of deadlocking.
CLAIM_IDS = """
WITH asked AS (
    SELECT new ->> 0 AS source, new ->> 1 AS message_id FROM json_array_elements($2::text::json) AS new
), noted AS (
    INSERT INTO inbox (reader, source, message_id, received_at)
    SELECT $1, source, message_id, $3 FROM asked ORDER BY source, message_id
    ON CONFLICT DO NOTHING
    RETURNING source, message_id
)
SELECT source, message_id FROM asked EXCEPT SELECT source, message_id FROM noted
UNION ALL
SELECT NULL, NULL WHERE EXISTS (SELECT FROM parked_subject WHERE reader = $1)
"""
TAKE_BACK_IDS = """
DELETE FROM inbox USING json_array_elements($2::text::json) AS back
WHERE reader = $1 AND source = back ->> 0 AND message_id = back ->> 1
"""

# Nothing is written for a subject whose last sequence is not the one that this statement has read: ``missed`` counts
# those. The same sequence is written again, since a record that was told again may have it, and is handled.
CLAIM_SEQUENCES = """
WITH asked AS (
    SELECT new ->> 0 AS subject, (new ->> 1)::bigint AS sequence FROM json_array_elements($2::text::json) AS new
), known AS (
    SELECT asked.subject, sequence, last_sequence
    FROM asked LEFT JOIN inbox_sequence ON reader = $1 AND inbox_sequence.subject = asked.subject
), wanted AS (
    SELECT * FROM known WHERE last_sequence IS NULL OR sequence >= last_sequence
), noted AS (
    INSERT INTO inbox_sequence (reader, subject, previous_sequence, last_sequence)
    SELECT $1, subject, coalesce(last_sequence, -1), sequence FROM wanted ORDER BY subject
    ON CONFLICT (reader, subject) DO UPDATE
    SET last_sequence = excluded.last_sequence, previous_sequence = excluded.previous_sequence
    WHERE inbox_sequence.last_sequence = excluded.previous_sequence
    RETURNING 1
)
SELECT subject, last_sequence, 0 AS missed FROM known WHERE last_sequence IS NOT NULL
UNION ALL
SELECT NULL, NULL, missed
FROM (SELECT (SELECT count(*) FROM wanted) - (SELECT count(*) FROM noted) AS missed) AS counted
WHERE missed > 0 OR EXISTS (SELECT FROM parked_subject WHERE reader = $1)
"""
TAKE_BACK_SEQUENCES = """
UPDATE inbox_sequence SET last_sequence = (back ->> 1)::bigint FROM json_array_elements($2::text::json) AS back
WHERE reader = $1 AND subject = back ->> 0
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
    """What is known of one chunk's records.

    held_up: whether a subject of theirs may be held up.
    """

    held_up: bool
    gaps: list[Gap]

    def is_repeat(self, envelope: Envelope) -> bool:
        """Whether this message has had its effect, in the database or earlier in this chunk."""

    def note(self, envelope: Envelope) -> None:
        """Count the message as handled."""

    async def take_back(self, connection: Connection) -> None:
        """Have those come again that were written down and not handled."""


async def claim(
    connection: Connection, reader: str, dedupe: Dedupe, envelopes: Sequence[Envelope], now: datetime
) -> Inbox:
    """Write these messages down as handled, and tell what was known of them before. Raises OvertakenError."""
    if dedupe is Dedupe.ID:
        return await _claim_ids(connection, reader, envelopes, now)
    return await _claim_sequences(connection, reader, dedupe, envelopes)


async def _claim_ids(connection: Connection, reader: str, envelopes: Sequence[Envelope], now: datetime) -> Ids:
    asked = dict.fromkeys((envelope.source, envelope.id) for envelope in envelopes)
    rows = await connection.fetch(CLAIM_IDS, reader, json.dumps(list(asked)), now)
    seen = {(source, identity) for source, identity in rows if identity is not None}
    # With a repeat another process may have been waited for; what that one parked the statement has not seen.
    return Ids(reader, seen, asked.keys() - seen, held_up=bool(rows))


async def _claim_sequences(
    connection: Connection, reader: str, dedupe: Dedupe, envelopes: Sequence[Envelope]
) -> Sequences:
    asked: dict[str, int] = {}
    for envelope in envelopes:
        if envelope.sequence is not None:
            asked[envelope.subject] = max(envelope.sequence, asked.get(envelope.subject, NEVER))
    rows = await connection.fetch(CLAIM_SEQUENCES, reader, json.dumps(list(asked.items())))
    last = {subject: sequence for subject, sequence, _ in rows if subject is not None}
    if any(missed for _, _, missed in rows):
        raise OvertakenError
    return Sequences(reader, dedupe, last, asked, held_up=len(rows) > len(last))


async def forget_before(connection: Connection, time: datetime, most: int) -> int:
    """Forget message ids received before ``time``, the oldest first; returns how many."""
    return rows_of(await connection.execute(FORGET, time, most))


async def forget_reader(connection: Connection, reader: str) -> None:
    """Forget what a reader has seen, so that it can read its topic anew."""
    await connection.execute(FORGET_READER, reader)


@dataclass
class Nothing:
    """Knows no repeats and notes nothing: for messages whose turn has come again."""

    held_up: bool = False
    gaps: list[Gap] = field(default_factory=list)

    def is_repeat(self, envelope: Envelope) -> bool:  # noqa: ARG002  the protocol's
        """Tell that it is none."""
        return False

    def note(self, envelope: Envelope) -> None:
        """Do nothing."""

    async def take_back(self, connection: Connection) -> None:
        """Do nothing."""


@dataclass
class Ids:
    """By source and id. claimed: written down, and not handled yet."""

    reader: str
    seen: set[tuple[str, str]]
    claimed: set[tuple[str, str]] = field(default_factory=set)
    held_up: bool = False
    gaps: list[Gap] = field(default_factory=list)

    def is_repeat(self, envelope: Envelope) -> bool:
        """Whether this message has had its effect."""
        return (envelope.source, envelope.id) in self.seen

    def note(self, envelope: Envelope) -> None:
        """Count the message as handled."""
        self.seen.add((envelope.source, envelope.id))
        self.claimed.discard((envelope.source, envelope.id))

    async def take_back(self, connection: Connection) -> None:
        """Have those come again that were written down and not handled."""
        if self.claimed:
            await connection.execute(TAKE_BACK_IDS, self.reader, json.dumps(sorted(self.claimed)))


@dataclass
class Sequences:
    """By the last sequence of each subject. claimed: the last of this chunk, which is written down."""

    reader: str
    dedupe: Dedupe
    last: dict[str, int]
    claimed: Mapping[str, int] = field(default_factory=dict)
    held_up: bool = False
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
        self.last[envelope.subject] = envelope.sequence

    async def take_back(self, connection: Connection) -> None:
        """Have those come again that were written down and not handled."""
        found = {subject: self.last.get(subject, NEVER) for subject in self.claimed}
        back = [(subject, last) for subject, last in found.items() if last < self.claimed[subject]]
        if back:
            await connection.execute(TAKE_BACK_SEQUENCES, self.reader, json.dumps(sorted(back)))


def _has_gap(last: int, found: int) -> bool:
    """Whether something is missing between two sequences. A first one, or one of a new epoch, has none before it."""
    return last != NEVER and found // EPOCH == last // EPOCH and found > last + 1
