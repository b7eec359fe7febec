"""Asking a service to tell its state again, and following how far it has come."""

from __future__ import annotations

import asyncio
import getpass
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from chassis.republishing import republish
from chassis.republishing.republish import Outcome, Selection
from chassis.storage.database import Connection, prepare_connection
from contracts.topics import SERVICES
from ops.errors import DatabaseAwayError, UserError

POLL_SECONDS = 0.2
EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Asked:
    """What one service is asked for; see ``chassis.republishing.republish.request``."""

    selection: Selection = EVERYTHING
    least_epoch: int | None = None
    strays: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


class NotDoneError(UserError):
    """A service did not do in time what it was asked for."""


def database_url(variables: Mapping[str, str], service: str) -> str:
    """Tell a service's database. Raises UserError."""
    if service not in SERVICES:
        raise UserError(f"There is no service {service}: choose among {', '.join(SERVICES)}.")
    name = f"{service.upper()}_DATABASE_URL"
    if not variables.get(name):
        raise UserError(
            f"{name} is not set: start a stack with 'fordeling up', name its folder with --data-dir, or set it."
        )
    return variables[name]


def ask(variables: Mapping[str, str], service: str, asked: Asked = Asked()) -> int:
    """File a request; returns its number. Raises UserError."""

    async def file() -> int:
        async with _connection(variables, service) as connection:
            return await republish.request(
                connection,
                asked.selection,
                by=getpass.getuser(),
                least_epoch=asked.least_epoch,
                strays=asked.strays,
            )

    return asyncio.run(file())


def follow(
    variables: Mapping[str, str], service: str, number: int, seconds: float, tell: Callable[[Outcome], None]
) -> Outcome:
    """Wait until a request is done and all that was told has been sent. Raises NotDoneError."""

    async def wait() -> Outcome:
        end = time.monotonic() + seconds
        async with _connection(variables, service) as connection:
            while True:
                outcome = await republish.outcome(connection, number)
                tell(outcome)
                if outcome.finished and not await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
                    return outcome
                if time.monotonic() > end:
                    raise NotDoneError(
                        f"{service} has not done it within {seconds:.0f} s ({outcome.told} told so far): is it running?"
                    )
                await asyncio.sleep(POLL_SECONDS)

    return asyncio.run(wait())


@asynccontextmanager
async def _connection(variables: Mapping[str, str], service: str) -> AsyncIterator[Connection]:
    url = database_url(variables, service)
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise DatabaseAwayError(service, type(error).__name__) from None
    try:
        await prepare_connection(connection)
        yield connection
    except asyncpg.UndefinedTableError:
        raise UserError(f"The database of {service} has not the tables this release knows: fordeling migrate") from None
    finally:
        await connection.close()
