"""How many statements the gateway needs for what an answer sets off: whoever sent it waits for each of them."""

from __future__ import annotations

from uuid import UUID

from chassis.clock import FixedClock
from chassis.storage.database import Pool
from chassis.storage.transaction import Transactions
from contracts.envelope import Message
from contracts.outcomes import CommandAccepted, CommandRefused
from gateway.commands import outcomes
from gateway.readmodel.projector import project
from tests.browser.stage import world
from tests.browser.stage.world import OSLO
from tests.integration.gateway.projecting import NOW, change, received, records, write

NEWS = 2
"""Told of a list that is new, and of a step that was taken with it."""

KEEP = """
INSERT INTO gateway.command (command_id, municipality_id, user_id, kind, subject, created_at, message)
VALUES ($1, '0301', 'u-1', 'send', 'FL-2026-000101', $2, '{"body": {"actor": {"role": "settlement_writer"}}}')
"""
WRITTEN = """
SELECT (SELECT count(*) FROM readmodel.distribution_list), (SELECT count(*) FROM readmodel.person),
       (SELECT count(*) FROM readmodel.list_change), count(*) AS news
FROM gateway.news
"""
KEPT = "SELECT array_agg(command_id ORDER BY command_id) FROM gateway.command WHERE message IS NOT NULL"
REFUSED = "SELECT array_agg(role) FROM gateway.audit WHERE kind = 'refusal'"


async def test_a_list_with_its_persons_and_history_is_one_question_and_one_statement(database: Pool) -> None:
    """One question for what was there before, one statement for the rows, their news and the word to the pages."""
    one, other = (world.new_list(f"FL-2026-00010{number}", OSLO, [2, 1], days_left=6) for number in (1, 2))
    await write(database, *records(one), change(one, 1))  # a connection asks for the types of its columns once
    statements: list[str] = []
    async with Transactions(database, "/test", FixedClock(NOW)).begin() as transaction:
        with transaction.connection.query_logger(lambda query: statements.append(query.query)):
            await project([*records(other), change(other, 1)], transaction)
    assert len(statements) == 2, statements
    row = await database.fetchrow(WRITTEN)
    assert row is not None
    assert tuple(row)[:3] == (2, 2 * len(one.persons), 2)
    assert row["news"] == 2 * NEWS


async def test_outcomes_are_one_statement_and_the_audit_knows_who_was_refused(database: Pool) -> None:
    """What was sent is forgotten with its outcome; of a refused command once the audit has taken the role from it."""
    accepted, refused, waiting = (str(UUID(int=number)) for number in (1, 2, 3))
    for command in (accepted, refused, waiting):
        await database.execute(KEEP, command, NOW)
    assert await told(database, CommandAccepted(command_id=accepted, subject="FL-2026-000101", version=2)) == 1
    refusal = CommandRefused(command_id=refused, subject="FL-2026-000101", version=2, problem="not-approved")
    assert await told(database, refusal) == 2
    assert await database.fetchval(KEPT) == [waiting]
    assert await database.fetchval(REFUSED) == ["settlement_writer"]


async def told(database: Pool, outcome: Message) -> int:
    """Tell the gateway an outcome; gives the statements that it took."""
    statements: list[str] = []
    async with Transactions(database, "/test", FixedClock(NOW)).begin() as transaction:
        with transaction.connection.query_logger(lambda query: statements.append(query.query)):
            await outcomes.store([received("key", outcome, 1)], transaction)
    return sum("gateway." in one for one in statements)  # beside them a connection may ask for types, once
