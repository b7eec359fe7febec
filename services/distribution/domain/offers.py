"""A list as IMDi offers it, before it is one of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from services.distribution.domain.calendar import day_in_oslo, default_deadline
from services.distribution.domain.codes import PlaceKind
from services.distribution.domain.events import ListReceived, PersonPlace
from services.distribution.domain.lists import Decided, DistributionList
from services.distribution.domain.persons import Details, Identity, Person
from services.distribution.domain.reoffers import Replacement


@dataclass(frozen=True, slots=True)
class OfferedPerson:
    """A person IMDi asks the municipality to settle."""

    running_number: int
    household: int
    unaccompanied_minor: bool
    details: Details
    identity: Identity


@dataclass(frozen=True, slots=True)
class Offer:
    """A list as it came, sound in form. ``digest`` is of its content: equal exactly where the content is."""

    list_id: str
    municipality_number: str
    deadline: date | None
    persons: tuple[OfferedPerson, ...]
    digest: bytes = field(repr=False)
    replaces: str | None = None
    self_settlement: str | None = None


def receive(
    offer: Offer, municipality_id: str, received_at: datetime, *, replaces: Replacement | None = None
) -> Decided:
    """Make the list of an offer that nothing is wrong with; everybody on it is pre-selected (domain §3)."""
    persons = tuple(_person(offered) for offered in sorted(offer.persons, key=lambda person: person.running_number))
    received = DistributionList(
        id=offer.list_id,
        municipality_id=municipality_id,
        municipality_number=offer.municipality_number,
        year=day_in_oslo(received_at).year,
        received_at=received_at,
        deadline=offer.deadline or default_deadline(received_at),
        persons=persons,
        replaces=replaces.list_id if replaces else None,
        replaces_shown=replaces is not None and replaces.shown,
        self_settlement=offer.self_settlement,
    )
    places = tuple(PersonPlace(person.running_number, person.place_kind) for person in persons)
    events = (ListReceived(1, received.deadline, places, offer.self_settlement),)
    return received.after(events), events


def _person(offered: OfferedPerson) -> Person:
    return Person(
        running_number=offered.running_number,
        household=offered.household,
        place_kind=PlaceKind.UNACCOMPANIED_MINOR if offered.unaccompanied_minor else PlaceKind.ORDINARY,
        details=offered.details,
    )
