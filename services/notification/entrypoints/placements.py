"""What notification does with placements: it waits for the settlement dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.subscriptions import Handler, Received
from chassis.transaction import Transaction
from contracts.distribution import v1 as distribution
from contracts.envelope import Message
from services.notification.use_cases.ports import Unit
from services.notification.use_cases.watch import no_more_persons, persons_placed, settlement_planned


@dataclass(frozen=True, slots=True)
class Placements:
    """The handlers, over adapters that the bootstrap gives."""

    unit: Callable[[Transaction], Unit]

    def handlers(self) -> dict[type[Message], Handler]:
        """List the handlers of what is told of placements alone."""
        return {
            distribution.PersonsPlaced: self.on_placed,
            distribution.SettlementPlanned: self.on_planned,
            distribution.PersonSettled: self.on_settled,
            distribution.PersonsErased: self.on_erased,
        }

    async def on_placed(self, received: Received[distribution.PersonsPlaced], transaction: Transaction) -> None:
        """Wait for each one's settlement date."""
        body = received.body
        numbers = [person.running_number for person in body.persons]
        watches = self.unit(transaction).watches
        await persons_placed(body.municipality_id, body.list_id, numbers, body.placed_on, watches)

    async def on_planned(self, received: Received[distribution.SettlementPlanned], transaction: Transaction) -> None:
        """Wait until the planned week is over."""
        body = received.body
        monday = date.fromisocalendar(body.week.year, body.week.week, 1) if body.week else None
        await settlement_planned(body.list_id, body.running_numbers, monday, self.unit(transaction).watches)

    async def on_settled(self, received: Received[distribution.PersonSettled], transaction: Transaction) -> None:
        """Wait no longer."""
        body = received.body
        await no_more_persons(body.list_id, [body.person.running_number], self.unit(transaction).watches)

    async def on_erased(self, received: Received[distribution.PersonsErased], transaction: Transaction) -> None:
        """Wait no longer."""
        await no_more_persons(received.body.list_id, received.body.running_numbers, self.unit(transaction).watches)

    async def withdrawn(self, received: Received[Any], transaction: Transaction) -> None:
        """Wait no longer for whom IMDi has taken back."""
        numbers = [person.running_number for person in received.body.persons]
        await no_more_persons(received.body.list_id, numbers, self.unit(transaction).watches)
