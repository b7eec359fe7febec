"""Gather what waits for a receiver's daily digest into one mail."""

from __future__ import annotations

from services.notification.domain.notices import NoticeKind
from services.notification.domain.workdays import OSLO, last_digest
from services.notification.use_cases.identities import contact_id, digest_id
from services.notification.use_cases.pass_on import pass_on
from services.notification.use_cases.ports import Unit

MOST_DIGESTS = 50
"""Mails that one transaction plans: others get their turn between two."""


async def gather_digests(unit: Unit) -> tuple[int, bool]:
    """Plan the digests that are due. Returns how many mails that makes, and whether there are more.

    One for each municipality and receiver who waits for something that came about before the last 07:30 of a working
    day and has had none of that day. It tells of all that waits by now, so after a stop one goes out, late, and not one
    for each day. Who is no contact of the municipality any more, or cannot be reached, gets none: what somebody must
    hear of is then mailed to others.
    """
    due_at = last_digest(unit.now)
    day = due_at.astimezone(OSLO).date()
    waiting = await unit.digests.due(due_at, day, MOST_DIGESTS)
    planned = 0
    for one in waiting:
        municipality = await unit.announcements.municipality(one.municipality_id)
        writers = municipality.receivers(NoticeKind.LIST_RECEIVED) if municipality else ()
        reached = {contact_id(address) for address in writers}
        if contact_id(one.receiver) in reached:
            mail_id = digest_id(one.municipality_id, one.receiver, day)
            planned += await unit.digests.make(mail_id, one, day)
        else:
            notices = await unit.notices.lock_all(one.notice_ids)
            await unit.digests.drop(one)
            planned += await pass_on(notices, one.receiver, unit)
    return planned, len(waiting) == MOST_DIGESTS
