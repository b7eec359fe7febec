"""Which lists are reminded of, as the database finds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.distribution.adapters.list_rows import DUE_FOR_REMINDER, REMINDER_ON
from services.distribution.domain.reply_clock import next_reminder
from tests.integration.distribution.pg_world import STEPS, PgWorld, ready
from tests.unit.distribution.samples import AT, LIST, OSLO, body, offered


async def test_the_database_works_out_the_same_day_as_the_domain(world: PgWorld) -> None:
    """For each deadline near each time of the clock's last word: at midnight in Norway, when summer time begins."""
    await ready(world)
    moments = [AT, datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC),
               datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC), None]  # fmt: skip
    for told_at in moments:
        for days in range(-3, 5):
            deadline = (told_at or AT).date() + timedelta(days=days)
            await world.pool.execute("UPDATE distribution_list SET deadline = $1, told_at = $2", deadline, told_at)
            current = await STEPS.the_list(world)
            assert await world.pool.fetchval(f"SELECT {REMINDER_ON} FROM distribution_list") == next_reminder(current)


async def test_a_list_in_hand_is_reminded_of_later_and_nobody_waits(world: PgWorld) -> None:
    """While a command holds it the others are told; afterwards it is."""
    await ready(world)
    await STEPS.publish(world, body("FL-2026-000201", persons=[offered(1, who=201)]), offset=2)
    async with world.begin() as ports:
        assert await ports.lists.get(LIST, OSLO) is not None
        assert await STEPS.remind(world, 5) == 1
    assert await STEPS.remind(world, 5) == 1


async def test_what_is_due_is_found_by_its_index(world: PgWorld) -> None:
    """Ten years of answered lists cost the timer nothing: they are not in it."""
    await ready(world)
    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        question = DUE_FOR_REMINDER.replace("$1", "current_date").replace("$2", "40").replace("$3", "'{}'")
        plan = await connection.fetch("EXPLAIN " + question)
    assert any("distribution_list_reminder_on" in row[0] for row in plan)


async def test_a_reminders_id_follows_from_list_kind_and_due_date(world: PgWorld) -> None:
    """So it is the same fact after a restore, and another one once IMDi has moved the deadline."""
    await ready(world)
    await STEPS.remind(world, 8)
    await STEPS.extend(world, AT.date() + timedelta(days=20), days=9)
    await STEPS.remind(world, 21)
    ids = [one.envelope.id for one in await world.outgoing() if one.envelope.type == "distribution.list-overdue.v1"]
    assert ids == [f"distribution.list-overdue.v1:{LIST}:{day}" for day in ("2026-12-01", "2026-12-14")]
