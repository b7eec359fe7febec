"""The gateway's reading of topics, beside its pages: pages go on when the broker is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from prometheus_client.core import Metric

from chassis.clock import Clock
from chassis.running import watchdog
from chassis.running.alarms import Alarms
from chassis.running.exposition import alarm_family
from chassis.running.health import Health
from chassis.running.timers import Timer
from chassis.service import Running, Service, running
from chassis.storage.transaction import Transaction
from contracts.upcasts import UPCASTS
from gateway.audit import retention
from gateway.audit.retention import DEFAULT_DAYS
from gateway.commands import outcomes
from gateway.commands.resending import SOURCE, send_again
from gateway.live.recording import prune
from gateway.metrics import FIGURES
from gateway.readmodel import projector
from gateway.settings import GatewaySettings

log = structlog.get_logger(__name__)

RETRY_SECONDS = 2.0
KEEP_COMMANDS = timedelta(days=1)
KEEP_OUTCOMES = timedelta(days=30)

# What was typed is kept for a day at most; who never came back to it has lost nothing that was sent.
FORGET = """
WITH sessions AS (DELETE FROM gateway.session WHERE created_at < $1),
     attempts AS (DELETE FROM gateway.login_attempt WHERE created_at < $1),
     commands AS (DELETE FROM gateway.command WHERE created_at < $1),
     waiting AS (DELETE FROM gateway.command_waiting WHERE since < $1),
     traces AS (DELETE FROM gateway.list_trace WHERE at < $2),
     keys AS (DELETE FROM gateway.api_request WHERE created_at < $2)
DELETE FROM gateway.command_outcome WHERE received_at < $2
"""


async def forget(transaction: Transaction) -> None:
    """Forget ended sessions, commands, idempotency keys and outcomes."""
    await transaction.connection.execute(FORGET, transaction.now - KEEP_COMMANDS, transaction.now - KEEP_OUTCOMES)


def make_service(audit_days: int = DEFAULT_DAYS) -> Service:
    """Tell what the gateway reads, and what it forgets with time. audit_days: how long the audit's rows are kept."""
    return Service(
        name="gateway",
        source=SOURCE,
        subscriptions=[*projector.subscriptions(), *outcomes.subscriptions()],
        timers=[
            Timer("gateway forget", timedelta(hours=1), forget),
            Timer("gateway forget news", timedelta(minutes=10), prune),
            Timer("send commands again", timedelta(seconds=15), send_again),
            retention.timer(audit_days),
        ],
        migrations="gateway.migrations",
        figures=FIGURES,
        upcasts=UPCASTS,
    )


class Consuming:
    """Runs the service, and again after the broker has been away or the consumers got stuck."""

    def __init__(self, settings: GatewaySettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._running: Running | None = None
        self._stop = asyncio.Event()
        self.started = asyncio.Event()
        """Set once the topics are being read."""

    @asynccontextmanager
    async def in_background(self) -> AsyncIterator[None]:
        """Read while the block lasts; on leaving, the batches in hand are finished."""
        task = asyncio.create_task(self._run(), name="consuming")
        try:
            yield
        finally:
            self._stop.set()
            if self._running is None:
                task.cancel()  # nothing is in hand: it waits for a broker
            await asyncio.gather(task, return_exceptions=True)

    async def live(self) -> Health:
        """Tell whether a restart would help."""
        return await self._running.vitals.live() if self._running else Health(ok=True, details={"consuming": False})

    async def ready(self) -> Health:
        """Tell whether the read model is being kept up to date."""
        return await self._running.vitals.ready() if self._running else Health(ok=False, details={"consuming": False})

    async def families(self, alarms: Alarms) -> list[Metric]:
        """Give what is counted and looked up of it; while it is not reading, these alarms alone."""
        return await self._running.exposition.families(alarms) if self._running else [alarm_family([alarms])]

    async def _run(self) -> None:
        while not self._stop.is_set():
            last = None
            try:
                async with running(
                    make_service(self._settings.audit_retention_days), self._settings, clock=self._clock
                ) as state:
                    self._running = state
                    self.started.set()
                    found = await watchdog.stopped_or_not_alive(
                        self._stop, state.vitals.live, every=self._settings.look_every
                    )
                    if found is not None:
                        log.critical("consumers do not get on; new ones are made", **found.details)
                        last = watchdog.end_within(3 * self._settings.stop_timeout)
            except Exception as error:  # noqa: BLE001  whatever it is: pages go on, and it is tried again
                log.error("not_consuming", error=type(error).__name__)  # noqa: TRY400  a text could hold a value
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                self._running = None
                if last is not None:
                    last.cancel()
