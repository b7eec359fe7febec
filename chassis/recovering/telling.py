"""``python -m <service> republish``: tell again in a process of its own, beside the running service or without one."""

from __future__ import annotations

import argparse
import asyncio
import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from chassis.broker.kafka import wait_for_broker
from chassis.relaying.relay import Relay
from chassis.republishing import republish
from chassis.republishing.republish import Republisher, Selection
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage import outbox
from chassis.storage.database import create_pool
from chassis.storage.transaction import Transactions

POLL_SECONDS = 0.2


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what ``republish`` is told by."""
    parser.add_argument("--key", action="append", help="only this record key; may be given several times")
    parser.add_argument("--scope", help="only what belongs to it, by its id")
    parser.add_argument("--since", type=a_time, help="only what changed from then on, as 2026-11-26T08:00:00+01:00")


def selection(given: argparse.Namespace) -> Selection:
    """Read what was given."""
    return Selection(given.key, given.scope, given.since)


def a_time(text: str) -> datetime:
    """Read an argument that is a time. Raises ArgumentTypeError, ValueError."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise argparse.ArgumentTypeError("has no offset from UTC")
    return time


async def tell_again(service: Service, settings: Settings, chosen: Selection) -> republish.Outcome:
    """File a request, do it, and have the outbox sent: by the running service, or by this process where none runs.

    Raises BrokerUnreachableError.
    """
    await wait_for_broker(settings, seconds=settings.broker_wait)
    async with _transactions(service, settings) as transactions:
        async with transactions.pool.acquire() as connection:
            number = await republish.request(connection, chosen, by=getpass.getuser())
        republisher = Republisher(service.state, transactions, settings)
        while True:
            await republisher.work()
            async with transactions.pool.acquire() as connection:
                outcome = await republish.outcome(connection, number)
                waiting = await outbox.depth(connection)
            if outcome.finished and not waiting.rows:
                return outcome
            await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def _transactions(service: Service, settings: Settings) -> AsyncIterator[Transactions]:
    async with await create_pool(settings.database_url, name=f"{service.name}-republish") as pool:
        relay = Relay(service.name, settings, pool, service.state_topics)
        relay.start()
        try:
            yield Transactions(pool, service.source, published=relay.published)
        finally:
            await relay.stop()
