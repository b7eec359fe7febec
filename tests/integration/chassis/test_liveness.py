"""A process that does not get on is seen and ends; one whose broker or database is away waits."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chassis.running import watchdog
from chassis.service import Running, running
from ops.embedded.kafka import Kafka
from ops.embedded.ports import free_ports
from ops.embedded.waiting import wait_until
from tests.integration.chassis.processes import program
from tests.integration.chassis.stage import Stage, counted, until


async def test_a_consumer_at_the_end_of_its_topic_is_not_taken_for_stuck(stage: Stage) -> None:
    """The end counts the markers of Kafka transactions, which no reader ever gets."""
    async with running(stage.service(), stage.settings()) as state:
        await stage.put_in_outbox([counted(f"s-{n}", n) for n in range(20)])
        state.relay.published()
        await stage.applied(20)
        [watch], [subscriber] = state.intake._watches, state.intake._subscribers

        async def gets_on_at_rest() -> bool:
            before = watch._positions
            return await watch._gets_on(subscriber.consumer) and watch._positions == before

        await until(gets_on_at_rest)


async def test_a_handler_that_never_returns_is_told_as_not_alive(stage: Stage) -> None:
    """A restart would help."""
    forever = asyncio.Event()

    async def hang(*_: object) -> None:
        await forever.wait()

    async with running(stage.service(hang), stage.settings(stuck_after=1, look_every=0.1, stop_timeout=1)) as state:
        await stage.produce([counted("a", 1)])
        await until(lambda: told_as_stuck(state, stage))
        forever.set()


@pytest.mark.heavy
@pytest.mark.parametrize(("blocks", "status"), [("", watchdog.STATUS), ("1", 1)])
async def test_a_process_that_does_not_get_on_ends_by_itself(stage: Stage, blocks: str, status: int) -> None:
    """Whether one handler hangs or the whole loop stands still: a supervisor that asks nothing starts another."""
    await stage.produce([counted("a", 1)])
    how = {"STUCK_AFTER": "2", "LOOK_EVERY": "0.2", "STOP_TIMEOUT": "1", "TEST_BLOCKS": blocks}
    async with program(stage, "hanging", **how) as process, asyncio.timeout(60):
        assert await process.wait() == status
    async with running(stage.service(), stage.settings()):
        await stage.applied(1)


async def test_a_consumer_that_stopped_fetching_is_told_as_not_alive(stage: Stage) -> None:
    """It polls and gets nothing though there is something: a fresh client sees that."""
    async with running(stage.service(), stage.settings(stuck_after=2, look_every=0.2, stop_timeout=2)) as state:
        await stage.produce([counted("a", 1)])
        await stage.applied(1)
        fetcher = state.intake._subscribers[0].consumer._fetcher
        fetcher._fetch_task.cancel()
        await asyncio.wait(fetcher._pending_tasks)  # what it had asked for still comes
        await stage.produce([counted("a", 2)])
        await until(lambda: told_as_stuck(state, stage))
        assert await stage.effects() == [("a", 1)]


@pytest.mark.heavy
@pytest.mark.timeout(400)
async def test_a_broker_that_is_away_makes_nobody_end(stage: Stage, tmp_path: Path) -> None:
    """Frozen or gone for much longer than a consumer may be stuck; once it is back all go on, without a restart."""
    port, controller_port = await asyncio.to_thread(free_ports, 2)
    broker = Kafka(tmp_path / "kafka", port, controller_port)
    stage.bootstrap = broker.bootstrap_servers
    with frozen_at_will(broker, tmp_path / "kafka.log") as process:
        await stage.make_topic(stage.topic)
        settings = stage.settings(stuck_after=8, look_every=0.5, stop_timeout=2, outbox_alarm_after=3)
        async with running(stage.service(), settings) as state:
            await stage.produce([counted("a", 1)])
            await stage.applied(1)
            process.send_signal(signal.SIGSTOP)
            await stage.put_in_outbox([counted("a", 2)])
            await remains_alive(state, 30)
            assert "outbox is behind" in (await state.vitals.ready()).details["alarms"]
            process.send_signal(signal.SIGCONT)
            await stage.applied(2)
            await remains_alive(state, 12)
            assert "outbox is behind" not in (await state.vitals.ready()).details["alarms"]
    assert await stage.effects() == [("a", 1), ("a", 2)]


@contextmanager
def frozen_at_will(broker: Kafka, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a broker of one's own; its process may be stopped and continued."""
    broker.prepare()
    process = broker.launch().start(log)
    try:
        assert wait_until(broker.ready, 90)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        broker.launch().stop(process)


async def told_as_stuck(state: Running, stage: Stage) -> bool:
    live = await state.vitals.live()
    return not live.ok and live.details["stuck"] == [f"{stage.name}.{stage.topic}"]


async def remains_alive(state: Running, seconds: float) -> None:
    """Look again and again for so long."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        live = await state.vitals.live()
        assert live.ok, live.details
        await asyncio.sleep(0.2)
