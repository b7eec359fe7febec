"""Write to a municipality about a notice: plan the mails, once it is known to whom, at once or in the daily digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.notification.domain.choices import Choice, Delivery, deliver
from services.notification.domain.mail import Announcement, Municipality
from services.notification.domain.notices import Notice, nobody_to_write_to
from services.notification.use_cases.identities import contact_id, mail_id
from services.notification.use_cases.ports import NewMail, Unit


async def announce(
    notices: Sequence[Notice], about: Mapping[str, Announcement], towns: Mapping[str, Municipality], unit: Unit
) -> int:
    """Announce notices that have just been posted: nobody else has seen them, so they are not read again.

    about: what the mails tell, by notice id. towns: those of the notices' municipalities that were here when it was
    looked, by id. Returns how many mails are planned; none about a notice whose municipality is not here yet.
    """
    await unit.announcements.add({notice.notice_id: about[notice.notice_id] for notice in notices})
    missing = [notice for notice in notices if notice.municipality_id not in towns]
    late = {notice.municipality_id for notice in missing if not await _waits(notice, unit)}
    if late:  # it has come since it was looked
        towns = {**towns, **await unit.announcements.municipalities(late)}
    return await _plan([notice for notice in notices if notice.municipality_id in towns], towns, unit)


async def keep_municipality(municipality: Municipality, version: int, unit: Unit) -> int:
    """Keep a copy of a municipality, and plan the mails that waited for it. Returns how many."""
    municipality_id = municipality.municipality_id
    await unit.announcements.keep_municipality(municipality, version)
    waited = await unit.announcements.arrived(municipality_id, version)
    if not waited:
        return 0
    towns = await unit.announcements.municipalities([municipality_id])
    return await _plan(await unit.notices.lock_all([notice_id for notice_id, _ in waited]), towns, unit)


async def _waits(notice: Notice, unit: Unit) -> bool:
    return not await unit.announcements.await_municipality(notice.notice_id, notice.municipality_id)


async def _plan(notices: Sequence[Notice], towns: Mapping[str, Municipality], unit: Unit) -> int:
    heard = [(notice, towns[notice.municipality_id]) for notice in notices]
    unheard = [each for each in heard if each[0].kind.must_be_heard and not each[1].receivers(each[0].kind)]
    await unit.notices.save([nobody_to_write_to(one, len(town.concerned(one.kind))) for one, town in unheard])
    ways = await _ways(heard, unit)
    items = [(one.notice_id, address) for one in notices for address in _by(ways[one.notice_id], Delivery.DAILY)]
    await unit.digests.wait(items)
    at_once = [(one.notice_id, address) for one in notices for address in _by(ways[one.notice_id], Delivery.AT_ONCE)]
    return await unit.mails.plan([NewMail(mail_id(one, address), one, address) for one, address in at_once])


async def _ways(heard: Sequence[tuple[Notice, Municipality]], unit: Unit) -> Mapping[str, Mapping[str, Delivery]]:
    """Tell how each notice reaches its receivers; escalation contacts are not asked how."""
    asked = {town.written_as for notice, town in heard if _is_asked(notice, town)}
    choices: dict[str, list[Choice]] = {town: [] for town in asked}
    for choice in await unit.choices.held(asked) if asked else ():
        choices[choice.municipality_id].append(choice)
    return {notice.notice_id: _ways_of(notice, town, choices.get(town.written_as, ())) for notice, town in heard}


def _ways_of(notice: Notice, town: Municipality, choices: Sequence[Choice]) -> Mapping[str, Delivery]:
    receivers = town.receivers(notice.kind)
    if not _is_asked(notice, town):
        return dict.fromkeys(receivers, Delivery.AT_ONCE)
    return deliver(notice.kind, {address: contact_id(address) for address in receivers}, choices, notice.read_by)


def _is_asked(notice: Notice, town: Municipality) -> bool:
    return not town.escalates(notice.kind) and bool(town.receivers(notice.kind))


def _by(ways: Mapping[str, Delivery], way: Delivery) -> list[str]:
    return [address for address, taken in ways.items() if taken is way]
