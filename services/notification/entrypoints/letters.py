"""What notification does with what happens to letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.codes import DispatchStatus
from contracts.letters import v1 as letters
from services.notification.domain.mail import Announcement
from services.notification.domain.notices import NoticeKind
from services.notification.domain.watches import NEWS_FOR
from services.notification.domain.workdays import OSLO
from services.notification.use_cases.ports import Unit
from services.notification.use_cases.post_notice import PostNotice
from services.notification.use_cases.tell_lists import News, tell_lists
from services.notification.use_cases.watch import letter_moved, letter_notified


@dataclass(frozen=True, slots=True)
class LetterSubscribers:
    """The handlers, over adapters that the bootstrap gives. ``wake``: mails are due once this has committed."""

    unit: Callable[[Transaction], Unit]
    wake: Callable[[], None]

    def subscription(self) -> Subscription:
        """Tell what is read."""
        return Subscription(
            topics.LETTERS_EVENTS.name,
            messages={letters.LetterStatusChanged: self.on_status, letters.LetterErased: self.on_erased},
            known=frozenset(topics.LETTERS_EVENTS.types),
            dedupe=Dedupe.SEQUENCE,
            unhurried=True,
        )

    async def on_status(self, received: Received[letters.LetterStatusChanged], transaction: Transaction) -> None:
        """Wait for a letter to be opened; tell that one goes as paper, once a list and day."""
        body, unit = received.body, self.unit(transaction)
        if unit.now - body.at > NEWS_FOR:
            return
        if body.status is DispatchStatus.NOTIFIED:
            await letter_notified(body.letter_id, body.municipality_id, body.list_id, body.at, unit.watches)
            return
        await letter_moved(body.letter_id, body.list_id, unit.watches)
        if body.status is DispatchStatus.SENT_TO_PRINT:
            await self._to_paper(body, unit)

    async def on_erased(self, received: Received[letters.LetterErased], transaction: Transaction) -> None:
        """Wait for it no longer."""
        body = received.body
        await letter_moved(body.letter_id, body.list_id, self.unit(transaction).watches)

    async def _to_paper(self, body: letters.LetterStatusChanged, unit: Unit) -> None:
        day = body.at.astimezone(OSLO).date()
        kind = NoticeKind.LETTER_TO_PAPER
        command = PostNotice(kind, body.municipality_id, body.list_id, 0, body.at, day)
        if await tell_lists([News(command, Announcement(0, None))], unit):
            self.wake()
