"""From the domain's words to the messages that travel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from contracts import codes
from contracts.envelope import Message
from contracts.fields import FieldProblem
from contracts.municipality import v1
from contracts.municipality.four_eyes import FourEyesChanged
from contracts.municipality.mergers import MunicipalityMerged
from services.municipality.domain.book import ListPlaces
from services.municipality.domain.codes import PlaceKind
from services.municipality.domain.ledger import (
    LedgerEvent,
    LedgerYear,
    PlacesMoved,
    PlacesRequested,
    Request,
    RequestUnanswered,
    Resolution,
    ResolutionRegistered,
)
from services.municipality.domain.lines import Line
from services.municipality.domain.places import Entry
from services.municipality.domain.register import Contact, ContactsChanged, Merged, Municipality, RegisterEvent
from services.municipality.domain.requests import Problem
from services.municipality.use_cases.ports import Original


def ledger_event(event: LedgerEvent) -> Message:
    """Write a ledger year's event; numbers and codes only."""
    municipality_id, year = event.id.municipality_id, event.id.year
    match event:
        case PlacesRequested(request=request):
            return v1.PlacesRequested(
                municipality_id=municipality_id,
                year=year,
                ordinary_places=request.ordinary_places,
                unaccompanied_minor_places=request.unaccompanied_minor_places,
                answer_by=request.answer_by,
            )
        case ResolutionRegistered(resolution=resolution):
            return v1.ResolutionRegistered(
                municipality_id=municipality_id,
                year=year,
                ordinary_places=resolution.ordinary_places,
                unaccompanied_minor_places=resolution.unaccompanied_minor_places,
                resolved_on=resolution.resolved_on,
            )
        case RequestUnanswered(request=request):
            return v1.RequestUnanswered(
                municipality_id=municipality_id,
                year=year,
                ordinary_places=request.ordinary_places,
                unaccompanied_minor_places=request.unaccompanied_minor_places,
                answer_by=request.answer_by,
            )
        case PlacesMoved():
            return v1.PlacesMoved(
                municipality_id=municipality_id,
                year=year,
                list_id=event.list_id,
                list_version=event.list_version,
                movements=[_movement(entry) for entry in event.entries],
            )
    assert_never(event)


def _movement(entry: Entry) -> v1.LedgerMovement:
    change = entry.change
    return v1.LedgerMovement(
        place_kind=codes.PlaceKind(entry.kind),
        movement=codes.Movement(entry.movement),
        agreed=change.agreed,
        requested=change.requested,
        placed=change.placed,
        settled=change.settled,
        running_number=entry.cause.running_number if entry.cause else None,
    )


def ledger_year_state(year: LedgerYear) -> v1.LedgerYearState:
    """Write a ledger year as it stands."""
    request, resolution = year.request, year.resolution
    return v1.LedgerYearState(
        municipality_id=year.id.municipality_id,
        year=year.id.year,
        request=request and _request(request),
        resolution=resolution and _resolution(resolution),
        ordinary=_places(year, PlaceKind.ORDINARY),
        unaccompanied_minor=_places(year, PlaceKind.UNACCOMPANIED_MINOR),
    )


def ledger_change_state(event: PlacesRequested | ResolutionRegistered | RequestUnanswered) -> v1.LedgerChangeState:
    """Write what an event adds to the year's history."""
    common = {"municipality_id": event.id.municipality_id, "year": event.id.year, "version": event.version}
    match event:
        case PlacesRequested(request=request):
            return v1.LedgerChangeState(**common, at=request.received_at, request=_request(request))
        case ResolutionRegistered(resolution=resolution):
            return v1.LedgerChangeState(**common, at=resolution.registered_at, resolution=_resolution(resolution))
        case RequestUnanswered(request=request, at=at):
            return v1.LedgerChangeState(**common, at=at, unanswered=request.answer_by)
    assert_never(event)


