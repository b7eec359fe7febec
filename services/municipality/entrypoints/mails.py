"""What municipality follows of notification: whether e-mail reaches its contacts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chassis.subscriptions import Dedupe, Received, Subscription
from chassis.transaction import Transaction
from contracts import codes, topics
from contracts.notification import v1
from contracts.notification.contacts import contact_reference
from services.municipality.domain.codes import MailFailure
from services.municipality.domain.register import Arrived, MailEnd, Taken, Unreached
from services.municipality.entrypoints.days import day_in_norway
from services.municipality.use_cases.mark_contacts import MarkContacts, mark_contacts
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
            messages=dict.fromkeys(handled, self.on_mail_event),
            known=frozenset(events.types) - {message.message_type for message in handled},
            dedupe=Dedupe.SEQUENCE,
        )

    async def on_mail_event(self, received: Received[MailEvent], transaction: Transaction) -> None:
        """Mark or unmark the contact that a mail was to."""
        body, reference = received.body, received.body.contact
        end = _end(received)
        if reference is None or end is None:
            return  # whom it was to is no longer known, or nobody knows whether it arrived
        command = MarkContacts(body.municipality_id, lambda address: contact_reference(address) == reference, end)
        await mark_contacts(command, self.municipalities(transaction), today=day_in_norway(transaction.now))


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
