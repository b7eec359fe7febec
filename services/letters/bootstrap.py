"""The one place that wires letters."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog
from obstore.exceptions import BaseError
from pydantic import Field

from chassis.service import Running, Service
from chassis.variables import SettingsError
from contracts.upcasts import UPCASTS
from services.letters.adapters.figures import FIGURES
from services.letters.adapters.object_store import ObstoreObjects
from services.letters.adapters.post import PostSettings, check, open_post
from services.letters.adapters.republishing import LetterStates
from services.letters.adapters.restored import doubt_letters
from services.letters.adapters.units import PgUnits, unit_of
from services.letters.adapters.workers import MEGABYTE, Bounds, WorkerRenderer
from services.letters.entrypoints.courier import Courier, Rounds
from services.letters.entrypoints.orders import orders
from services.letters.entrypoints.press import Limits, Press
from services.letters.entrypoints.subscribers import Subscribers
from services.letters.entrypoints.timers import Timers
from services.letters.use_cases.outside import ObjectStore

log = structlog.get_logger(__name__)

NAME = "letters"
CORES = len(os.sched_getaffinity(0))
MOST_WORKERS = 4
"""By default: they are not the only ones on a large machine."""

ASKED_AT_ONCE = 100
"""Letters in one question about their statuses."""


class LettersSettings(PostSettings):
    """What letters needs beside what every service does."""

    object_store_url: str
    """``file:///folder`` or ``s3://bucket/prefix``; S3's credentials and region by the usual ``AWS_…`` variables."""
    renderers: int = Field(default=min(MOST_WORKERS, CORES), ge=1)
    """Processes that set letters, at most one a core: LETTERS_RENDERERS."""
    worker_megabytes: int = Field(default=512, ge=128)
    """Most memory that one of them may allocate; with more it dies, and with half of it after a letter it is replaced:
    LETTERS_WORKER_MEGABYTES."""
    worker_seconds: float = Field(default=30.0, gt=0)
    """How long one may take for a letter: LETTERS_WORKER_SECONDS."""
    in_hand: int = Field(default=16, ge=1)
    """Most letters claimed at once, half of them recorded together: LETTERS_IN_HAND. Above twice ``renderers``, so that
    storing and recording do not hold up setting."""
    claim_seconds: float = Field(default=60.0, gt=0)
    """How long a claimed letter is left to its claimant, who may have died: LETTERS_CLAIM_SECONDS."""
    papers_kept_days: int = Field(default=3653, ge=1)
    """How long papers of lists are kept, from the day they were made: ten years, so that what was decided can be shown
    while the grant it gave runs (five years), and as long again while its accounts may be asked for:
    LETTERS_PAPERS_KEPT_DAYS. Letters of requests tell of nobody and stay."""

    def bounds(self) -> Bounds:
        """Give what workers may use."""
        return Bounds(min(self.renderers, CORES), self.worker_megabytes * MEGABYTE, self.worker_seconds)


class Works:
    """The press and the courier with their machinery, from the service's start to its stop."""

    def __init__(self, settings: LettersSettings, store: ObjectStore) -> None:
        self._settings = settings
        self._store = store
        self._press: Press | None = None
        self._renderer: WorkerRenderer | None = None
        self._courier: Courier | None = None
        self._post = AsyncExitStack()

    def wake(self) -> None:
        """Wake the press."""
        if self._press is not None:
            self._press.wake()

    async def start(self, running: Running) -> None:
        """Start the press, and the courier where letters are to be sent."""
        lease = timedelta(seconds=self._settings.claim_seconds)
        limits = Limits(self._settings.in_hand, lease, self._settings.stuck_after)
        self._renderer = WorkerRenderer(self._settings.bounds())
        self._press = Press(PgUnits(running.transactions), self._renderer, self._store, limits)
        await self._press.start()
        running.vitals.watch("press", self._press.stuck)
        if self._settings.svarut_url:
            self._courier = await self._open_courier(running)
            self._courier.start()
            running.vitals.watch("courier", self._courier.stuck)
        else:
            log.warning("letters are not sent: SVARUT_URL is not set")

    async def _open_courier(self, running: Running) -> Courier:
        settings = self._settings
        post = await self._post.enter_async_context(open_post(settings))
        rounds = Rounds(
            settings.svarut_in_hand, ASKED_AT_ONCE, settings.sending(), settings.following(), settings.stuck_after
        )
        return Courier(PgUnits(running.transactions), post, self._store, rounds)

    async def stop(self, _running: Running) -> None:
        """Finish the letters in hand; one that is being handed over for long is left to the next start."""
        if self._courier is not None:
            await self._courier.stop(self._settings.stop_timeout / 2)
        await self._post.aclose()
        if self._press is not None:
            await self._press.stop(self._settings.stop_timeout / 2)
        if self._renderer is not None:
            await self._renderer.close()


def bootstrap(settings: LettersSettings) -> Service:
    """Make the service. Raises SettingsError where settings are missing or cannot be used."""
    check(settings)
    try:
        store = ObstoreObjects(settings.object_store_url)
    except (BaseError, OSError, ValueError) as error:
        raise SettingsError(f"OBJECT_STORE_URL: cannot be opened ({type(error).__name__})") from error
    works = Works(settings, store)
    return Service(
        name=NAME,
        source=f"/fordeling/{NAME}",
        subscriptions=Subscribers(unit=unit_of, wake=works.wake).subscriptions(),
        migrations="services.letters.migrations",
        figures=FIGURES,
        timers=Timers(unit_of, store, timedelta(days=settings.papers_kept_days)).timers(),
        state=[LetterStates()],
        upcasts=UPCASTS,
        after_restore=[doubt_letters],
        on_start=[works.start],
        on_stop=[works.stop],
        orders=orders(unit_of),
    )
