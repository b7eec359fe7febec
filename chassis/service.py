"""A service: what it reads, what time sets off in it, and its process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from chassis.clock import Clock
from chassis.database import Pool
from chassis.settings import Settings
from chassis.subscriptions import Subscription
from chassis.timers import Timer
from chassis.transaction import Transactions

SettingsT = TypeVar("SettingsT", bound=Settings)


@dataclass(slots=True)
class Running:
    """A started service, for its hooks, for the process it runs in, and for tests."""

    service: Service
    settings: Settings
    pool: Pool
    clock: Clock
    transactions: Transactions


Hook: TypeAlias = Callable[[Running], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """What makes a service.

    name: also the prefix of its consumer groups, its settings and its failures topic.
    source: CloudEvents source of what it publishes.
    migrations: import path of the package with its SQL files; None where it has only the chassis' tables.
    on_start: called with the database and relay up, before consuming; on_stop: after consuming has ended.
    """

    name: str
    source: str
    subscriptions: Sequence[Subscription] = ()
    timers: Sequence[Timer] = ()
    migrations: str | None = None
    on_start: Sequence[Hook] = ()
    on_stop: Sequence[Hook] = ()


@asynccontextmanager
async def running(service: Service, settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Run the service inside another asyncio program: no signal handlers, no health server."""
    raise NotImplementedError
    yield


async def run(service: Service, settings: Settings) -> None:
    """Run the service as a process until SIGTERM or SIGINT; then finish the batch in hand."""
    raise NotImplementedError


def main(
    name: str,
    bootstrap: Callable[[SettingsT], Service],
    settings: type[SettingsT],
    arguments: Sequence[str] | None = None,
) -> int:
    """Do what a service's ``__main__`` is asked: ``run`` (default) or ``migrate``. Returns the exit status."""
    raise NotImplementedError
