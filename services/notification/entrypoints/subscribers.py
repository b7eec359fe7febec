"""What notification does with each message: map, call a use case, return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chassis import outcomes
from chassis.subscriptions import Dedupe, Received, Subscription
from chassis.transaction import Transaction
from contracts import codes, topics
from contracts.distribution import threads_v1 as threads, v1 as distribution
from contracts.municipality import v1 as municipality
from contracts.notification import choices, v1
from contracts.notification.contacts import out_of_reach
from services.notification.domain.choices import Delivery
from services.notification.domain.mail import Announcement, Answer, Language, Municipality
from services.notification.domain.notices import NoticeKind
from services.notification.entrypoints.letters import LetterSubscribers
from services.notification.entrypoints.placements import Placements
from services.notification.entrypoints.replies import reply
from services.notification.use_cases.announce import announce, keep_municipality
from services.notification.use_cases.choose_notices import ChooseNotices, choose_notices
from services.notification.use_cases.mark_notices_read import MarkNoticesRead, mark_notices_read
from services.notification.use_cases.ports import Notices, Unit
from services.notification.use_cases.post_notice import PostNotice, post_notice

DEADLINES: Mapping[type[distribution.DeadlineEvent], NoticeKind] = {
    distribution.DeadlineNear: NoticeKind.DEADLINE_NEAR,
    distribution.DeadlineToday: NoticeKind.DEADLINE_TODAY,
    distribution.ListOverdue: NoticeKind.LIST_OVERDUE,
    distribution.DeadlineExtended: NoticeKind.DEADLINE_EXTENDED,
}


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The handlers, over adapters that the bootstrap gives. ``wake``: mails are due once this has committed."""

    notices: Callable[[Transaction], Notices]
    unit: Callable[[Transaction], Unit]
    wake: Callable[[], None]

    @property
    def placements(self) -> Placements:
        """What is done with placements."""
        return Placements(self.unit)

    def subscriptions(self) -> list[Subscription]:
        """List what notification reads."""
        return [
            Subscription(
                topics.DISTRIBUTION_EVENTS.name,
                messages={
                    distribution.ListReceived: self.on_list_received,
                    distribution.ListAnswered: self.on_list_answered,
                    distribution.ListWithdrawn: self.on_list_withdrawn,
                    distribution.PersonsWithdrawn: self.on_persons_withdrawn,
                    distribution.DeadlineNear: self.on_deadline,
                    distribution.DeadlineToday: self.on_deadline,
                    distribution.ListOverdue: self.on_deadline,
                    distribution.DeadlineExtended: self.on_deadline,
                    distribution.ListApproved: self.on_list_approved,
                    threads.ImdiWrote: self.on_imdi_wrote,
                    **self.placements.handlers(),
                },
                known=frozenset(topics.DISTRIBUTION_EVENTS.types),
                dedupe=Dedupe.SEQUENCE,
            ),
            Subscription(
                topics.MUNICIPALITY_STATE.name,
                messages={municipality.MunicipalityState: self.on_municipality},
                known=frozenset(topics.MUNICIPALITY_STATE.types),
                dedupe=Dedupe.SNAPSHOT,
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

    async def on_list_received(self, received: Received[distribution.ListReceived], transaction: Transaction) -> None:
        """Tell the municipality that a list has arrived."""
        body = received.body
        announcement = Announcement(len(body.persons), body.deadline)
        await self._post(NoticeKind.LIST_RECEIVED, received, announcement, transaction)

    async def on_list_answered(self, received: Received[distribution.ListAnswered], transaction: Transaction) -> None:
        """Tell the municipality that its list has been answered."""
        body, unit = received.body, self.unit(transaction)
        answer = Answer(len(body.accepted), body.answered_on, body.late)
        deadline = await unit.announcements.deadline(body.list_id)
        announcement = Announcement(len(body.accepted) + len(body.declined), deadline, answer)
        await self._post(NoticeKind.LIST_ANSWERED, received, announcement, transaction)

    async def on_list_withdrawn(self, received: Received[distribution.ListWithdrawn], transaction: Transaction) -> None:
        """Tell the municipality that IMDi has taken the list back."""
        await self.placements.withdrawn(received, transaction)
        announcement = Announcement(len(received.body.persons), None)
        await self._post(NoticeKind.LIST_WITHDRAWN, received, announcement, transaction)

    async def on_persons_withdrawn(
        self, received: Received[distribution.PersonsWithdrawn], transaction: Transaction
    ) -> None:
        """Tell the municipality that IMDi has taken persons of the list back."""
        await self.placements.withdrawn(received, transaction)
        announcement = Announcement(len(received.body.persons), None)
        await self._post(NoticeKind.PERSONS_WITHDRAWN, received, announcement, transaction)

    async def on_deadline(self, received: Received[distribution.DeadlineEvent], transaction: Transaction) -> None:
        """Tell the municipality what the reply clock of a list says, or that IMDi set it back."""
        body = received.body
        await self._post(DEADLINES[type(body)], received, Announcement(body.persons, body.deadline), transaction)

    async def on_list_approved(self, received: Received[distribution.ListApproved], transaction: Transaction) -> None:
        """Where another one must send, tell the colleagues of who approved that the list waits for one of them."""
        body, unit = received.body, self.unit(transaction)
        municipality = await unit.announcements.municipality(body.municipality_id)
        if municipality is None or not municipality.four_eyes:
            return
        deadline = await unit.announcements.deadline(body.list_id)
        announcement = Announcement(body.accepted + body.declined, deadline)
        await self._post(NoticeKind.COLLEAGUE_APPROVED, received, announcement, transaction, by=body.approved_by)

    async def on_imdi_wrote(self, received: Received[threads.ImdiWrote], transaction: Transaction) -> None:
        """Tell the municipality that IMDi has written in a thread of the list; not what, and not about whom."""
        announcement = Announcement(received.body.persons, received.body.deadline)
        await self._post(NoticeKind.IMDI_WROTE, received, announcement, transaction)

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

    async def _post(
        self,
        kind: NoticeKind,
        received: Received[distribution.ListEvent],
        announcement: Announcement,
        transaction: Transaction,
        *,
        by: str | None = None,
    ) -> None:
        body, sequence = received.body, received.envelope.sequence
        assert sequence is not None, "the subscription dead-letters an event without"
        command = PostNotice(kind, body.municipality_id, body.list_id, sequence, received.envelope.time, by=by)
        if notice := await post_notice(command, self.notices(transaction)):
            self._due(await announce(notice, announcement, self.unit(transaction)))

    def _due(self, mails: int) -> None:
        if mails:
            self.wake()


def _addresses(body: municipality.MunicipalityState, role: codes.ContactRole) -> tuple[str, ...]:
    return tuple(contact.email for contact in body.contacts if role in contact.roles)
