"""Answers whose paper is not made yet, in PostgreSQL."""

from __future__ import annotations

from typing import Any

from chassis.storage.database import Connection
from services.letters.domain.codes import DeclineReason
from services.letters.domain.content import Answer, AnsweredPerson

KEEP = """
INSERT INTO answer_copy (list_id, answered_on, answered_by, late, message, persons) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (list_id) DO NOTHING
"""

READ = """
SELECT list_id, answered_on, answered_by, late, message, persons FROM answer_copy WHERE list_id = $1
"""

FORGET = "DELETE FROM answer_copy WHERE list_id = $1"


async def keep(connection: Connection, answer: Answer) -> None:
    """Keep an answer; another one of the same list changes nothing: a list is answered once."""
    persons = [
        {"running_number": each.running_number, "accepted": each.accepted, "reason": each.reason, "text": each.text}
        for each in answer.persons
    ]
    about = (answer.list_id, answer.answered_on, answer.answered_by, answer.late, answer.message)
    await connection.execute(KEEP, *about, persons)


async def read(connection: Connection, list_id: str) -> Answer | None:
    """Read an answer."""
    row = await connection.fetchrow(READ, list_id)
    if row is None:
        return None
    return Answer(**dict(row) | {"persons": tuple(_person(each) for each in row["persons"])})


async def forget(connection: Connection, list_id: str) -> None:
    """Erase an answer."""
    await connection.execute(FORGET, list_id)


def _person(values: dict[str, Any]) -> AnsweredPerson:
    return AnsweredPerson(**values | {"reason": values["reason"] and DeclineReason(values["reason"])})
