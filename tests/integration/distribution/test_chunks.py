"""Commands of a chunk, handled together over real PostgreSQL: what comes of them is what comes of one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from random import Random

import pytest

from chassis.storage.database import create_pool
from contracts.distribution import v1
from contracts.distribution.threads_v1 import AskQuestion
from contracts.envelope import Message
from tests.integration.distribution.chunked import (
    KARI,
    OLA,
    Chunked,
    approve_and_send,
    decisions,
    handle_commands,
    head,
    name,
)
from tests.integration.distribution.pg_world import PgWorld
from tests.unit.distribution.samples import AT, BERGEN, OSLO

REFUSES = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE check_violation; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON distribution_list FOR EACH ROW WHEN (new.list_id = 'FL-2026-000003')
EXECUTE FUNCTION refuse()
"""
ANSWERED = "SELECT count(*) FROM distribution_list WHERE status = 'answered'"
UNREADABLE = "UPDATE person SET details = '{}' WHERE list_id = 'FL-2026-000003'"


def life(chance: Random, number: int) -> list[Message]:
    """Give what a municipality may do with a list, now and then what it may not; in an order that makes sense."""
    declined = [person for person in (1, 2, 3) if chance.random() < 0.3]
    about, sender = head(number, 5), chance.choice((KARI, OLA))
    commands: list[Message] = [
        v1.SaveDecisions(**head(number, 1), decisions=decisions(*declined[:1])),
        v1.ApproveList(**head(number, 3), decisions=decisions(*declined)),
        v1.ReturnToTreatment(**head(number, 4)),
        v1.ApproveList(**head(number, 5, OLA), decisions=decisions(*declined)),
        AskQuestion(list_id=name(number), municipality_id=about["municipality_id"], actor=KARI, text="Når kommer hun?"),
        v1.SendAnswer(**head(number, chance.choice((6, 6, 4)), sender), accepted_at=AT),
        v1.PlanSettlement(**head(number, 9), running_numbers=[1, 2], week={"year": 2026, "week": 50}),
        v1.RegisterSettlement(**head(number, 9), running_number=1, settlement_date=AT.date()),
    ]
    return [command for command in commands if chance.random() < 0.9]


def interleaved(chance: Random, lives: Sequence[Sequence[Message]], *, repeats: bool) -> list[tuple[str, Message]]:
    """Mix the lives, each in its own order; ``repeats``: some commands come twice under their id."""
    rest, mixed = [list(one) for one in lives], []
    while rest := [one for one in rest if one]:
        command = chance.choice(rest).pop(0)
        mixed.append((f"command-{len(mixed)}", command))
        if repeats and chance.random() < 0.1:
            mixed.append(mixed[-1])
    strange = head(99, 1) | {"municipality_id": OSLO}
    anothers = head(0, 1) | {"municipality_id": OSLO}
    mixed.insert(3, ("nowhere", v1.ApproveList(**strange, decisions=decisions())))
    mixed.insert(9, ("anothers", v1.ApproveList(**anothers, decisions=decisions())))
    return mixed


@pytest.fixture
async def commanded(database_url: str) -> AsyncIterator[Chunked]:
    async with await create_pool(database_url, name="test") as pool:
        yield Chunked(pool)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("repeats", [False, True])
async def test_together_comes_to_the_same_as_one_by_one(commanded: Chunked, seed: int, *, repeats: bool) -> None:
    """Every row of every table, and every record of the outbox in order; some commands are refused, some repeated."""
    chance = Random(seed)
    commands = interleaved(chance, [life(chance, number) for number in range(8)], repeats=repeats)
    await commanded.prepare(8)
    await handle_commands(commanded, commands, 1)
    alone, transactions = await commanded.all(), commanded.transactions
    await commanded.prepare(8)
    await handle_commands(commanded, commands, 1000)
    # A repeat is answered in a transaction of its own: the first outcome must have been told by then.
    assert transactions == len(commands)
    assert commanded.transactions < transactions if repeats else commanded.transactions == 1
    assert await commanded.all() == alone
    outcomes = " ".join(alone["command_outcome"])
    assert all(f"command-{kind}" in outcomes for kind in ("accepted", "refused"))
    assert not alone["dead_letter"]
    assert all(alone[table] for table in ("settlement", "list_change", "thread_message"))


async def test_what_a_chunk_asks_does_not_grow_with_its_lists(commanded: Chunked) -> None:
    """Approved and sent, some persons declined: as many statements for twenty lists as for two."""
    asked = []
    for lists in (2, 2, 20):  # the first time asyncpg asks for types too
        await commanded.prepare(lists)
        commands = [command for number in range(lists) for command in approve_and_send(number, 2)]
        await handle_commands(
            commanded, [(f"command-{index}", command) for index, command in enumerate(commands)], 1000
        )
        asked.append(commanded.statements[:])
        assert (
            await commanded.pool.fetchval("SELECT count(*) FROM distribution_list WHERE status = 'answered'") == lists
        )
    assert len(asked[1]) == len(asked[2])


@pytest.mark.parametrize("harm", [REFUSES, UNREADABLE], ids=["cannot be written", "cannot be read"])
async def test_a_bad_list_among_many_falls_alone(commanded: Chunked, harm: str) -> None:
    """Its commands are parked in their order; all others have their effect, once."""
    await commanded.prepare(8)
    commands = [command for number in range(8) for command in approve_and_send(number)]
    await commanded.pool.execute(harm)
    try:
        await handle_commands(
            commanded, [(f"command-{index}", command) for index, command in enumerate(commands)], 1000
        )
    finally:
        await commanded.pool.execute("DROP FUNCTION IF EXISTS refuse CASCADE")
    parked = await commanded.pool.fetch("SELECT subject FROM dead_letter ORDER BY id")
    assert [row["subject"] for row in parked] == [name(3)] * 2
    statuses = await commanded.pool.fetch("SELECT list_id, status FROM distribution_list ORDER BY list_id")
    assert [row["status"] for row in statuses] == [*["answered"] * 3, "received", *["answered"] * 4]
    ids = await commanded.pool.fetch("SELECT headers ->> 'ce_id' AS id FROM outbox")
    assert len({row["id"] for row in ids}) == len(ids)
    assert await commanded.pool.fetchval("SELECT count(*) FROM command_outcome") == 14


async def test_looking_up_waits_for_nobody(commanded: Chunked) -> None:
    """A list that another transaction has in hand is opened in its turn, as that transaction left it."""
    await commanded.prepare(2)
    world = PgWorld(commanded.pool)
    async with world.begin() as ports:
        async with commanded.pool.acquire() as other, other.transaction():
            await other.execute("UPDATE distribution_list SET message = 'Ring oss.' WHERE list_id = $1", name(1))
            await asyncio.wait_for(ports.lists.look_up([name(0), name(1)], None), 1)
        held, free = await ports.lists.get(name(1), OSLO), await ports.lists.get(name(0), BERGEN)
    assert held is not None
    assert free is not None
    assert held.message == "Ring oss."
