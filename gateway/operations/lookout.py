"""Asks each process how it is, by its health port: all at once, not for long, and not again for some seconds."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import httpx
import structlog

from chassis.clock import Clock, SystemClock
from gateway.operations.figures import Figures, read

log = structlog.get_logger(__name__)

ASK_SECONDS = 4.0
"""A process looks for two seconds at its database before it says that it is not ready."""
KEEP_SECONDS = 5.0
"""However many look and however often they load the page: a process is asked no more often."""
MOST_BYTES = 4_000_000


class State(StrEnum):
    """How a process is."""

    READY = "ready"
    NOT_READY = "not-ready"
    """It answers and cannot work: no database, or no broker yet."""
    STUCK = "stuck"
    """It answers that a restart would help."""
    SILENT = "silent"
    """It does not answer, or not as a process of ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process answers. ``url``: of its health port, without a path."""

    service: str
    url: str


@dataclass(frozen=True, slots=True)
class Process:
    """What one process answered. ``version``, ``figures``: as far as it told them."""

    service: str
    state: State
    version: str = ""
    figures: Figures = field(default_factory=Figures)


@dataclass(frozen=True, slots=True)
class Seen:
    """All of them, and when they were asked."""

    at: datetime
    processes: tuple[Process, ...] = ()


class NoAnswerError(Exception):
    """Nobody answered as a process of ours does. The text names the kind of failure alone."""


@dataclass
class Lookout:
    """Asks the processes at ``places``. It never raises: who does not answer is shown so."""

    places: Sequence[Place] = ()
    http: httpx.AsyncClient | None = None
    clock: Clock = field(default_factory=SystemClock)
    monotonic: Callable[[], float] = time.monotonic
    ask_seconds: float = ASK_SECONDS
    _kept: Seen | None = None
    _kept_at: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> Seen:
        """Tell how the processes are; what was heard a few seconds ago is told again."""
        async with self._asking:
            if self._kept is None or self.monotonic() - self._kept_at >= KEEP_SECONDS:
                at = self.clock.now()
                self._kept = Seen(at, tuple(await asyncio.gather(*map(self._ask, self.places))))
                self._kept_at = self.monotonic()
            return self._kept

    async def _ask(self, place: Place) -> Process:
        try:
            async with asyncio.timeout(self.ask_seconds):
                answers = await asyncio.gather(*(self._get(place.url + path) for path in PATHS))
            return _process(place.service, *answers)
        except (NoAnswerError, TimeoutError, ValueError) as error:
            log.warning("process does not answer", process=place.service, error=type(error).__name__)
            return Process(place.service, State.SILENT)

    async def _get(self, url: str) -> tuple[int, str]:
        assert self.http is not None, "there are no places without it"
        content = bytearray()
        try:
            async with self.http.stream("GET", url) as answer:
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > MOST_BYTES:
                        raise NoAnswerError("too much")
        except (httpx.HTTPError, OSError) as error:
            raise NoAnswerError(type(error).__name__) from None
        return answer.status_code, content.decode("utf-8", "replace")


PATHS = ("/livez", "/readyz", "/metrics")


def _process(service: str, live: tuple[int, str], ready: tuple[int, str], metrics: tuple[int, str]) -> Process:
    """Read its three answers. Raises ValueError where they are not what a process of ours says."""
    told: Any = json.loads(ready[1])
    if not isinstance(told, dict):
        raise ValueError("readyz")  # noqa: TRY004  an answer of somebody else's, as one that is no JSON
    state = State.STUCK if live[0] != OK else State.READY if ready[0] == OK else State.NOT_READY
    return Process(service, state, str(told.get("version", "")), read(metrics[1]) if metrics[0] == OK else Figures())


OK = 200
SCHEMES = ("http://", "https://")


def places(wanted: str) -> tuple[Place, ...]:
    """Read ``service=http://host:port``, parted by commas; a service with several processes is named several times.

    Raises ValueError.
    """
    found = []
    for one in filter(None, (part.strip() for part in wanted.split(","))):
        service, mark, url = one.partition("=")
        if not (mark and service.strip() and url.strip().startswith(SCHEMES)):
            raise ValueError(one)
        found.append(Place(service.strip(), url.strip().rstrip("/")))
    return tuple(found)
