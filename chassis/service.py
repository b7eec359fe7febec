"""A service: what it reads, what time sets off in it, and its process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import structlog

from chassis import errors
from chassis.broker.kafka import wait_for_broker
from chassis.clock import Clock, SharedClock
from chassis.ending import end
from chassis.reading.consumer import Reader
from chassis.reading.intake import Intake
from chassis.reading.subscriptions import Subscription
from chassis.redriving.again import Again
from chassis.redriving.redrive import Redriver
from chassis.relaying.relay import Relay
from chassis.republishing.republish import Republisher, StateSource, records_of
from chassis.running import watchdog
from chassis.running.backlog import Backlog
from chassis.running.exposition import Exposition, exposed
from chassis.running.health import Check, HealthServer, Text
from chassis.running.housekeeping import Housekeeper
from chassis.running.rolling import Roller
from chassis.running.timers import Ticker, Timer
from chassis.running.vitals import Vitals
from chassis.seeing import telemetry, tracing
from chassis.seeing.metrics import Figure, Metrics
from chassis.settings import Settings
from chassis.storage.database import Pool, create_pool
from chassis.storage.orders import Action, Clerk
from chassis.storage.transaction import Transaction, Transactions
from chassis.storage.unstored import Unstored
from chassis.storage.vacuuming import Vacuumer
from contracts.envelope import Upcast

log = structlog.get_logger(__name__)
SettingsT = TypeVar("SettingsT", bound=Settings)


@dataclass(slots=True)
class Running:
    """A started service, for its hooks, for the process it runs in, and for tests."""

    service: Service
    settings: Settings
    pool: Pool
    clock: Clock
    transactions: Transactions
    relay: Relay
    readers: Sequence[Reader]
    intake: Intake
    backlog: Backlog
    vitals: Vitals
    exposition: Exposition

    def rushed(self) -> bool:
        """Tell whether much comes to a reader: what can wait does not get in its way then."""
        return any(reader.rushed for reader in self.readers)

    async def metrics(self) -> Text:
        """Tell Prometheus."""
        return exposed(await self.exposition.families())


AfterRestore: TypeAlias = Callable[[Transaction], Awaitable[None]]
Hook: TypeAlias = Callable[[Running], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """What makes a service.

    name: also the prefix of its consumer groups, its settings and its failures topic.
    source: CloudEvents source of what it publishes.
    migrations: import path of the package with its SQL files; None where it has only the chassis' tables.
    figures: what it looks up in its database when it is asked for its metrics.
    orders: what operators may ask it to do, by the name of the action.
    state: what it tells on compacted topics, to be told again on request.
    after_restore: what it does about outside effects after its database was restored from a backup.
    on_start: called with the database and relay up, before consuming; on_stop: after consuming has ended.
    """

    name: str
    source: str
    subscriptions: Sequence[Subscription] = ()
    timers: Sequence[Timer] = ()
    migrations: str | None = None
    state: Sequence[StateSource] = ()
    after_restore: Sequence[AfterRestore] = ()
    on_start: Sequence[Hook] = ()
    on_stop: Sequence[Hook] = field(default=())
    orders: Mapping[str, Action] = field(default_factory=dict)
    upcasts: Sequence[Upcast] = ()
    figures: Sequence[Figure] = ()

    @property
    def state_topics(self) -> set[str]:
        """Name the topics on which it tells state."""
        return set(records_of(self.state))


@asynccontextmanager
async def running(service: Service, settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Run the service inside another asyncio program: no signal handlers, no health server.

    Entered when the consumers have their partitions. On leaving, the batches in hand are finished, their offsets
    committed and the outbox sent, each bounded by ``stop_timeout``. Raises BrokerUnreachableError.
    """
    stopping = asyncio.Event()
    async with AsyncExitStack() as stack:
        await wait_for_broker(settings, seconds=settings.broker_wait)
        pool = await create_pool(
            settings.database_url,
            name=service.name,
            min_size=settings.pool_min_size,
            max_size=settings.pool_max_size,
            lock_timeout=settings.lock_timeout,
            statement_timeout=settings.statement_timeout,
        )
        stack.push_async_callback(_close, pool)
        now = clock or SharedClock()
        if isinstance(now, SharedClock):
            async with pool.acquire() as connection:
                await now.synchronise(connection)
        counted = Metrics()
        relay = Relay(service.name, settings, pool, service.state_topics, counted)
        unstored = Unstored(service.name, settings)
        stack.push_async_callback(unstored.stop)
        transactions = Transactions(pool, service.source, now, relay.published, unstored.send)
        readers = [
            Reader(service.name, each, transactions, settings, stopping, service.upcasts, counted)
            for each in service.subscriptions
        ]
        backlog = Backlog(settings, pool, now)
        intake = Intake(service.name, settings, readers, lambda: backlog.full)
        vitals = Vitals(
            service.name, settings, pool=pool, relay=relay, readers=readers, intake=intake, alarms=backlog.alarms
        )
        exposition = Exposition(
            service.name,
            settings.version,
            counted,
            service.figures,
            pool=pool,
            relay=relay,
            readers=readers,
            intake=intake,
            alarms=backlog.alarms,
        )
        state = Running(service, settings, pool, now, transactions, relay, readers, intake, backlog, vitals, exposition)
        relay.start()
        stack.push_async_callback(relay.stop)
        stack.push_async_callback(_cancel, asyncio.create_task(backlog.run(), name="backlog"))
        for stop in reversed(service.on_stop):
            stack.push_async_callback(stop, state)
        for start in service.on_start:
            await start(state)
        tickers = {"timers": _ticker(state), "republisher": _republisher(state), "vacuumer": _vacuumer(state)}
        for name, ticker in tickers.items():
            stack.push_async_callback(_cancel, asyncio.create_task(ticker.run(), name=name))
        stack.push_async_callback(intake.stop)
        await intake.start()
        stack.callback(stopping.set)
        log.info("started", readers=len(readers))
        yield state
        log.info("stopping")


