"""What notification does with each message: map, call a use case, return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.storage import outcomes
from chassis.storage.transaction import Transaction
from contracts import codes, topics
from contracts.municipality import v1 as municipality
from contracts.notification import choices, v1
from contracts.notification.contacts import out_of_reach
from services.notification.domain.choices import Delivery
from services.notification.domain.mail import Language, Municipality
from services.notification.domain.notices import NoticeKind
from services.notification.entrypoints.letters import LetterSubscribers
from services.notification.entrypoints.list_facts import MESSAGES, news, step
from services.notification.entrypoints.replies import reply
from services.notification.use_cases.announce import keep_municipality
from services.notification.use_cases.choose_notices import ChooseNotices, choose_notices
from services.notification.use_cases.mark_notices_read import MarkNoticesRead, mark_notices_read
from services.notification.use_cases.ports import Notices, Unit
from services.notification.use_cases.tell_lists import tell_lists
from services.notification.use_cases.watch import follow_placements


class UnitOf(Protocol):
    """Sees a transaction as a unit. ``causes``: by notice id, the transaction as seen by what the notice tells of."""

    def __call__(self, transaction: Transaction, causes: Mapping[str, Transaction] = ...) -> Unit: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The handlers, over adapters that the bootstrap gives. ``wake``: mails are due once this has committed."""

    notices: Callable[[Transaction], Notices]
    unit: UnitOf
    wake: Callable[[], None]

    def subscriptions(self) -> list[Subscription]:
        """List what notification reads."""
        return [
            Subscription(
                topics.DISTRIBUTION_EVENTS.name,
                messages=MESSAGES,
                known=frozenset(topics.DISTRIBUTION_EVENTS.types),
                dedupe=Dedupe.SEQUENCE,
                batch=self.on_list_facts,
            ),
            Subscription(
                topics.MUNICIPALITY_STATE.name,
                messages={municipality.MunicipalityState: self.on_municipality},
                known=frozenset(topics.MUNICIPALITY_STATE.types),
                dedupe=Dedupe.SNAPSHOT,
                unhurried=True,
            ),
            Subscription(
                topics.NOTIFICATION_COMMANDS.name,
                messages={
                    v1.MarkNoticesRead: self.on_mark_notices_read,
                    choices.ChooseNotices: self.on_choose_notices,
                },
                dedupe=Dedupe.ID,
                on_duplicate=self.on_repeated_command,
            ),
            LetterSubscribers(self.unit, self.wake).subscription(),
        ]

    async def on_list_facts(self, batch: Sequence[Received[Any]], transaction: Transaction) -> None:
        """Tell municipalities what has happened to their lists, and wait for who is placed; a chunk's facts together.

        Notices and watches are nobody's business but their own, so all of the ones come before all of the others.
        """
        facts = [received for received in batch if not received.is_tombstone]
        told = [(one, received) for received in facts if (one := news(received)) is not None]
        causes: dict[str, Transaction] = {}
        for one, received in told:  # of one notice that is told twice, the first, as if it had come alone
            causes.setdefault(one.command.notice_id, transaction.caused_by(received.envelope, transaction.now))
        unit = self.unit(transaction, causes)
        steps = [step(received) for received in facts]
        await follow_placements([one for one in steps if one is not None], unit.watches)
        self._due(await tell_lists([one for one, _ in told], unit))

    async def on_municipality(
        self, received: Received[municipality.MunicipalityState], transaction: Transaction
    ) -> None:
        """Keep what mails need of a municipality."""
        body, sequence = received.body, received.envelope.sequence
        assert sequence is not None, "the subscription dead-letters a message without"
        nynorsk = body.language_form is codes.LanguageForm.NYNORSK
        copy = Municipality(
            municipality_id=body.municipality_id,
            name=body.name,
            language=Language.NYNORSK if nynorsk else Language.BOKMAAL,
            writers=_addresses(body, codes.ContactRole.SETTLEMENT_WRITER),
            escalation=_addresses(body, codes.ContactRole.ESCALATION),
            successor=body.successor,
            merged_on=body.merged_on,
            four_eyes=body.four_eyes,
            unreached=tuple(contact.email for contact in body.contacts if out_of_reach(contact.mail_failure)),
        )
        self._due(await keep_municipality(copy, sequence, self.unit(transaction)))

    async def on_mark_notices_read(self, received: Received[v1.MarkNoticesRead], transaction: Transaction) -> None:
        """Note who has read what, and tell how that ended."""
        body, command_id = received.body, received.envelope.id
        command = MarkNoticesRead(body.municipality_id, body.actor.user_id, body.notice_ids)
        outcome = await mark_notices_read(command, self.notices(transaction))
        topic = topics.NOTIFICATION_REPLIES.name
        await outcomes.store(transaction, command_id, topic, command_id, reply(command_id, outcome))

    async def on_choose_notices(self, received: Received[choices.ChooseNotices], transaction: Transaction) -> None:
        """Keep how a user wants notices to reach them, and tell how that ended."""
        body, command_id = received.body, received.envelope.id
        command = ChooseNotices(
            municipality_id=body.municipality_id,
            user_id=body.actor.user_id,
            role=body.actor.role.value,
            writes=body.actor.role is codes.Role.SETTLEMENT_WRITER,
            contact_id=body.contact_id,
            deliveries={NoticeKind(one.kind): Delivery(one.delivery) for one in body.choices},
        )
        outcome = await choose_notices(command, self.unit(transaction))
        topic = topics.NOTIFICATION_REPLIES.name
        await outcomes.store(transaction, command_id, topic, command_id, reply(command_id, outcome))

    async def on_repeated_command(self, received: Received[Any], transaction: Transaction) -> None:
        """Tell again how the command ended: whoever repeats it has not heard."""
        await outcomes.repeat(transaction, received.envelope.id)

    def _due(self, mails: int) -> None:
        if mails:
            self.wake()


def _addresses(body: municipality.MunicipalityState, role: codes.ContactRole) -> tuple[str, ...]:
    return tuple(contact.email for contact in body.contacts if role in contact.roles)
