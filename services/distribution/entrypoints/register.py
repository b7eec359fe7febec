"""What distribution does with the register of municipalities: map, call a use case, go on with what waited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.reading.subscriptions import Received
from chassis.storage.transaction import Transaction
from contracts.municipality import v1
from services.distribution.entrypoints.offers import Offers
from services.distribution.use_cases.keep_municipalities import keep_municipalities
from services.distribution.use_cases.ports import Municipalities, RegisteredMunicipality, Waiting


@dataclass(frozen=True, slots=True)
class Register:
    """Handler of ``municipality.state``, over adapters that the bootstrap gives."""

    municipalities: Callable[[Transaction], Municipalities]
    waiting: Callable[[Transaction], Waiting]
    offers: Offers

    async def on_register(self, batch: Sequence[Received[Any]], transaction: Transaction) -> None:
        """Follow the register. No municipality is ever erased from it, so tombstones say nothing."""
        bodies = [received.body for received in batch]
        changed = [
            RegisteredMunicipality(
                body.municipality_id, body.number, body.valid_from, body.four_eyes, body.successor, body.merged_on
            )
            for body in bodies
            if isinstance(body, v1.MunicipalityState)
        ]
        sizes = [body.municipalities for body in bodies if isinstance(body, v1.RegisterState)]
        released = await keep_municipalities(
            changed, sizes[-1] if sizes else None, self.municipalities(transaction), self.waiting(transaction)
        )
        for held in released:
            await self.offers.resume(held, transaction)
