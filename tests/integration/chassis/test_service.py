from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from chassis.broker.kafka import BrokerUnreachableError
from chassis.broker.producer import CommandProducer
from chassis.clock import FixedClock, SharedClock
from chassis.running.timers import Ticker, Timer, fire
from chassis.service import Running, Service, running
from chassis.storage.database import create_pool
from chassis.storage.transaction import Transaction, Transactions
from contracts.envelope import Envelope
from tests.integration.chassis.processes import hear, program
from tests.integration.chassis.stage import NOON, Counted, Stage, counted, keep, until


async def test_a_process_stops_on_sigterm_with_its_batch_done_and_tells_its_health(stage: Stage) -> None:
    """It is live and ready with figures; asked to stop it finishes, acknowledges, empties the outbox and ends well."""
    await stage.produce([counted(f"s-{n % 3}", n) for n in range(300)])
    async with program(stage, "service", "run", TEST_TELL_HEALTH="1") as process:
        port = (await hear(process, "health")).split()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            live, ready, other = await client.get("/livez"), await client.get("/readyz"), await client.get("/")
        assert (live.status_code, ready.status_code, other.status_code) == (200, 200, 404)
        assert ready.json()["service"] == stage.name
        assert ready.json()["outbox"] == {"rows": 0, "age_seconds": 0.0, "aside": 0}
        await stage.applied(1)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    assert await stage.committed(f"{stage.name}.{stage.topic}") == len(await stage.effects())


async def test_a_process_without_settings_or_broker_says_so_in_one_line(stage: Stage) -> None:
    """It names the variable, and ends with status 2."""
    async with program(stage, "service", "run", POOL_MAX_SIZE="many") as process:
        assert await process.wait() == 2


async def test_it_is_not_ready_without_its_database(stage: Stage) -> None:
    """Ready looks at the service's own database; live does not, a restart would not bring it back."""
    async with running(stage.service(), stage.settings()) as state:
        assert (await state.vitals.ready()).ok
        await stage.refuse_connections(True)
        ready = await state.vitals.ready()
        assert not ready.ok
        assert "database" in ready.details
        assert (await state.vitals.live()).ok
        await stage.refuse_connections(False)


async def test_a_machines_clock_that_is_off_is_an_alarm_and_moves_nothing(stage: Stage) -> None:
    """What a service writes has the database's time, whatever the machine's clock says."""
    wrong = SharedClock(FixedClock(NOON))
    async with running(Service(stage.name, "/test"), stage.settings(), clock=wrong) as state:
        await state.backlog.look()
        assert "clock is off" in state.backlog.alarms.lasting
        async with state.transactions.begin() as transaction:
            there = await transaction.connection.fetchval("SELECT clock_timestamp()")
            assert abs((transaction.now - there).total_seconds()) < 5


async def test_a_timer_runs_once_per_interval_over_all_replicas(stage: Stage) -> None:
    """Each run is a transaction with an outbox; a failure leaves it due."""
    pool = await create_pool(stage.database_url, name="test")
    clock = FixedClock(NOON)
    transactions = Transactions(pool, "/test", clock)
    failing = True

    async def run(transaction: Transaction) -> None:
        await transaction.publish("t", Counted(number=1), key="k", subject="s", sequence=None)
        if failing:
            raise RuntimeError

    timer = Timer("sweep", timedelta(minutes=5), run)
    with pytest.raises(RuntimeError):
        await fire(timer, transactions)
    failing = False
    assert sorted(await asyncio.gather(*(fire(timer, transactions) for _ in range(4)))) == [False, False, False, True]
    clock.advance(timedelta(minutes=4))
    assert not await fire(timer, transactions)
    clock.advance(timedelta(minutes=1))
    assert await fire(timer, transactions)
    assert await stage.count("outbox") == 2
    await pool.close()


@dataclass(slots=True)
class Opened(Transactions):
    """Counts what is opened."""

    opened: int = 0

    @asynccontextmanager
    async def begin(self, cause: Envelope | None = None) -> AsyncIterator[Transaction]:
        self.opened += 1
        async with Transactions.begin(self, cause) as transaction:
            yield transaction


