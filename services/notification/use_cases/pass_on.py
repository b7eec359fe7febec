"""Somebody must know: where those who were to be mailed did not hear, others do, and else IMDi."""

from __future__ import annotations

from collections.abc import Sequence

from services.notification.domain.notices import Notice, nobody_to_write_to
from services.notification.use_cases.identities import mail_id
from services.notification.use_cases.ports import NewMail, Unit


async def pass_on(notices: Sequence[Notice], missed: str | None, unit: Unit) -> int:
    """Mail to whoever else can be reached what nobody has heard of, or tell that there is nobody.

    notices: locked, as they stand after the failure. missed: the address that did not hear. Only of what somebody has
    to hear of, and only once no other mail about it has arrived, is under way or waits for a digest. What they had
    chosen does not count here: they would else not be needed. Returns how many mails are planned.
    """
    planned = 0
    for notice in notices:
        if notice.kind.must_be_heard and not await unit.mails.may_be_heard(notice.notice_id):
            planned += await _to_others(notice, missed, unit)
    return planned


async def _to_others(notice: Notice, missed: str | None, unit: Unit) -> int:
    municipality = await unit.announcements.municipality(notice.municipality_id)
    assert municipality is not None, "mails are planned for who is here"
    own = missed.casefold() if missed else None
    others = [address for address in municipality.in_need(notice.kind) if address.casefold() != own]
    own_id = notice.notice_id
    planned = await unit.mails.plan([NewMail(mail_id(own_id, address), own_id, address) for address in others])
    if not planned:
        await unit.notices.save([nobody_to_write_to(notice, len(municipality.concerned(notice.kind)))])
    return planned
