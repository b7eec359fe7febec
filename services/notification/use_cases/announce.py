"""Write to a municipality about a notice: plan the mails, once it is known to whom, at once or in the daily digest."""

from __future__ import annotations

from collections.abc import Mapping

from services.notification.domain.choices import Delivery, deliver
from services.notification.domain.mail import Announcement, Municipality
from services.notification.domain.notices import Notice, nobody_to_write_to
from services.notification.use_cases.identities import contact_id, mail_id
from services.notification.use_cases.ports import Unit


async def announce(notice: Notice, announcement: Announcement, unit: Unit) -> int:
    """Announce a notice that has just been posted: nobody else has seen it, so it is not read again.

    Returns how many mails are planned; 0 also where the municipality is not here yet.
    """
    await unit.announcements.add(notice.notice_id, announcement)
    if not await unit.announcements.await_municipality(notice.notice_id, notice.municipality_id):
        return 0
    return await _plan(notice, unit)


async def keep_municipality(municipality: Municipality, version: int, unit: Unit) -> int:
    """Keep a copy of a municipality, and plan the mails that waited for it. Returns how many."""
    await unit.announcements.keep_municipality(municipality, version)
    waited = await unit.announcements.arrived(municipality.municipality_id, version)
    return sum([await _plan(await unit.notices.lock(notice_id), unit) for notice_id, _ in waited])


async def _plan(notice: Notice, unit: Unit) -> int:
    notice_id = notice.notice_id
    municipality = await unit.announcements.municipality(notice.municipality_id)
    assert municipality is not None, "it has arrived"
    receivers = municipality.receivers(notice.kind)
    if not receivers and notice.kind.must_be_heard:
        await unit.notices.save([nobody_to_write_to(notice, len(municipality.concerned(notice.kind)))])
    ways = await _ways(notice, municipality, unit)
    at_once = [address for address in receivers if ways.get(address, Delivery.AT_ONCE) is Delivery.AT_ONCE]
    await unit.digests.wait(notice_id, [one for one in receivers if ways.get(one) is Delivery.DAILY])
    return await unit.mails.plan(notice_id, [(mail_id(notice_id, address), address) for address in at_once])


async def _ways(notice: Notice, municipality: Municipality, unit: Unit) -> Mapping[str, Delivery]:
    """Tell how it reaches the writers; escalation contacts are not asked how."""
    if municipality.escalates(notice.kind):
        return {}
    writers = {address: contact_id(address) for address in municipality.receivers(notice.kind)}
    return deliver(notice.kind, writers, await unit.choices.held(municipality.written_as), notice.read_by)
