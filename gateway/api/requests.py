"""Idempotency keys: the same key for the same request is one command, for another request a mistake."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from chassis.clock import Clock
from chassis.storage.database import Pool
from gateway.commands.desk import Kind, Sent
from gateway.readmodel.reader import Reader

COMMANDS = UUID("5f0c6d0a-6a3e-5d0c-9d6e-6f6f5a3b8f21")
"""Namespace of the ids of commands that come through the API."""

# A row that is there stays as it is: the first use of a key counts.
CLAIM = """
WITH claimed AS (
    INSERT INTO gateway.api_request
        (command_id, user_id, municipality_id, kind, subject, fingerprint, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (command_id) DO NOTHING
    RETURNING fingerprint, created_at
)
SELECT fingerprint, created_at FROM claimed
UNION ALL
SELECT fingerprint, created_at FROM gateway.api_request WHERE command_id = $1
LIMIT 1
"""

FIND = """
SELECT kind, subject FROM gateway.api_request WHERE command_id = $1 AND municipality_id = $2 AND user_id = $3
"""


class KeyReusedError(Exception):
    """The client has used this key for another request."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A write as it was asked for. ``content``: all that makes it what it is, as bytes."""

    command_id: str
    user_id: str
    municipality_id: str
    kind: Kind
    subject: str
    content: bytes

    @property
    def fingerprint(self) -> bytes:
        """Tell it from any other."""
        parts = (self.municipality_id.encode(), self.kind.value.encode(), self.subject.encode(), self.content)
        return hashlib.sha256(b"\n".join(parts)).digest()


def command_id(user_id: str, key: str) -> str:
    """Give the id of the command that a client sends under a key."""
    return str(uuid5(COMMANDS, f"{user_id}\n{key}"))


@dataclass(frozen=True, slots=True)
class Requests:
    """What was asked under which key. ``reader``: finds what a client asked, as its municipality."""

    pool: Pool
    reader: Reader
    clock: Clock

    async def claim(self, asked: Asked) -> datetime:
        """Take a key for a request; returns when it was first taken. Raises KeyReusedError."""
        row = await self.pool.fetchrow(
            CLAIM,
            asked.command_id,
            asked.user_id,
            asked.municipality_id,
            asked.kind.value,
            asked.subject,
            asked.fingerprint,
            self.clock.now(),
        )
        if row is None:
            return await self.claim(asked)  # another request took it between the two halves of the statement
        if bytes(row["fingerprint"]) != asked.fingerprint:
            raise KeyReusedError
        taken_at: datetime = row["created_at"]
        return taken_at

    async def find(self, municipality_id: str, user_id: str, wanted: str) -> Sent | None:
        """Find what a client asked for, by the command's id."""
        row = await self.reader.row(municipality_id, FIND, wanted, municipality_id, user_id)
        return None if row is None else Sent(wanted, Kind(row["kind"]), row["subject"], None)
