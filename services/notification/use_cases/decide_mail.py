"""Operations decide about a mail that is not known to have been sent: send it again, or take it as arrived."""

from __future__ import annotations

from enum import StrEnum

from services.notification.domain.notices import MailDecision, decide_mail as decided
from services.notification.use_cases.ports import Unit


class Decided(StrEnum):
    """What came of it."""

    DONE = "done"
    NOT_FAILED = "there is no such mail that failed or is unsure"
    FORGOTTEN = "it is no longer known whom it was for: 30 days have passed"


async def decide_mail(mail_id: str, decision: MailDecision, unit: Unit) -> Decided:
    """Carry a decision out."""
    mail = await unit.mails.ended(mail_id)
    if mail is None or mail.failure is None:
        return Decided.NOT_FAILED
    if decision is MailDecision.RESEND and mail.receiver is None:
        return Decided.FORGOTTEN
    notices = await unit.notices.lock_all(mail.notice_ids)
    change = unit.mails.resume if decision is MailDecision.RESEND else unit.mails.take_as_sent
    if not await change(mail):
        return Decided.NOT_FAILED
    await unit.notices.save([decided(notice, mail.failure, decision, mail.receiver) for notice in notices])
    return Decided.DONE
