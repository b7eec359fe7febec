"""What distribution does with each message of IMDi's: map, call a use case, return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis import decoding
from chassis.subscriptions import Reading, Received, Record
from chassis.transaction import Transaction
from chassis.validation import FieldError
from contracts.imdi import v1
from contracts.upcasts import BY_TYPE
from services.distribution.entrypoints import inbound
from services.distribution.use_cases.confirm_placement import confirm_placement
from services.distribution.use_cases.ports import Held
from services.distribution.use_cases.publish_list import Incoming, Ports, publish_list
from services.distribution.use_cases.withdraw import withdraw

NO_BODY = FieldError("", "no-body", "The record has no body.")


@dataclass(frozen=True, slots=True)
class Offers:
    """Handlers of ``imdi.distribution-lists``. ``ports`` over a transaction, as the bootstrap gives them."""

    ports: Callable[[Transaction], Ports]

    async def on_publish_distribution_list(
        self, received: Received[v1.PublishDistributionList], transaction: Transaction
    ) -> None:
        """Take a list, or send it back."""
        await self._publish(inbound.sound(received), transaction, transaction.now)

    async def on_confirm_placement(self, received: Received[v1.ConfirmPlacement], transaction: Transaction) -> None:
        """Place whom IMDi confirms, or send the confirmation back."""
        ports = self.ports(transaction)
        await confirm_placement(
            inbound.confirmation(received),
            ports.lists,
            ports.municipalities,
            ports.rejections,
            received_at=transaction.now,
        )

    async def on_withdraw(
        self, received: Received[v1.WithdrawList | v1.WithdrawPersons], transaction: Transaction
    ) -> None:
        """Take back what IMDi withdraws, or send the withdrawal back."""
        ports = self.ports(transaction)
        await withdraw(
            inbound.withdrawal(received),
            ports.lists,
            ports.municipalities,
            ports.rejections,
            received_at=transaction.now,
        )

    async def on_invalid(self, record: Record, errors: Sequence[FieldError], transaction: Transaction) -> None:
        """Send back what is no message of this topic, with all that is wrong in it."""
        await self._publish(inbound.unsound(record, errors), transaction, transaction.now)

    async def on_tombstone(self, received: Received[Any], transaction: Transaction) -> None:
        """Send back a record without a body: nothing is erased in this way."""
        await self.on_invalid(received.raw, [NO_BODY], transaction)

    async def on_duplicate(self, received: Received[Any], transaction: Transaction) -> None:
        """Handle a message whose id has been seen: what counts is its content under the list's id.

        So a list that was sent back can be published again as it is, a changed one under a used id is refused, and
        a record that is only delivered again changes nothing.
        """
        if await self.ports(transaction).rejections.has(inbound.original(received.raw)):
            return
        if received.is_tombstone:
            await self.on_tombstone(received, transaction)
        elif isinstance(received.body, v1.ConfirmPlacement):
            await self.on_confirm_placement(received, transaction)
        elif isinstance(received.body, v1.WithdrawList | v1.WithdrawPersons):
            await self.on_withdraw(received, transaction)
        else:
            await self.on_publish_distribution_list(received, transaction)

    async def resume(self, held: Held, transaction: Transaction) -> None:
        """Take a list that has waited for the register, with its own message as the cause of what follows."""
        classes = {v1.PublishDistributionList.message_type: v1.PublishDistributionList}
        # It may have come before this release, in the major that there was then.
        item = decoding.read(inbound.record_of(held.original), Reading(classes, sequenced=False, upcasts=BY_TYPE))
        seen = transaction.caused_by(item.cause, transaction.now)
        assert item.received is not None, "it was sound when it came"
        await self._publish(inbound.sound(item.received), seen, held.received_at)

    async def _publish(self, incoming: Incoming, transaction: Transaction, received_at: datetime) -> None:
        await publish_list(incoming, self.ports(transaction), received_at=received_at)
