"""Relays in this process, for the tests of sending and of leading."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.relaying.relay import Relay
from chassis.storage.database import create_pool
from tests.integration.chassis.stage import Stage


@asynccontextmanager
async def relaying(stage: Stage, kind: type[Relay] = Relay, **settings: Any) -> AsyncIterator[Relay]:
    pool = await create_pool(stage.database_url, name="test")
    relay = kind(stage.name, stage.settings(**settings), pool)
    relay.start()
    try:
        yield relay
    finally:
        await relay.stop()
        await pool.close()


async def any_leads(*relays: Relay) -> bool:
    return any(relay.leading for relay in relays)


async def leads(relay: Relay) -> bool:
    return relay.leading
