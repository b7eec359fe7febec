"""What notification does with each message: map, call a use case, return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chassis import outcomes
from chassis.subscriptions import Dedupe, Received, Subscription
from chassis.transaction import Transaction
from contracts import topics
from contracts.distribution import v1 as distribution
from contracts.notification import v1
from services.notification.domain.notices import NoticeKind
from services.notification.entrypoints.replies import reply
from services.notification.use_cases.mark_notices_read import MarkNoticesRead, mark_notices_read
from services.notification.use_cases.ports import Notices
from services.notification.use_cases.post_notice import PostNotice, post_notice


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The handlers, over adapters that the bootstrap gives."""

    notices: Callable[[Transaction], Notices]

    def subscriptions(self) -> list[Subscription]:
        """List what notification reads."""
        return [
            Subscription(
                topics.DISTRIBUTION_EVENTS.name,
                messages={
                    distribution.ListReceived: self.on_list_received,
                    distribution.ListAnswered: self.on_list_answered,
                },
                known=frozenset(topics.DISTRIBUTION_EVENTS.types),
                dedupe=Dedupe.SEQUENCE,
            ),
            Subscription(
                topics.NOTIFICATION_COMMANDS.name,
                messages={v1.MarkNoticesRead: self.on_mark_notices_read},
                dedupe=Dedupe.ID,
                on_duplicate=self.on_repeated_command,
            ),
        ]

    async def on_list_received(self, received: Received[distribution.ListReceived], transaction: Transaction) -> None:
        """Tell the municipality that a list has arrived."""
        await self._post(NoticeKind.LIST_RECEIVED, received, transaction)

    async def on_list_answered(self, received: Received[distribution.ListAnswered], transaction: Transaction) -> None:
        """Tell the municipality that its list has been answered."""
        await self._post(NoticeKind.LIST_ANSWERED, received, transaction)

    async def on_mark_notices_read(self, received: Received[v1.MarkNoticesRead], transaction: Transaction) -> None:
        """Note who has read what, and tell how that ended."""
        body, command_id = received.body, received.envelope.id
        command = MarkNoticesRead(body.municipality_id, body.actor.user_id, body.notice_ids)
        outcome = await mark_notices_read(command, self.notices(transaction))
        topic = topics.NOTIFICATION_REPLIES.name
        await outcomes.store(transaction, command_id, topic, command_id, reply(command_id, outcome))

    async def on_repeated_command(self, received: Received[v1.MarkNoticesRead], transaction: Transaction) -> None:
        """Tell again how the command ended: whoever repeats it has not heard."""
        await outcomes.repeat(transaction, received.envelope.id)

    async def _post(
        self, kind: NoticeKind, received: Received[distribution.ListEvent], transaction: Transaction
    ) -> None:
        body = received.body
        command = PostNotice(kind, body.municipality_id, body.list_id, received.envelope.time)
        await post_notice(command, self.notices(transaction))
