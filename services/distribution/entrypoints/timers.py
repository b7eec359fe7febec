"""What time sets off in distribution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis.timers import Timer
from chassis.transaction import Transaction
from services.distribution.use_cases.forget_originals import forget_originals
from services.distribution.use_cases.ports import Rejections

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Timers:
    """The timers, over adapters that the bootstrap gives. ``kept_for``: how long a message sent back is kept."""

    rejections: Callable[[Transaction], Rejections]
    kept_for: timedelta

    def timers(self) -> Sequence[Timer]:
        """List them."""
        return [Timer("forget originals", timedelta(hours=1), self.on_forget_originals)]

    async def on_forget_originals(self, transaction: Transaction) -> None:
        """Prune what was kept of messages sent back."""
        rejections = self.rejections(transaction)
        forgotten = await forget_originals(rejections, now=transaction.now, kept_for=self.kept_for)
        if forgotten:
            log.info("originals forgotten", number=forgotten)
