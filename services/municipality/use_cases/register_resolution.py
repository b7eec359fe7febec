"""Register a municipality's resolution for a year: with the request it makes the agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.municipality.domain.codes import Role
from services.municipality.domain.ledger import Resolution, YearId
from services.municipality.domain.refusals import UnknownMunicipality
from services.municipality.use_cases.outcomes import Accepted, Outcome, Refused
from services.municipality.use_cases.ports import Ledgers, Municipalities


@dataclass(frozen=True, slots=True)
class RegisterResolution:
    """The resolution for a ledger year. ``expected_version``: the ledger year's, 0 where it does not exist yet."""

    year_id: YearId
    resolution: Resolution
    expected_version: int
    role: Role
    more_is_meant: bool = False
    """Whether the actor means to take more places than IMDi asks for."""


async def register_resolution(
    command: RegisterResolution, ledgers: Ledgers, municipalities: Municipalities, *, today: date
) -> Outcome:
    """Register the resolution, or refuse. ``today``: the day in Norway.

    For a municipality that has merged, only in a year that has something: an agreement can be put right, none begins.
    """
    subject = str(command.year_id)
    municipality = await municipalities.get(command.year_id.municipality_id)
    year = await ledgers.year(command.year_id)
    if year is None or municipality is None:
        return Refused(subject, None, UnknownMunicipality(command.year_id.municipality_id))
    if year.version == 0 and (merged := municipality.refuses_new(today)):
        return Refused(subject, None, merged)
    decided = year.resolve(
        command.resolution,
        role=command.role,
        expected_version=command.expected_version,
        today=today,
        more_is_meant=command.more_is_meant,
    )
    if not isinstance(decided, tuple):
        return Refused(subject, year.version, decided)
    changed, events = decided
    await ledgers.save(changed, events)
    return Accepted(subject, changed.version)
