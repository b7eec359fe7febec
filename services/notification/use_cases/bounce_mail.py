"""A mail that the server had taken came back: it could not be delivered."""

from __future__ import annotations

from enum import StrEnum

from services.notification.domain.notices import MailFailure, bounce_mail as bounced
from services.notification.use_cases.pass_on import pass_on
from services.notification.use_cases.ports import Unit

ARRIVED_FOR_ALL_WE_KNEW = (None, MailFailure.UNSURE)


class Bounced(StrEnum):
    """What came of it."""

    DONE = "done"
    UNKNOWN = "there is no such mail"
    UNDER_WAY = "it is not recorded yet how it was sent"
    KNOWN = "it is known already that it did not arrive"


async def bounce_mail(mail_id: str, code: int, unit: Unit) -> Bounced:
    """Note it. ``code``: the receiving server's last word, as SMTP has it."""
    mail = await unit.mails.ended(mail_id)
    if mail is None:
        return Bounced.UNDER_WAY if await unit.mails.under_way(mail_id) else Bounced.UNKNOWN
    if mail.failure not in ARRIVED_FOR_ALL_WE_KNEW:
        return Bounced.KNOWN
    notices = await unit.notices.lock_all(mail.notice_ids)
    if not await unit.mails.bounce(mail, code):
        return Bounced.UNDER_WAY
    unsure = mail.failure is not None
    changes = [bounced(notice, mail.receiver, was_unsure=unsure) for notice in notices]
    await unit.notices.save(changes)
    await pass_on([notice for notice, _ in changes], mail.receiver, unit)
    return Bounced.DONE