def ledger_entry_state(line: Line, caused_by: str | None) -> v1.LedgerEntryState:
    """Write a line of a ledger year."""
    return v1.LedgerEntryState(
        municipality_id=line.year_id.municipality_id,
        year=line.year_id.year,
        number=line.number,
        ledger_version=line.ledger_version,
        at=line.at,
        place_kind=codes.PlaceKind(line.kind),
        movement=codes.Movement(line.movement),
        agreed=line.change.agreed,
        requested=line.change.requested,
        placed=line.change.placed,
        settled=line.change.settled,
        list_id=line.list_id,
        list_version=line.list_version,
        running_numbers=list(line.running_numbers),
        caused_by=caused_by,
    )


def _request(request: Request) -> v1.Request:
    return v1.Request(
        ordinary_places=request.ordinary_places,
        unaccompanied_minor_places=request.unaccompanied_minor_places,
        answer_by=request.answer_by,
        received_at=request.received_at,
    )


def _resolution(resolution: Resolution) -> v1.Resolution:
    return v1.Resolution(
        ordinary_places=resolution.ordinary_places,
        unaccompanied_minor_places=resolution.unaccompanied_minor_places,
        resolved_on=resolution.resolved_on,
        case_number=resolution.case_number,
        registered_at=resolution.registered_at,
        registered_by=resolution.registered_by_name,
    )


def _places(year: LedgerYear, kind: PlaceKind) -> v1.Places:
    sums = year.sums[kind]
    return v1.Places(
        # No resolution is not the same as a resolution of zero places.
        agreed=None if year.resolution is None else sums.agreed,
        requested=sums.requested,
        placed=sums.placed,
        settled=sums.settled,
        left=sums.left,
    )


def ledger_list_state(places: ListPlaces) -> v1.LedgerListState:
    """Write what a list holds in a ledger year."""
    return v1.LedgerListState(
        municipality_id=places.id.year_id.municipality_id,
        year=places.id.year_id.year,
        list_id=places.id.list_id,
        list_version=places.list_version,
        requested=places.held.requested,
        placed=places.held.placed,
        settled=places.held.settled,
    )


def registered(municipality: Municipality) -> v1.MunicipalityRegistered:
    """Write that the register has the municipality with these facts."""
    facts = municipality.facts
    return v1.MunicipalityRegistered(municipality_id=municipality.id, number=facts.number, valid_from=facts.valid_from)


def register_event(event: RegisterEvent) -> v1.ContactsChanged | FourEyesChanged | MunicipalityMerged:
    """Write an event of a municipality."""
    if isinstance(event, Merged):
        return MunicipalityMerged(municipality_id=event.id, successor=event.merger.successor, merged_on=event.merger.on)
    if isinstance(event, ContactsChanged):
        return v1.ContactsChanged(municipality_id=event.id, contacts=event.contacts)
    return FourEyesChanged(municipality_id=event.id, required=event.required)


def municipality_state(municipality: Municipality) -> v1.MunicipalityState:
    """Write a municipality as it stands."""
    facts = municipality.facts
    return v1.MunicipalityState(
        municipality_id=municipality.id,
        number=facts.number,
        name=facts.name,
        county_number=facts.county_number,
        county_name=facts.county_name,
        organisation_number=facts.organisation_number,
        language_form=codes.LanguageForm(facts.language_form),
        population=facts.population,
        valid_from=facts.valid_from,
        contacts=[_contact(contact) for contact in municipality.contacts],
        four_eyes=municipality.four_eyes,
        successor=municipality.merger and municipality.merger.successor,
        merged_on=municipality.merger and municipality.merger.on,
    )


def _contact(contact: Contact) -> v1.ContactState:
    roles, unreached = [codes.ContactRole(role) for role in contact.roles], contact.unreached
    return v1.ContactState(
        name=contact.name,
        email=contact.email,
        roles=roles,
        mail_failure=unreached and codes.MailFailure(unreached.failure),
        mail_failed_at=unreached and unreached.since,
    )


def rejection(original: Original, number: str | None, problems: Sequence[Problem]) -> v1.RequestRejection:
    """Write what is wrong with a message, by field."""
    return v1.RequestRejection(
        message_id=original.message_id,
        municipality_number=number,
        topic=original.topic,
        partition=original.partition,
        offset=original.offset,
        errors=[FieldProblem(path=found.path, code=found.code, message=found.message) for found in problems],
    )