async def test_timers_whose_time_has_not_come_leave_the_database_alone(stage: Stage) -> None:
    """They are asked for together, each second, and write nothing: no transaction is theirs until one is due."""
    pool = await create_pool(stage.database_url, name="test", max_size=1)
    clock, ran = FixedClock(NOON), Counter[str]()
    transactions = Opened(pool, "/test", clock)

    def timer(name: str, minutes: int) -> Timer:
        async def run(_transaction: Transaction) -> None:
            ran[name] += 1

        return Timer(name, timedelta(minutes=minutes), run)

    async def came(name: str, times: int) -> bool:
        return ran[name] >= times

    ticker = Ticker([timer("often", 0), timer("seldom", 5)], transactions, leads=lambda: True)
    ticking = asyncio.create_task(ticker.run())
    await until(lambda: came("often", 4))
    assert ran["seldom"] == 1
    assert transactions.opened <= ran.total() + 1, "the next one may have been opened meanwhile"
    clock.advance(timedelta(minutes=5))
    await until(lambda: came("seldom", 2))
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    await pool.close()


async def test_a_timer_with_more_to_do_is_called_again_at_once(stage: Stage) -> None:
    """Each call in a transaction of its own; the others have their turn between; then its interval holds again."""
    calls: list[str] = []

    async def much(transaction: Transaction) -> bool:
        await transaction.publish("t", Counted(number=1), key="k", subject="s", sequence=len(calls) + 1)
        calls.append("much")
        return calls.count("much") < 5

    async def other(_transaction: Transaction) -> None:
        calls.append("other")

    timers = [Timer("much", timedelta(hours=1), much), Timer("other", timedelta(0), other)]
    service = Service(stage.name, "/test", timers=timers)

    async def done() -> bool:
        return calls.count("much") >= 5 and calls.count("other") >= 7

    begun = time.monotonic()
    async with running(service, stage.settings()):
        await until(done)
    assert calls.count("much") == 5
    assert calls[:10] == ["much", "other"] * 5
    assert time.monotonic() - begun < 20


async def test_what_is_done_apart_is_undone_alone(stage: Stage) -> None:
    """With what it published; the transaction goes on, and an id that was undone may be given again."""
    pool = await create_pool(stage.database_url, name="test")
    transactions = Transactions(pool, "/test", FixedClock(NOON))

    async def tell(transaction: Transaction, subject: str) -> None:
        await transaction.publish("t", Counted(number=1), key="k", subject=subject, sequence=1)
        await transaction.connection.execute("INSERT INTO timer_run (name, last_run) VALUES ($1, now())", subject)

    async def fail(transaction: Transaction) -> None:
        async with transaction.apart():
            await tell(transaction, "undone")
            raise RuntimeError

    async with transactions.begin() as transaction:
        await tell(transaction, "before")
        with pytest.raises(RuntimeError):
            await fail(transaction)
        async with transaction.apart():
            await tell(transaction, "undone")
        await tell(transaction, "after")
    assert [row["subject"] for row in await pool.fetch("SELECT subject FROM outbox ORDER BY id")] == [
        "before", "undone", "after",
    ]  # fmt: skip
    assert await pool.fetchval("SELECT count(*) FROM timer_run") == 3
    await pool.close()


async def test_timers_and_hooks_run_in_a_started_service(stage: Stage) -> None:
    """Hooks see the service; timers tick where it leads."""
    seen: list[str] = []

    async def started(state: Running) -> None:
        seen.append(f"start {state.service.name}")

    async def stopped(state: Running) -> None:
        seen.append(f"stop {state.service.name}")

    async def tick(_transaction: Transaction) -> None:
        seen.append("tick")

    timer = Timer("tick", timedelta(hours=1), tick)
    service = Service(stage.name, "/test", timers=[timer], on_start=[started], on_stop=[stopped])

    async def ticked() -> bool:
        return "tick" in seen

    async with running(service, stage.settings()):
        await until(ticked)
    assert seen == [f"start {stage.name}", "tick", f"stop {stage.name}"]


async def test_a_command_is_acknowledged_before_sending_returns(stage: Stage) -> None:
    """It is on the topic then, in the partition of its key."""
    key, envelope, value = counted("a", 1)
    async with CommandProducer(stage.settings()) as producer:
        await producer.send(stage.topic, key, envelope, value)
        [record] = await stage.sent()
    assert json.loads(record.value) == {"number": 1}
    async with running(stage.service(keep), stage.settings()):
        await stage.applied(1)


async def test_a_broker_that_is_not_there_is_named(stage: Stage, unused_tcp_port: int) -> None:
    """One clear error, in bounded time."""
    settings = stage.settings(kafka_bootstrap_servers=f"127.0.0.1:{unused_tcp_port}", broker_wait=0.5)
    with pytest.raises(BrokerUnreachableError, match=str(unused_tcp_port)):
        async with running(stage.service(), settings):
            pass
