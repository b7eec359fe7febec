"""What operators may ask of notification."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chassis.storage.orders import Action
from chassis.storage.transaction import Transaction
from services.notification.domain.notices import MailDecision
from services.notification.use_cases.bounce_mail import bounce_mail
from services.notification.use_cases.decide_mail import decide_mail
from services.notification.use_cases.ports import Unit


def orders(unit: Callable[[Transaction], Unit], wake: Callable[[], None]) -> Mapping[str, Action]:
    """Give the actions: ``resend`` a mail, take it as ``arrived``, or note that it ``bounced``.

    Targets are mail ids; of one that bounced ``<mail id> <code>``.
    """

    async def resend(mail_id: str, transaction: Transaction) -> str:
        outcome = await decide_mail(mail_id, MailDecision.RESEND, unit(transaction))
        wake()
        return outcome

    async def arrived(mail_id: str, transaction: Transaction) -> str:
        return await decide_mail(mail_id, MailDecision.ARRIVED, unit(transaction))

    async def bounced(target: str, transaction: Transaction) -> str:
        mail_id, _, code = target.partition(" ")
        return await bounce_mail(mail_id, int(code), unit(transaction))

    return {MailDecision.RESEND: resend, MailDecision.ARRIVED: arrived, "bounced": bounced}
