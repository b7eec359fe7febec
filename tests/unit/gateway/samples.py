"""Lists, ledgers and claims for the gateway's unit tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from contracts.codes import ListStatus, PersonStatus, PlaceKind, Role, Sex
from contracts.distribution.v1 import (
    Act,
    DraftDecision,
    ListState,
    PersonFolderState,
    PersonState,
    RegisteredSettlement,
)
from contracts.imdi.v1 import PostalAddress
from contracts.municipality.v1 import LedgerYearState, Places
from gateway.auth.users import Access, User
from gateway.readmodel.one_list import OneList

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
OSLO = "k-0301"
LIST = "FL-2026-000123"
WRITER = Access(OSLO, "Oslo", Role.SETTLEMENT_WRITER)
READER = Access(OSLO, "Oslo", Role.SETTLEMENT_READER)


def user(access: Access = WRITER, *more: Access) -> User:
    return User("u-1", "Kari Nordmann", (access, *more))


def person(number: int, household: int = 1, *, minor: bool = False, **changes: Any) -> PersonState:
    made = PersonState(
        list_id=LIST,
        municipality_id=OSLO,
        running_number=number,
        household=household,
        place_kind=PlaceKind.UNACCOMPANIED_MINOR if minor else PlaceKind.ORDINARY,
        sex=Sex.FEMALE,
        birth_year=1990,
        nationality="SY",
        languages=["ar"],
        status=PersonStatus.REQUESTED,
        decision=DraftDecision(running_number=number),
    )
    return made.model_copy(update=changes)


def placed_person(number: int, status: PersonStatus = PersonStatus.PLACED, **changes: Any) -> PersonState:
    """Placed on the day it is; settled on the same, if so."""
    day = NOW.date()
    if status is PersonStatus.SETTLED:
        registered = RegisteredSettlement(settlement_date=day, at=NOW, by="Kari Nordmann")
        changes = {"settlement_date": day, "settlements": [registered], **changes}
    return person(number, **{"status": status, "placed_on": day, **changes})


NAME, DUF_NUMBER, HEALTH = "Merkenavn", "202542360148", "Bruker insulin."
"""What may be seen in the person folder only, after it was written down."""


def folder(number: int, **changes: Any) -> PersonFolderState:
    made = PersonFolderState(
        list_id=LIST,
        municipality_id=OSLO,
        running_number=number,
        given_name=NAME,
        family_name="Merkesen",
        birth_date=date(1990, 5, 17),
        duf_number=DUF_NUMBER,
        identity_number="17859010229",
        address=PostalAddress(lines=["Nordlys mottak"], postal_code="9016", city="Tromsø"),
        languages=["ar"],
        placed_on=NOW.date(),
        health_note=HEALTH,
    )
    return made.model_copy(update=changes)


def ledger(*, left: int = 10, agreed: int | None = 20, minors_left: int = 2, year: int = 2026) -> LedgerYearState:
    return LedgerYearState(
        municipality_id=OSLO,
        year=year,
        ordinary=Places(agreed=agreed, requested=3, placed=2, settled=5, left=left),
        unaccompanied_minor=Places(agreed=4, requested=1, placed=0, settled=1, left=minors_left),
    )


def act(name: str = "Kari Nordmann", at: datetime = NOW) -> Act:
    return Act(user_id="u-1", display_name=name, at=at)


def one_list(*persons: PersonState, version: int = 1, year: LedgerYearState | None = None, **changes: Any) -> OneList:
    kept = persons or (person(1), person(2), person(3, 2, minor=True))
    state = ListState(
        list_id=LIST,
        municipality_id=OSLO,
        year=2026,
        status=ListStatus.RECEIVED,
        received_at=NOW,
        deadline=date(2026, 12, 1),
        persons=len(kept),
        unaccompanied_minors=sum(one.place_kind is PlaceKind.UNACCOMPANIED_MINOR for one in kept),
        accepted=len(kept),
        declined=0,
        placed=0,
        settled=0,
        places_version=1,
    ).model_copy(update=changes)
    return OneList(state, version, tuple(kept), year or ledger(), ledger_version=1, letters=(), places_year=2026)
