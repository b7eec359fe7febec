"""Lists, commands and the register in several transactions at once."""

from __future__ import annotations

import asyncio
from typing import Any

from services.distribution.use_cases.keep_municipalities import keep_municipalities
from services.distribution.use_cases.outcomes import Accepted, Refused
from tests.integration.desks import until
from tests.integration.distribution.pg_world import STEPS, PgWorld, in_words, ready
from tests.unit.distribution.samples import KARI, OLA, body, offered
from tests.unit.distribution.steps import ALL_BUT_2, REGISTER, kinds


async def test_a_person_is_on_one_of_lists_that_come_at_once(world: PgWorld) -> None:
    """Eight lists with the same person in as many transactions: one is taken, the others go back; none crashes."""
    await STEPS.keep(world, REGISTER, 2)
    lists = [
        body(f"FL-2026-{number:06}", persons=[offered(1, who=1), offered(2, who=50 + number)]) for number in range(8)
    ]
    await asyncio.gather(*(STEPS.publish(world, one, offset) for offset, one in enumerate(lists)))
    assert sorted(in_words(await world.published())) == ["list-received", *["rejection"] * 7]
    counts = await world.pool.fetchrow(
        "SELECT (SELECT count(*) FROM distribution_list), (SELECT count(*) FROM person),"
        " (SELECT count(*) FROM person_identity), (SELECT count(*) FROM rejected_original)"
    )
    assert counts is not None
    assert tuple(counts) == (1, 2, 2, 7)


# Gives two inserts time to meet.
SLOW_INSERTS = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END';
CREATE TRIGGER slow BEFORE INSERT ON person_identity FOR EACH ROW EXECUTE FUNCTION slow();
"""


async def test_lists_with_the_same_persons_in_opposite_orders_do_not_deadlock(world: PgWorld) -> None:
    """They wait for each other in the order of the persons' numbers."""
    await STEPS.keep(world, REGISTER, 2)
    await world.pool.execute(SLOW_INSERTS)
    forth, back = [offered(n, who=n) for n in range(1, 9)], [offered(n, who=9 - n) for n in range(1, 9)]
    lists = [body(f"FL-2026-{number:06}", persons=forth if number % 2 else back) for number in range(4)]
    try:
        await asyncio.gather(*(STEPS.publish(world, one, offset) for offset, one in enumerate(lists)))
    finally:
        await world.pool.execute("DROP FUNCTION slow CASCADE")
    assert sorted(in_words(await world.published())) == ["list-received", *["rejection"] * 3]


async def test_one_list_that_comes_at_once_by_two_partitions_is_one(world: PgWorld) -> None:
    """The same content is taken once; with another content under the id one of the two goes back."""
    await STEPS.keep(world, REGISTER, 2)
    await asyncio.gather(*(STEPS.publish(world, body(), offset) for offset in range(4)))
    assert in_words(await world.published()) == ["list-received"]
    changed = [body("FL-2026-000200", persons=[offered(1, who=60 + n)]) for n in range(2)]
    await asyncio.gather(*(STEPS.publish(world, one, 10 + n) for n, one in enumerate(changed)))
    assert sorted(in_words(await world.published())) == ["list-received", "rejection"]


async def test_two_who_answer_at_once_make_one_answer(world: PgWorld) -> None:
    """The second waits for the first and is told of it."""
    await ready(world)
    await STEPS.approve(world, 1, ALL_BUT_2)
    await world.outgoing()
    outcomes = await asyncio.gather(*(STEPS.send(world, 3, actor) for actor in (KARI, OLA, KARI, OLA)))
    assert [type(outcome) for outcome in outcomes].count(Accepted) == 1
    assert {outcome.refusal.by for outcome in outcomes if isinstance(outcome, Refused)} <= {  # type: ignore[union-attr]
        KARI.display_name, OLA.display_name,
    }  # fmt: skip
    assert kinds(await world.published()).count("answer") == 1


async def test_the_register_is_whole_though_two_bring_its_halves_at_once(world: PgWorld) -> None:
    """The second waits for the first, sees what both kept, and hands out what waited."""
    await STEPS.publish(world, body())
    await STEPS.keep(world, [], 2)
    async with world.begin() as first:
        assert await keep_municipalities(REGISTER[:1], None, first.municipalities, first.waiting) == []
        second = asyncio.create_task(STEPS.keep(world, REGISTER[1:], None))
        await until(lambda: second_waits(world, second))
    assert len(await second) == 1
    assert await world.pool.fetchval("SELECT count(*) FROM waiting_original") == 0


async def second_waits(world: PgWorld, second: asyncio.Task[Any]) -> bool:
    return second.done() or await world.pool.fetchval(BLOCKED) is not None


BLOCKED = "SELECT true FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
