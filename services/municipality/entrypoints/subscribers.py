"""What municipality does with each message: map, call a use case, return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.reading.subscriptions import Dedupe, Received, Record, Subscription
from chassis.storage import outcomes
from chassis.storage.transaction import Transaction
from chassis.validation import FieldError
from contracts import topics
from contracts.imdi import v1 as imdi
from contracts.municipality import four_eyes, v1
from services.municipality.domain.codes import ContactRole, Role
from services.municipality.domain.ledger import Resolution, YearId
from services.municipality.domain.register import Contact
from services.municipality.entrypoints.days import day_in_norway
from services.municipality.entrypoints.list_facts import MESSAGES, list_fact, self_settlement_answer
from services.municipality.entrypoints.mails import MailSubscribers
from services.municipality.entrypoints.reports import ReportSubscribers
from services.municipality.entrypoints.requests import sound, unsound
from services.municipality.entrypoints.telling import tell
from services.municipality.use_cases.answer_report import answer_report
from services.municipality.use_cases.follow_lists import follow_lists
from services.municipality.use_cases.ports import Ledgers, Municipalities, Rejections, Reports
from services.municipality.use_cases.register_contacts import RegisterContacts, register_contacts
from services.municipality.use_cases.register_resolution import RegisterResolution, register_resolution
from services.municipality.use_cases.request_places import Incoming, TakeRequest, repeat_request, request_places
from services.municipality.use_cases.require_four_eyes import RequireFourEyes, require_four_eyes

CausedBy = Callable[[str, int], Transaction]
"""From a list's id and version to the transaction as seen while that fact is handled."""


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The handlers, over adapters that the bootstrap gives."""

    ledgers: Callable[[Transaction, CausedBy | None], Ledgers]
    municipalities: Callable[[Transaction], Municipalities]
    rejections: Callable[[Transaction], Rejections]
    reports: Callable[[Transaction], Reports]

    def subscriptions(self) -> list[Subscription]:
        """List what municipality reads."""
        events = topics.DISTRIBUTION_EVENTS
        return [
            Subscription(
                events.name,
                messages=MESSAGES,
                known=frozenset(events.types) - {message.message_type for message in MESSAGES},
                dedupe=Dedupe.SEQUENCE,
                batch=self.on_list_facts,
                unhurried=True,
            ),
            Subscription(
                topics.IMDI_REQUESTS.name,
                messages={imdi.RequestPlaces: self.on_request_places},
                dedupe=Dedupe.ID,
                on_invalid=self.on_invalid_request,
                on_duplicate=self.on_repeated_request,
                repeats_matter=True,
            ),
            Subscription(
                topics.MUNICIPALITY_COMMANDS.name,
                messages={
                    v1.RegisterResolution: self.on_register_resolution,
                    v1.RegisterContacts: self.on_register_contacts,
                    four_eyes.RequireFourEyes: self.on_require_four_eyes,
                    **ReportSubscribers(self.reports, self.municipalities).handlers(),
                },
                dedupe=Dedupe.ID,
                on_duplicate=self.on_repeated_command,
            ),
            MailSubscribers(self.municipalities).subscription(),
        ]

    async def on_list_facts(self, batch: Sequence[Received[Any]], transaction: Transaction) -> None:
        """Follow what distribution tells of its lists."""
        events = [received for received in batch if not received.is_tombstone]
        facts = [list_fact(received) for received in events]
        seen = {
            (fact.list_id, fact.version): transaction.caused_by(received.envelope, transaction.now)
            for fact, received in zip(facts, events, strict=True)
        }
        await follow_lists(facts, self.ledgers(transaction, lambda list_id, version: seen[list_id, version]))
        for received in events:
            if (answer := self_settlement_answer(received)) is not None:
                cause = transaction.caused_by(received.envelope, transaction.now)
                await answer_report(answer, self.reports(cause), now=transaction.now)

    async def on_request_places(self, received: Received[imdi.RequestPlaces], transaction: Transaction) -> None:
        """Take IMDi's request, or send it back."""
        await self._request(request_places, sound(received, transaction.now), transaction)

    async def on_repeated_request(self, received: Received[imdi.RequestPlaces], transaction: Transaction) -> None:
        """Take what comes under a used id only where its content is new."""
        await self._request(repeat_request, sound(received, transaction.now), transaction)

    async def on_invalid_request(self, record: Record, errors: list[FieldError], transaction: Transaction) -> None:
        """Send back what is no request, with all that is wrong in it."""
        await self._request(request_places, unsound(record, errors), transaction)

    async def _request(self, use_case: TakeRequest, incoming: Incoming, transaction: Transaction) -> None:
        await use_case(
            incoming,
            self.ledgers(transaction, None),
            self.municipalities(transaction),
            self.rejections(transaction),
            today=day_in_norway(transaction.now),
        )

    async def on_register_resolution(self, received: Received[v1.RegisterResolution], transaction: Transaction) -> None:
        """Register a resolution and tell how that ended."""
        body = received.body
        resolution = Resolution(
            ordinary_places=body.ordinary_places,
            unaccompanied_minor_places=body.unaccompanied_minor_places,
            resolved_on=body.resolved_on,
            case_number=body.case_number,
            registered_at=transaction.now,
            registered_by=body.actor.user_id,
            registered_by_name=body.actor.display_name,
        )
        command = RegisterResolution(
            YearId(body.municipality_id, body.year),
            resolution,
            body.expected_version,
            Role(body.actor.role),
            more_is_meant=body.more_than_requested,
        )
        today = day_in_norway(transaction.now)
        ledgers, municipalities = self.ledgers(transaction, None), self.municipalities(transaction)
        await tell(received, transaction, await register_resolution(command, ledgers, municipalities, today=today))

    async def on_register_contacts(self, received: Received[v1.RegisterContacts], transaction: Transaction) -> None:
        """Replace contacts and tell how that ended."""
        body = received.body
        contacts = [
            Contact(contact.name, contact.email, tuple(ContactRole(role) for role in contact.roles))
            for contact in body.contacts
        ]
        command = RegisterContacts(body.municipality_id, contacts, body.expected_version, Role(body.actor.role))
        municipalities, today = self.municipalities(transaction), day_in_norway(transaction.now)
        await tell(received, transaction, await register_contacts(command, municipalities, today=today))

    async def on_require_four_eyes(
        self, received: Received[four_eyes.RequireFourEyes], transaction: Transaction
    ) -> None:
        """Require four eyes, or not any more, and tell how that ended."""
        body = received.body
        command = RequireFourEyes(body.municipality_id, body.required, Role(body.actor.role))
        await tell(received, transaction, await require_four_eyes(command, self.municipalities(transaction)))

    async def on_repeated_command(self, received: Received[Any], transaction: Transaction) -> None:
        """Tell again how the command ended: whoever repeats it has not heard."""
        await outcomes.repeat(transaction, received.envelope.id)
