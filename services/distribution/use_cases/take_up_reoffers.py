"""Look again at lists that wait for the ones they replace."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.distribution.use_cases.ports import Held, Waiting


async def take_up_reoffers(waiting: Waiting, *, now: datetime, reoffer_wait: timedelta) -> list[Held]:
    """Return the messages to be handled anew, in the order they came: something has changed, or their time is up."""
    return await waiting.release_reoffers(now - reoffer_wait)
