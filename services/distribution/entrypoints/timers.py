"""What time sets off in distribution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from chassis import errors
from chassis.running.timers import Timer
from chassis.storage.transaction import Transaction
from services.distribution.entrypoints.offers import Offers
from services.distribution.use_cases.erase_persons import erase_outdated
from services.distribution.use_cases.forget_originals import forget_originals
from services.distribution.use_cases.ports import Lists, Rejections, Waiting
from services.distribution.use_cases.remind import remind_of_deadlines
from services.distribution.use_cases.take_up_reoffers import take_up_reoffers

log = structlog.get_logger(__name__)


REMIND_EVERY = timedelta(seconds=2)
"""How often it is looked whether a deadline has come; while there is more to tell, without a pause."""
REMIND_AGAIN = timedelta(minutes=10)
"""How long a list that could not be told of is left alone, so that it does not stand before the others."""
ERASE_EVERY = timedelta(minutes=10)
"""How often it is looked whether a list's time is over; while there are more, without a pause."""
ERASE_AGAIN = timedelta(hours=6)
"""How long a list that could not be erased is left alone."""
LOOK_EVERY = timedelta(seconds=2)
"""How soon a list that waits for another is looked at once that one has changed."""


@dataclass(frozen=True, slots=True)
class Timers:
    """The timers, over adapters that the bootstrap gives.

    kept_for: how long a message sent back is kept. reoffer_wait: how long a list waits for the one that it replaces.
    persons_kept_for: how long persons of closed lists are kept.
    """

    lists: Callable[[Transaction], Lists]
    rejections: Callable[[Transaction], Rejections]
    waiting: Callable[[Transaction], Waiting]
    offers: Offers
    kept_for: timedelta
    reoffer_wait: timedelta
    persons_kept_for: timedelta
    _failed: dict[str, datetime] = field(default_factory=dict)
    """Lists that could not be told of, and when that was tried."""
    _not_erased: dict[str, datetime] = field(default_factory=dict)
    """Lists that could not be erased, and when that was tried."""

    def timers(self) -> Sequence[Timer]:
        """List them."""
        return [
            Timer("forget originals", timedelta(hours=1), self.on_forget_originals),
            Timer("take up re-offers", LOOK_EVERY, self.on_take_up_reoffers),
            Timer("erase outdated persons", ERASE_EVERY, self.on_erase_outdated),
            Timer("remind of deadlines", REMIND_EVERY, self.on_remind),
        ]

    async def on_forget_originals(self, transaction: Transaction) -> None:
        """Prune what was kept of messages sent back."""
        rejections = self.rejections(transaction)
        forgotten = await forget_originals(rejections, now=transaction.now, kept_for=self.kept_for)
        if forgotten:
            log.info("originals forgotten", number=forgotten)

    async def on_erase_outdated(self, transaction: Transaction) -> bool:
        """Erase the persons of lists whose time is over. True where there may be more."""
        for list_id in [one for one, tried in self._not_erased.items() if tried + ERASE_AGAIN <= transaction.now]:
            del self._not_erased[list_id]
        closed_before = transaction.now - self.persons_kept_for
        outdated = await erase_outdated(
            self.lists(transaction), now=transaction.now, closed_before=closed_before, but=self._not_erased
        )
        for list_id, error in outdated.failed.items():
            self._not_erased[list_id] = transaction.now
            log.error("list not erased", list=list_id, error=errors.name(error), where=errors.where(error))
        if outdated.erased:
            log.info("outdated lists erased", number=outdated.erased)
        return outdated.more

    async def on_remind(self, transaction: Transaction) -> bool:
        """Tell of deadlines that are near, today, or over. True where there may be more."""
        for list_id in [one for one, tried in self._failed.items() if tried + REMIND_AGAIN <= transaction.now]:
            del self._failed[list_id]
        reminded = await remind_of_deadlines(self.lists(transaction), now=transaction.now, but=self._failed)
        for list_id, error in reminded.failed.items():
            self._failed[list_id] = transaction.now
            log.error("deadline not told", list=list_id, error=errors.name(error), where=errors.where(error))
        if reminded.told:
            log.info("deadlines told", number=reminded.told)
        return reminded.more

    async def on_take_up_reoffers(self, transaction: Transaction) -> None:
        """Go on with lists whose replaced list has changed, or send them back when they have waited for too long."""
        waiting = self.waiting(transaction)
        for held in await take_up_reoffers(waiting, now=transaction.now, reoffer_wait=self.reoffer_wait):
            await self.offers.resume(held, transaction)
