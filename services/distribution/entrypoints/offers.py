"""What distribution does with each message of IMDi's: map, call a use case, return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.reading import decoding
from chassis.reading.subscriptions import Reading, Received, Record
from chassis.storage.transaction import Transaction
from chassis.validation import FieldError
from contracts.imdi import v1
from contracts.upcasts import BY_TYPE
from services.distribution.domain.calendar import day_in_oslo
from services.distribution.entrypoints import inbound
from services.distribution.use_cases.confirm_placement import confirm_placement
from services.distribution.use_cases.correct_address import correct_address
from services.distribution.use_cases.erase_persons import erase
from services.distribution.use_cases.extend_deadline import extend_deadline
from services.distribution.use_cases.ports import Held, Ports
from services.distribution.use_cases.publish_list import Incoming, publish_list
from services.distribution.use_cases.reply_in_thread import reply_in_thread
from services.distribution.use_cases.withdraw import withdraw

CLASSES = {
    message.message_type: message
    for message in (
        v1.PublishDistributionList,
        v1.ConfirmPlacement,
        v1.WithdrawList,
        v1.WithdrawPersons,
        v1.ErasePersons,
        v1.ExtendDeadline,
        v1.ReplyInThread,
        v1.CorrectAddress,
    )
}
NO_BODY = FieldError("", "no-body", "The record has no body.")


@dataclass(frozen=True, slots=True)
class Offers:
    """Handlers of ``imdi.distribution-lists``. ``ports`` over a transaction, as the bootstrap gives them."""

    ports: Callable[[Transaction], Ports]

    async def ahead(self, coming: Sequence[Received[Any]], transaction: Transaction) -> None:
        """Have asked together what is asked of each message of a chunk: which lists, persons and numbers there are."""
        ports, bodies = self.ports(transaction), [received.body for received in coming if received.body is not None]
        new = [body for body in bodies if isinstance(body, v1.PublishDistributionList)]
        named = {body.list_id for body in bodies} - {body.list_id for body in new}
        # Locked first: what holds a place is asked of once nobody else can change it.
        await ports.lists.look_up(named | {body.replaces for body in new if body.replaces is not None}, None)
        if new:
            persons = (person.identity for body in new for person in body.persons)
            await ports.lists.look_up_offered({body.list_id for body in new}, persons)
        numbers = {body.municipality_number for body in bodies}
        await ports.municipalities.look_up_bearers(numbers, day_in_oslo(transaction.now))

    async def on_message(self, received: Received[Any], transaction: Transaction) -> None:
        """Do what IMDi says, or send it back."""
        await self._heed(received, transaction, transaction.now)

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
        else:
            await self.on_message(received, transaction)

    async def resume(self, held: Held, transaction: Transaction) -> None:
        """Handle a message that has waited, with itself as the cause of what follows, as of when it came."""
        # It may have come before this release, in the major that there was then.
        reading = Reading(CLASSES, sequenced=False, upcasts=BY_TYPE)
        item = decoding.read(inbound.record_of(held.original), reading)
        seen = transaction.caused_by(item.cause, transaction.now)
        assert item.received is not None, "it was sound when it came"
        await self._heed(item.received, seen, held.received_at)

    async def _heed(self, received: Received[Any], transaction: Transaction, received_at: datetime) -> None:
        ports = self.ports(transaction)
        match received.body:
            case v1.ConfirmPlacement():
                await confirm_placement(inbound.confirmation(received), ports, received_at=received_at)
            case v1.WithdrawList() | v1.WithdrawPersons():
                await withdraw(inbound.withdrawal(received), ports, received_at=received_at)
            case v1.ErasePersons():
                await erase(inbound.erasure(received), ports, received_at=received_at)
            case v1.ExtendDeadline():
                await extend_deadline(inbound.extension(received), ports, received_at=received_at)
            case v1.ReplyInThread():
                await reply_in_thread(inbound.reply(received), ports, received_at=received_at)
            case v1.CorrectAddress():
                await correct_address(inbound.address_correction(received), ports, received_at=received_at)
            case _:
                await self._publish(inbound.sound(received), transaction, received_at)

    async def _publish(self, incoming: Incoming, transaction: Transaction, received_at: datetime) -> None:
        ports = self.ports(transaction)
        await publish_list(incoming, ports, received_at=received_at, now=transaction.now)
