"""What is written in the threads of a list, a page at a time."""

from __future__ import annotations

from contracts.distribution.threads_v1 import ThreadMessageState
from gateway.readmodel.reader import Reader

MESSAGES = """
SELECT (SELECT coalesce(jsonb_agg(body ORDER BY number), '[]')
        FROM (SELECT body, number FROM readmodel.thread_message
              WHERE list_id = $1 AND municipality_id = $2 AND number > $3
              ORDER BY number LIMIT $4) AS next_messages) AS messages
"""


async def find_messages(
    reader: Reader, municipality_id: str, list_id: str, *, after: int, limit: int
) -> list[ThreadMessageState]:
    """Find messages of a list behind a number, oldest first; nothing of another municipality's list."""
    row = await reader.row(municipality_id, MESSAGES, list_id, municipality_id, after, limit)
    assert row is not None
    return [ThreadMessageState.model_validate(body) for body in row["messages"]]
