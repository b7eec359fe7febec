"""Replace a municipality's contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.municipality.domain.codes import Role
from services.municipality.domain.refusals import UnknownMunicipality
from services.municipality.domain.register import Contact
from services.municipality.use_cases.outcomes import Accepted, Outcome, Refused
from services.municipality.use_cases.ports import Municipalities


@dataclass(frozen=True, slots=True)
class RegisterContacts:
    """Replace the contacts by these. ``expected_version``: the municipality's."""

    municipality_id: str
    contacts: Sequence[Contact]
    expected_version: int
    role: Role


async def register_contacts(command: RegisterContacts, municipalities: Municipalities, *, today: date) -> Outcome:
    """Register the contacts, or refuse. ``today``: the day in Norway. Who has merged is written to as its successor."""
    municipality = await municipalities.get(command.municipality_id)
    if municipality is None:
        return Refused(command.municipality_id, None, UnknownMunicipality(command.municipality_id))
    if merged := municipality.refuses_new(today):
        return Refused(municipality.id, municipality.version, merged)
    decided = municipality.register_contacts(
        command.contacts, role=command.role, expected_version=command.expected_version
    )
    if not isinstance(decided, tuple):
        return Refused(municipality.id, municipality.version, decided)
    changed, events = decided
    await municipalities.save(changed, events)
    return Accepted(changed.id, changed.version)
