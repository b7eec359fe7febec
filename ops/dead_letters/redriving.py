"""Asking the services' own processes for a redrive, and waiting for what comes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from chassis.reading import dead_letters
from chassis.redriving import redrive_requests
from chassis.redriving.redrive_requests import RedriveResult
from chassis.storage.database import Connection
from ops.dead_letters import places
from ops.errors import UserError

POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Target:
    """A reader's subject that is held up. parked: how many messages wait."""

    service: str
    reader: str
    subject: str
    parked: int


@dataclass(frozen=True, slots=True)
class Wish:
    """Which subjects are meant. text: a subject, or one message's id, which stands for its whole subject."""

    text: str | None
    service: str | None = None
    reader: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Who asks, why, and for how many seconds without any progress to wait."""

    by: str
    reason: str | None
    patience: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one target; ``result`` None where its service has not answered: the request stays open."""

    target: Target
    result: RedriveResult | None


class Redriving:
    """The open databases of all services that are concerned."""

    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections = connections

    async def targets(self, wish: Wish) -> list[Target]:
        """Find what is meant. Raises UserError where nothing of it is parked."""
        found = [
            Target(service, *held)
            for service, connection in self._connections.items()
            for held in await self._held_up(service, connection, wish)
        ]
        if found:
            return found
        meant = wish.text or f"the reader {wish.reader}"
        raise UserError(f"Nothing is parked under {meant}: fordeling dead-letters list shows what is.")

    @staticmethod
    async def _held_up(service: str, connection: Connection, wish: Wish) -> Sequence[tuple[str, str, int]]:
        if wish.text is None or not places.is_label(wish.text):
            return await dead_letters.held_up(connection, wish.reader, wish.text)
        label = places.label(wish.text)
        found = await dead_letters.find(connection, label.id) if label.service == service else None
        return [] if found is None else await dead_letters.held_up(connection, found[0].reader, found[0].subject)

    async def redrive(
        self, targets: Sequence[Target], order: Order, *, dry_run: bool, tell: Callable[[str], None]
    ) -> list[Answer]:
        """Ask for all of it and wait, in the order in which it will be done. ``tell`` hears how far it is."""
        requests = [
            await redrive_requests.ask(
                self._connections[one.service],
                one.reader,
                one.subject,
                by=order.by,
                dry_run=dry_run,
                reason=order.reason,
            )
            for one in targets
        ]
        answers = []
        for number, (target, request) in enumerate(zip(targets, requests, strict=True), 1):
            if request is None:  # somebody else has done it meanwhile
                answers.append(Answer(target, RedriveResult(0, 0, None)))
                continue
            told = partial(_tell, tell, f"{number} of {len(targets)}: {target.service} {target.subject}")
            answers.append(Answer(target, await self._wait(target, request, order.patience, told)))
        return answers

    async def _wait(
        self, target: Target, request: int, patience: float, tell: Callable[[int], None]
    ) -> RedriveResult | None:
        connection = self._connections[target.service]
        before, since = -1, time.monotonic()
        while (result := await redrive_requests.result(connection, request)) is None:
            left = await redrive_requests.remaining(connection, target.reader, target.subject)
            if left != before:
                before, since = left, time.monotonic()
                tell(left)
            if time.monotonic() - since >= patience:
                return None
            await asyncio.sleep(POLL_SECONDS)
        return result


def _tell(tell: Callable[[str], None], what: str, left: int) -> None:
    tell(f"{what}, {left} left")


@asynccontextmanager
async def redriving(wish: Wish, variables: Mapping[str, str]) -> AsyncIterator[Redriving]:
    """Open the databases in which what is meant may be. Raises UserError."""
    only = places.label(wish.text).service if wish.text and places.is_label(wish.text) else wish.service
    async with AsyncExitStack() as stack:
        yield Redriving(
            {
                service: await stack.enter_async_context(places.database(service, variables))
                for service in places.services(only)
            }
        )
