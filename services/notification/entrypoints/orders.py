"""What operators may ask of notification."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chassis.orders import Action
from chassis.transaction import Transaction
from services.notification.domain.notices import MailDecision
from services.notification.use_cases.decide_mail import decide_mail
from services.notification.use_cases.ports import Unit


def orders(unit: Callable[[Transaction], Unit], wake: Callable[[], None]) -> Mapping[str, Action]:
    """Give the actions: ``resend`` a mail, or take it as ``arrived``. Targets are mail ids."""

    async def resend(mail_id: str, transaction: Transaction) -> str:
        outcome = await decide_mail(mail_id, MailDecision.RESEND, unit(transaction))
        wake()
        return outcome

    async def arrived(mail_id: str, transaction: Transaction) -> str:
        return await decide_mail(mail_id, MailDecision.ARRIVED, unit(transaction))

    return {MailDecision.RESEND: resend, MailDecision.ARRIVED: arrived}
