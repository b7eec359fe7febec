"""What operators may ask of letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chassis.storage.orders import Action
from chassis.storage.transaction import Transaction
from services.letters.use_cases.make_again import make_again
from services.letters.use_cases.ports import Unit
from services.letters.use_cases.send_again import send_again


def orders(unit: Callable[[Transaction], Unit]) -> Mapping[str, Action]:
    """Give the actions: ``resend`` a letter, ``remake`` one that could not be made. Targets are letter ids."""

    async def resend(letter_id: str, transaction: Transaction) -> str:
        return await send_again(letter_id, unit(transaction))

    async def remake(letter_id: str, transaction: Transaction) -> str:
        return await make_again(letter_id, unit(transaction))

    return {"resend": resend, "remake": remake}
