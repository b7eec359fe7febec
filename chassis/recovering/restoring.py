"""``python -m <service> restore``: bring a database that was restored from a backup to where the topics are.

The epoch is raised first, so that all told from then on lies above what was told before; then the lost time is
replayed. Nothing is sent meanwhile: the service does that once it runs again, and tells all its state anew.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from chassis.broker.kafka import wait_for_broker
from chassis.reading.consumer import Reader
from chassis.recovering.replay import ReplayClock, Replayed, replay
from chassis.recovering.telling import a_time
from chassis.relaying.leadership import TRY_LOCK
from chassis.republishing import republish
from chassis.republishing.republish import RAISE_EPOCH, Selection
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.database import create_pool
from chassis.storage.transaction import Transactions


class StillRunsError(Exception):
    """A process of the service runs: it would work on what is being restored."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what ``restore`` is told by."""
    parser.add_argument("--epoch", type=int, required=True, help="at least this: one above all that was told")
    parser.add_argument("--since", type=a_time, help="read the topics from then on; without it all that they hold")


async def restore(service: Service, settings: Settings, given: argparse.Namespace) -> Replayed:
    """Raise the epoch, replay, and leave the rest to the service. Raises StillRunsError, BrokerUnreachableError.

    May be done again from the start, after it was interrupted too.
    """
    await wait_for_broker(settings, seconds=settings.broker_wait)
    async with (
        _alone(service.name, settings),
        await create_pool(settings.database_url, name=f"{service.name}-restore") as pool,
    ):
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(RAISE_EPOCH, given.epoch)
            await republish.request(connection, Selection(), by=getpass.getuser())
        clock = ReplayClock()
        transactions = Transactions(pool, service.source, clock)
        readers = [
            Reader(service.name, each, transactions, settings, asyncio.Event(), service.upcasts)
            for each in service.subscriptions
        ]
        since: datetime | None = given.since
        replayed = await replay(settings, readers, clock, since)
        clock.time = datetime.now(UTC)
        async with transactions.begin() as transaction:
            for each in service.after_restore:
                await each(transaction)
    return replayed


@asynccontextmanager
async def _alone(name: str, settings: Settings) -> AsyncIterator[None]:
    """Lead, as the service's relay would. Raises StillRunsError."""
    connection = await asyncpg.connect(settings.database_url, timeout=10)
    try:
        if not await connection.fetchval(TRY_LOCK, f"relay {name}"):
            raise StillRunsError(f"a process of {name} runs: stop it first")
        yield
    finally:
        await connection.close()
