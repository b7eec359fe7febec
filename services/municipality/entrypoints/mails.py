"""What municipality follows of notification: whether e-mail reaches its contacts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.storage.transaction import Transaction
from contracts import codes, topics
from contracts.notification import v1
from contracts.notification.contacts import contact_reference
from services.municipality.domain.codes import MailFailure
from services.municipality.domain.register import Arrived, MailEnd, Taken, Unreached
from services.municipality.entrypoints.days import day_in_norway
from services.municipality.use_cases.mark_contacts import MarkContacts, mark_contacts, worth_marking
from services.municipality.use_cases.ports import Municipalities

MailEvent = v1.MailSent | v1.MailFailed | v1.MailDecided


@dataclass(frozen=True, slots=True)
class MailSubscribers:
    """The handlers, over adapters that the bootstrap gives."""

    municipalities: Callable[[Transaction], Municipalities]

    def subscription(self) -> Subscription:
        """Tell what is read."""
        events = topics.NOTIFICATION_EVENTS
        handled = (v1.MailSent, v1.MailFailed, v1.MailDecided)
        return Subscription(
            events.name,
            messages=handled,
            known=frozenset(events.types) - {message.message_type for message in handled},
            dedupe=Dedupe.SEQUENCE,
            batch=self.on_mail_events,
            unhurried=True,
        )

    async def on_mail_events(self, batch: Sequence[Received[Any]], transaction: Transaction) -> None:
        """Mark or unmark the contacts that mails were to, one after the other where that may change anything."""
        read = [(received, _marking(received)) for received in batch if not received.is_tombstone]
        markings = [(received, command) for received, command in read if command is not None]
        worth = await worth_marking([command for _, command in markings], self.municipalities(transaction))
        for received, command in compress(markings, worth):
            own = transaction.caused_by(received.envelope, transaction.now)
            await mark_contacts(command, self.municipalities(own), today=day_in_norway(own.now))


def _marking(received: Received[MailEvent]) -> MarkContacts | None:
    """Read what is to be marked; None where it is not known whom the mail was to, or nobody knows if it arrived."""
    reference, end = received.body.contact, _end(received)
    if reference is None or end is None:
        return None
    return MarkContacts(received.body.municipality_id, lambda address: contact_reference(address) == reference, end)


def _end(received: Received[MailEvent]) -> MailEnd | None:
    match received.body:
        case v1.MailSent():
            return Taken()
        case v1.MailFailed(failure=codes.MailFailure.UNSURE):
            return None
        case v1.MailFailed(failure=failure):
            return Unreached(MailFailure(failure), received.envelope.time)
        case v1.MailDecided(decision=codes.MailDecision.ARRIVED):
            return Arrived()
        case _:
            return None
