"""What is written in threads, in PostgreSQL. A list's threads themselves lie in its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chassis.storage.database import Connection
from services.distribution.domain.thread_messages import Thread, ThreadMessage
from services.distribution.domain.threads import Said

INSERT = """
INSERT INTO thread_message
    (list_id, number, running_number, list_version, author_id, author_name, written_at, text, reply_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

WRITTEN_UNDER = "SELECT running_number, text FROM thread_message WHERE list_id = $1 AND reply_id = $2"

ALL = """
SELECT number, running_number, author_id, author_name, written_at, text, reply_id, list_version, erased_at
FROM thread_message WHERE list_id = $1 ORDER BY number
"""


async def insert(connection: Connection, list_id: str, version: int, message: ThreadMessage) -> None:
    """Keep a message of a list that is locked. ``version``: the list's by it."""
    await connection.execute(
        INSERT,
        list_id,
        message.number,
        message.running_number,
        version,
        message.author_id,
        message.author_name,
        message.at,
        message.text,
        message.reply_id,
    )


async def written_under(connection: Connection, list_id: str, reply_id: str) -> Said | None:
    """Read what came under an id of IMDi's."""
    row = await connection.fetchrow(WRITTEN_UNDER, list_id, reply_id)
    return None if row is None else Said(row["running_number"], row["text"])


async def messages(connection: Connection, list_id: str) -> list[tuple[ThreadMessage, int]]:
    """Read all that was written about a list, each with the list's version by it."""
    return [
        (
            ThreadMessage(
                number=row["number"],
                running_number=row["running_number"],
                author_id=row["author_id"],
                author_name=row["author_name"],
                at=row["written_at"],
                text=row["text"],
                reply_id=row["reply_id"],
                erased_at=row["erased_at"],
            ),
            row["list_version"],
        )
        for row in await connection.fetch(ALL, list_id)
    ]


def to_thread(document: Mapping[str, Any]) -> Thread:
    """Read how far a thread has come."""
    return Thread(document["running_number"], document["messages"], document["awaits_reply"])


def from_threads(threads: Iterable[Thread]) -> list[dict[str, Any]]:
    """Write how far threads have come."""
    return [
        {"running_number": one.running_number, "messages": one.messages, "awaits_reply": one.awaits_reply}
        for one in threads
    ]
