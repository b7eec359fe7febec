"""Take how a user wants notices to reach them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.notification.domain.choices import Choice, Delivery, NotAContact, RoleMayNotWrite, choose
from services.notification.domain.notices import NoticeKind
from services.notification.use_cases.identities import choice_subject, contact_id
from services.notification.use_cases.outcomes import Accepted, Outcome, Refused
from services.notification.use_cases.ports import Unit


@dataclass(frozen=True, slots=True)
class ChooseNotices:
    """``user_id``: the acting user's pseudonym. ``writes``: whether their role gets notices by e-mail at all."""

    municipality_id: str
    user_id: str
    role: str
    writes: bool
    contact_id: str | None
    deliveries: Mapping[NoticeKind, Delivery]


async def choose_notices(command: ChooseNotices, unit: Unit) -> Outcome:
    """Keep the choice, or refuse. Two users of a municipality take turns: together they could silence it."""
    subject = choice_subject(command.municipality_id, command.user_id)
    if not command.writes:
        return Refused(subject, RoleMayNotWrite(command.role))
    held = await unit.choices.lock(command.municipality_id)
    municipality = await unit.announcements.municipality(command.municipality_id)
    if municipality is None:
        return Refused(subject, NotAContact())
    wanted = Choice(command.municipality_id, command.user_id, 0, command.contact_id, command.deliveries)
    writers = {contact_id(address) for address in municipality.writers}
    reached = {contact_id(address) for address in municipality.receivers(NoticeKind.LIST_RECEIVED)}
    decided = choose(wanted, held, writers, reached)
    if not isinstance(decided, Choice):
        return Refused(subject, decided)
    if decided not in held:
        await unit.choices.save(decided)
    return Accepted(subject, decided.version)
