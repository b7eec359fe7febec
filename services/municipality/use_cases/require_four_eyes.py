"""Have a municipality's answers need two, or not any more."""

from __future__ import annotations

from dataclasses import dataclass

from services.municipality.domain.codes import Role
from services.municipality.domain.refusals import UnknownMunicipality
from services.municipality.use_cases.outcomes import Accepted, Outcome, Refused
from services.municipality.use_cases.ports import Municipalities


@dataclass(frozen=True, slots=True)
class RequireFourEyes:
    """Whether another one must send an answer than the one who approved it."""

    municipality_id: str
    required: bool
    role: Role


async def require_four_eyes(command: RequireFourEyes, municipalities: Municipalities) -> Outcome:
    """Require it, or not any more; or refuse."""
    municipality = await municipalities.get(command.municipality_id)
    if municipality is None:
        return Refused(command.municipality_id, None, UnknownMunicipality(command.municipality_id))
    decided = municipality.require_four_eyes(required=command.required, role=command.role)
    if not isinstance(decided, tuple):
        return Refused(municipality.id, municipality.version, decided)
    changed, events = decided
    await municipalities.save(changed, events)
    return Accepted(changed.id, changed.version)