async def run(service: Service, settings: Settings) -> int:
    """Run the service as a process until SIGTERM or SIGINT; then finish the batch in hand. Returns the exit status.

    Where it does not get on it ends by itself, with status 70, and leaves what it had in hand to the next.
    """
    telemetry.configure(service.name, log_format=settings.log_format, level=settings.log_level)
    last_spans = tracing.configure(service.name, settings.version)
    try:
        return await _run(service, settings)
    finally:
        await asyncio.to_thread(last_spans)


async def _run(service: Service, settings: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    async with watchdog.loop_watched(settings.stuck_after), running(service, settings) as state:
        checks: Mapping[str, Check] = {
            "/livez": state.vitals.live,
            "/readyz": state.vitals.ready,
            "/metrics": state.metrics,
        }
        server = HealthServer(settings.health_host, settings.health_port, checks)
        await server.start()
        log.info("health", port=server.port)
        found = await watchdog.stopped_or_not_alive(stop, state.vitals.live, every=settings.look_every)
        await server.stop()
        if found is None:
            return 0
        log.critical("not alive; the process ends", **found.details)
        watchdog.end_within(settings.stop_timeout)
        return watchdog.STATUS


def _ticker(state: Running) -> Ticker:
    redriver = Redriver({reader.group: reader for reader in state.readers}, state.transactions)
    housekeeper = Housekeeper(state.transactions)
    clerk = Clerk(state.service.orders, state.transactions)
    return Ticker(
        state.service.timers,
        state.transactions,
        leads=lambda: state.relay.leading,
        work=[Again(state.transactions).work, redriver.work, clerk.work, housekeeper.work],
    )


def _republisher(state: Running) -> Ticker:
    """Tell again beside the timers: it may take minutes. Asking the broker for its partitions may take long too."""
    republisher = Republisher(state.service.state, state.transactions, state.settings)
    roller = Roller(records_of(state.service.state), state.transactions, state.settings)
    return Ticker([], state.transactions, leads=lambda: state.relay.leading, work=[republisher.work, roller.work])


def _vacuumer(state: Running) -> Ticker:
    """Beside both: a large table takes minutes."""
    work = [Vacuumer(state.pool).work]
    return Ticker([], state.transactions, leads=lambda: state.relay.leading, work=work)


async def _cancel(task: asyncio.Task[None]) -> None:
    """Stop the timers; what one was doing is rolled back and stays due."""
    await end([task])


async def _close(pool: Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), 5)
    except TimeoutError as error:
        log.warning("connections were cut", error=errors.name(error))
        pool.terminate()
