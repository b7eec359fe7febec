"""Who leads, who follows, and what a leader does that has lost the lead."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.integration.chassis.processes import hear, program
from tests.integration.chassis.relays import any_leads, leads, relaying
from tests.integration.chassis.stage import Stage, counted, header, until

CUT_LEADER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.mark.parametrize("where", ["FreezesBeforeSending", "FreezesBeforeCommitting"])
async def test_a_leader_that_froze_cannot_put_the_old_after_the_new(stage: Stage, where: str) -> None:
    """Frozen, it loses the lead; woken, what it still sends is refused, and the last record of a key is the newest."""
    await stage.put_in_outbox([counted("s", 1), counted("t", 1)])
    async with program(stage, where, RELAY_LEASE="1") as process:
        await hear(process, "freezing")
        await stage.put_in_outbox([counted("s", 2), counted("t", 2)])
        async with relaying(stage):
            await stage.emptied()
            process.send_signal(signal.SIGCONT)
            assert (await hear(process, "refused")) == "refused ProducerFenced"
    for key in (b"s", b"t"):
        sequences = [int(header(record, "ce_sequence")) for record in await stage.sent() if record.key == key]
        assert sequences == [1, 2]


async def test_the_leader_hears_of_rows_that_another_process_committed(stage: Stage) -> None:
    """It does not wait for its poll: the other process notifies it."""
    async with relaying(stage, relay_poll=300) as leader:
        await until(lambda: leads(leader))
        async with relaying(stage, relay_poll=300) as other:
            await stage.put_in_outbox([counted("a", 1)])
            other.published()
            await stage.emptied()
            assert not other.leading


async def test_another_process_leads_when_the_leader_stops(stage: Stage) -> None:
    """The lock is free at once."""
    async with relaying(stage) as first:
        await until(lambda: leads(first))
        async with relaying(stage) as second:
            await first.stop()
            await until(lambda: leads(second))
            await stage.put_in_outbox([counted("a", 1)])
            second.published()
            await stage.emptied()


async def test_a_relay_that_waits_for_the_lead_shows_that_it_is_alive(stage: Stage) -> None:
    """However long another one leads: nobody takes it for stuck."""
    async with relaying(stage, relay_poll=0.05) as leader:
        await until(lambda: leads(leader))
        async with relaying(stage, relay_poll=0.05) as other:
            for _ in range(3):
                before = other.last_beat

                async def beaten(before: float = before) -> bool:
                    return other.last_beat > before

                await until(beaten)
            assert not other.leading


async def test_the_lead_goes_from_one_to_the_other_while_much_is_sent_and_nothing_is_lost_or_overtaken(
    stage: Stage,
) -> None:
    """Sessions that hold the lock are cut again and again: some rows come twice, none before an earlier one."""
    rounds = 5
    async with relaying(stage, relay_window=20) as first, relaying(stage, relay_window=20) as second:
        for cut in range(rounds):
            await stage.put_in_outbox([counted(f"s-{n % 5}", 100 * cut + n // 5 + 1) for n in range(500)])
            first.published()
            second.published()
            await until(lambda: any_leads(first, second))
            await stage.connection.execute(CUT_LEADER)
        await stage.emptied()
    records = await stage.sent()
    for subject in range(5):
        numbers = [int(header(record, "ce_sequence")) for record in records if record.key == f"s-{subject}".encode()]
        assert list(dict.fromkeys(numbers)) == list(range(1, 100 * rounds + 1))
        assert numbers[-1] == 100 * rounds


@pytest.mark.heavy
@pytest.mark.timeout(400)
async def test_compaction_keeps_the_newest_though_a_leader_woke_up_with_the_old(stage: Stage) -> None:
    """A compacted topic, cleaned while it is looked at, ends with what was written last of each key."""
    compacted = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "100"}
    stage.topic = f"{stage.topic}-state"
    await stage.make_topic(stage.topic, 1, **compacted, **{"segment.ms": "100", "delete.retention.ms": "100"})
    await stage.put_in_outbox([counted("s", 1), counted("t", 1)])
    async with program(stage, "FreezesBeforeSending", RELAY_LEASE="1") as process:
        await hear(process, "freezing")
        await stage.put_in_outbox([counted("s", 2), counted("t", 2)])
        async with relaying(stage) as relay:
            await stage.emptied()
            process.send_signal(signal.SIGCONT)
            assert (await hear(process, "refused")) == "refused ProducerFenced"
            filling = 0

            async def compacted_to() -> list[int] | None:
                """Have segments roll until only one record of each key is left."""
                nonlocal filling
                filling += 1
                await stage.put_in_outbox([counted("filling", filling)])
                relay.published()
                await stage.emptied()
                await asyncio.sleep(0.5)
                left = [record for record in await stage.sent() if record.key in (b"s", b"t")]
                return [int(header(record, "ce_sequence")) for record in left] if len(left) == 2 else None

            assert await until(compacted_to, 120) == [2, 2]
