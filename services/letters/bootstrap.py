"""The one place that wires letters."""

from __future__ import annotations

import os
from datetime import timedelta

from obstore.exceptions import BaseError
from pydantic import Field

from chassis.service import Running, Service
from chassis.settings import Settings, SettingsError
from services.letters.adapters.object_store import ObstoreObjects
from services.letters.adapters.typst_renderer import TypstRenderer
from services.letters.adapters.units import PgUnits, unit_of
from services.letters.entrypoints.press import Limits, Press
from services.letters.entrypoints.subscribers import Subscribers
from services.letters.use_cases.ports import ObjectStore

NAME = "letters"


class LettersSettings(Settings):
    """What letters needs beside what every service does."""

    object_store_url: str
    """``file:///folder`` or ``s3://bucket/prefix``; S3's credentials and region by the usual ``AWS_…`` variables."""
    renderers: int = Field(default=min(2, os.cpu_count() or 1), ge=1)
    """Threads that set letters: LETTERS_RENDERERS."""
    in_hand: int = Field(default=8, ge=1)
    """Most letters claimed at once: LETTERS_IN_HAND. Above ``renderers``, so that storing does not hold up setting."""
    claim_seconds: float = Field(default=60.0, gt=0)
    """How long a claimed letter is left to its claimant, who may have died: LETTERS_CLAIM_SECONDS."""


class Works:
    """The press with its machinery, from the service's start to its stop."""

    def __init__(self, settings: LettersSettings, store: ObjectStore) -> None:
        self._settings = settings
        self._store = store
        self._press: Press | None = None
        self._renderer: TypstRenderer | None = None

    def wake(self) -> None:
        """Wake the press."""
        if self._press is not None:
            self._press.wake()

    async def start(self, running: Running) -> None:
        """Start the press."""
        limits = Limits(self._settings.in_hand, timedelta(seconds=self._settings.claim_seconds))
        self._renderer = TypstRenderer(self._settings.renderers)
        self._press = Press(PgUnits(running.transactions), self._renderer, self._store, limits)
        await self._press.start()

    async def stop(self, _running: Running) -> None:
        """Finish the letters in hand."""
        if self._press is not None:
            await self._press.stop()
        if self._renderer is not None:
            self._renderer.close()


def bootstrap(settings: LettersSettings) -> Service:
    """Make the service. Raises SettingsError where the object store's address is none."""
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
        on_start=[works.start],
        on_stop=[works.stop],
    )
