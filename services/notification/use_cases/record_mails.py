"""Record what becomes of mails in hand: several in one transaction, each as if it were alone in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from services.notification.domain.notices import Change, MailSent, end_mail
from services.notification.use_cases.ports import Claim, Unit


async def record_mails(
    begun: Sequence[Claim], sent: Mapping[Claim, str | None], lease: timedelta, unit: Unit
) -> tuple[Collection[Claim], Collection[Claim]]:
    """Note which the server may have from now on, and which it has taken; gives those of each that were noted.

    sent: each with the traceparent of its sending, which what is told of it goes on from. Where a claim is not its
    mail's last any more, nothing is noted of it. The notices' locks come first, as ever.
    """
    about = {notice_id for claim in sent for notice_id in claim.mail.notice_ids}
    notices = {notice.notice_id: notice for notice in await unit.notices.lock_all(sorted(about))} if about else {}
    noted = await unit.mails.take_as_handed_over(list(sent)) if sent else ()
    changes: list[Change] = []
    traces: list[str | None] = []
    for claim, trace in sent.items():
        if claim not in noted:
            continue
        for notice_id in claim.mail.notice_ids:
            change = end_mail(notices[notice_id], MailSent(claim.mail.receiver))
            notices[notice_id] = change[0]  # another of the mails may be about it too
            changes.append(change)
            traces.append(trace)
    await unit.notices.save(changes, traces)
    return await unit.mails.begin_hand_over(begun, unit.now + lease) if begun else (), noted
