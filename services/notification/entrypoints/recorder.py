"""Records what becomes of mails, in as few transactions as there can be without any mail waiting for another.

Connections send side by side, and each mail is recorded twice: before the server may have it, and once it has taken it.
One transaction is under way at a time; what comes meanwhile is in the next, all of it together. So nothing is held
back: a mail is in doubt for no longer than its own transaction takes, and the one before it, and never more mails than
there are connections. Where a common transaction fails each is recorded alone: one that cannot be takes no other along.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis import errors
from chassis.seeing import traced
from services.notification.use_cases.ports import Claim, Units
from services.notification.use_cases.record_mails import record_mails

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    claim: Claim
    sent: bool
    trace: str | None
    noted: asyncio.Future[bool]


class Recorder:
    """``lease``: how long a mail is left to who hands it over."""

    def __init__(self, units: Units, lease: timedelta) -> None:
        self._units = units
        self._lease = lease
        self._waiting: list[_Entry] = []
        self._at_work: asyncio.Task[None] | None = None

    async def begin_hand_over(self, claim: Claim) -> bool:
        """Have it noted that the server may have it from now on; False where the claim is no longer the last."""
        return await self._enter(claim, sent=False)

    async def sent(self, claim: Claim) -> bool:
        """Have it noted that the server has taken it; False as in ``begin_hand_over``."""
        return await self._enter(claim, sent=True)

    async def stop(self) -> None:
        """Return once all is recorded that was asked for."""
        while self._at_work is not None:
            await asyncio.wait([self._at_work])

    async def _enter(self, claim: Claim, *, sent: bool) -> bool:
        entry = _Entry(claim, sent, traced.here(), asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._work(), name="mails recorded")
        return await entry.noted

    async def _work(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting, []
                await self._record(together)
        finally:
            self._at_work = None

    async def _record(self, together: list[_Entry]) -> None:
        try:
            await self._note(together)
        except Exception as error:  # noqa: BLE001  whatever it is, it may be about one of them
            if len(together) == 1:
                _fail(together[0], error)
                return
            log.warning("mails not recorded together", count=len(together), error=errors.name(error))
            for entry in together:
                await self._record([entry])

    async def _note(self, together: list[_Entry]) -> None:
        # Who was cut off hands nothing over: the mail stays claimed, and nobody will be in doubt about it.
        begun = [entry.claim for entry in together if not entry.sent and not entry.noted.done()]
        sent = {entry.claim: entry.trace for entry in together if entry.sent}
        async with self._units.begin() as unit:
            noted = await record_mails(begun, sent, self._lease, unit)
        for entry in together:
            if not entry.noted.done():  # who waited may have been cut off
                entry.noted.set_result(entry.claim in noted[entry.sent])


def _fail(entry: _Entry, error: Exception) -> None:
    if not entry.noted.done():
        entry.noted.set_exception(error)
