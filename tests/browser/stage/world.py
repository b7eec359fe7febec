"""An invented world as the owners' state topics would tell it: municipalities, ledgers, lists in every state."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from contracts.codes import (
    Category,
    ContactRole,
    DeclineReason,
    Education,
    LanguageForm,
    ListChangeKind,
    ListStatus,
    Need,
    NoticeKind,
    PersonStatus,
    PlaceKind,
    Sex,
)
from contracts.distribution.history import ChangedDecision, ListChangeState
from contracts.distribution.threads_v1 import ThreadMessageState
from contracts.distribution.v1 import Act, DraftDecision, ListState, PersonState, RegisteredSettlement
from contracts.municipality.v1 import (
    ContactState,
    MunicipalityState,
)
from contracts.notification.v1 import NoticeState

OSLO, BERGEN, ALESUND, SULA = "k-0301", "k-4601", "k-1508", "k-1531"
NEW, STARTED, APPROVED, OVERDUE, ANSWERED, LARGE, ROOMY = (f"FL-2026-0001{n:02}" for n in (1, 2, 3, 4, 5, 60, 7))
MUNICIPALITIES = {
    OSLO: ("0301", "Oslo", "03", "Oslo", "958935420", 717710),
    BERGEN: ("4601", "Bergen", "46", "Vestland", "964338531", 291940),
    ALESUND: ("1508", "Ålesund", "15", "Møre og Romsdal", "929911709", 58509),
    SULA: ("1531", "Sula", "15", "Møre og Romsdal", "964980543", 9673),
}
OSLO_TIME = ZoneInfo("Europe/Oslo")
INGRID = ("ingrid", "Ingrid Haugen")
IMDI = ("imdi", "IMDi")
CONVERSATIONS = (
    (STARTED, 2, "Trenger personen bolig uten trapper, eller holder det med heis?", INGRID),
    (STARTED, 2, "Heis holder. Personen bruker rullator, og klarer noen få trinn med rekkverk.", IMDI),
    (STARTED, None, "Kan alle på listen komme i uke 3, eller må noen komme tidligere?", INGRID),
    (ANSWERED, None, "Skal skoleplass være avtalt før ankomst?", INGRID),
    (ANSWERED, None, "Nei, det ordner dere etter ankomst.", IMDI),
)
"""What has been asked and replied from the beginning: of which list, about whom, what, by whom."""


@dataclass
class OneList:
    """A list with its persons and version, as its owner has it."""

    state: ListState
    persons: list[PersonState]
    version: int
    messages: list[ThreadMessageState] = field(default_factory=list)


def now() -> datetime:
    """In Oslo, as all days are: where the machine's clock is in UTC its day is another one around midnight."""
    return datetime.now(OSLO_TIME).replace(microsecond=0)


def say(one: OneList, about: int | None, text: str, who: tuple[str, str] = INGRID) -> ThreadMessageState:
    """Write a message in a thread of the list; ``about``: a running number, or None for the list's own."""
    by_imdi = who[0] == "imdi"
    one.version += 1
    message = ThreadMessageState(
        list_id=one.state.list_id,
        municipality_id=one.state.municipality_id,
        number=len(one.messages) + 1,
        running_number=about,
        by_imdi=by_imdi,
        written=act(now(), who),
        text=text,
    )
    one.messages.append(message)
    last = {each.running_number: each.by_imdi for each in one.messages}
    counts = {"messages": len(one.messages), "awaiting_reply": list(last.values()).count(False)}
    one.state = one.state.model_copy(update=counts)
    return message


def municipalities() -> Iterator[MunicipalityState]:
    for identity, (number, name, county, county_name, organisation, population) in MUNICIPALITIES.items():
        contacts = []
        if identity == OSLO:
            contacts = [
                ContactState(
                    name="Ingrid Haugen", email="ingrid.haugen@oslo.example", roles=[ContactRole.SETTLEMENT_WRITER]
                ),
                ContactState(name="Bosetting Oslo", email="bosetting@oslo.example", roles=[ContactRole.ESCALATION]),
            ]
        yield MunicipalityState(
            municipality_id=identity,
            number=number,
            name=name,
            county_number=county,
            county_name=county_name,
            organisation_number=organisation,
            language_form=LanguageForm.NEUTRAL,
            population=population,
            valid_from=date(2024, 1, 1),
            contacts=contacts,
        )


PEOPLE = (
    (Sex.FEMALE, 1988, "SY", ["ar", "ku"], Education.HIGHER, "Apotekmedarbeider", [Need.STEP_FREE_HOME]),
    (Sex.MALE, 1985, "SY", ["ar"], Education.VOCATIONAL, "Elektriker", []),
    (Sex.FEMALE, 2015, "SY", ["ar"], Education.PRIMARY, None, [Need.SPECIAL_EDUCATION, Need.REGULAR_MEDICAL_FOLLOW_UP]),
    (Sex.MALE, 2009, "AF", ["fa", "ps"], Education.LOWER_SECONDARY, None, []),
    (Sex.FEMALE, 1999, "UA", ["uk", "ru"], Education.HIGHER, "Grafisk designer", []),
    (Sex.MALE, 1961, "UA", ["uk"], Education.UPPER_SECONDARY, "Bussjåfør", [Need.NEAR_HOSPITAL]),
    (Sex.MALE, 1994, "ER", ["ti"], Education.PRIMARY, "Kokk", []),
    (Sex.FEMALE, 2001, None, ["so"], None, None, []),
)


def person(list_id: str, municipality_id: str, number: int, household: int, *, minor: bool = False) -> PersonState:
    sex, born, nationality, languages, education, occupation, needs = PEOPLE[(number - 1) % len(PEOPLE)]
    return PersonState(
        list_id=list_id,
        municipality_id=municipality_id,
        running_number=number,
        household=household,
        place_kind=PlaceKind.UNACCOMPANIED_MINOR if minor else PlaceKind.ORDINARY,
        sex=sex,
        birth_year=2010 if minor else born,
        nationality=nationality,
        languages=languages,
        category=Category.COLLECTIVE_PROTECTION if nationality == "UA" else Category.RESETTLEMENT,
        earliest_arrival=now().date() + timedelta(days=20),
        education=education,
        occupation=occupation,
        needs=needs,
        needs_note="Bruker rullator ute og trenger bolig uten trapper." if Need.STEP_FREE_HOME in needs else None,
        status=PersonStatus.REQUESTED,
        decision=DraftDecision(running_number=number),
    )


def new_list(
    list_id: str, municipality_id: str, households: list[int], *, days_left: int, minors: int = 0, age_days: int = 1
) -> OneList:
    """Make a received list; ``households`` are their sizes, the last ``minors`` persons are unaccompanied."""
    total = sum(households)
    numbers = itertools.count(1)
    persons = [
        person(list_id, municipality_id, next(numbers), household, minor=False)
        for household, size in enumerate(households, 1)
        for _ in range(size)
    ]
    persons = [
        one
        if index < total - minors
        else person(list_id, municipality_id, one.running_number, one.household, minor=True)
        for index, one in enumerate(persons)
    ]
    today = now().date()
    state = ListState(
        list_id=list_id,
        municipality_id=municipality_id,
        year=today.year,
        status=ListStatus.RECEIVED,
        received_at=now() - timedelta(days=age_days, hours=2),
        deadline=today + timedelta(days=days_left),
        persons=total,
        unaccompanied_minors=minors,
        accepted=total,
        declined=0,
        placed=0,
        settled=0,
        places_version=1,
    )
    return OneList(state, persons, 1)


def act(at: datetime, who: tuple[str, str] = INGRID) -> Act:
    return Act(user_id=who[0], display_name=who[1], at=at)


def decide(one: OneList, declined: dict[int, tuple[DeclineReason, str]]) -> None:
    """Put decisions on a list."""
    one.persons = [
        person.model_copy(
            update={
                "decision": DraftDecision(
                    running_number=person.running_number,
                    accept=person.running_number not in declined,
                    reason=declined.get(person.running_number, (None, ""))[0],
                    reason_text=declined.get(person.running_number, (None, ""))[1] or None,
                )
            }
        )
        for person in one.persons
    ]
    no = len(declined)
    one.state = one.state.model_copy(
        update={"declined": no, "accepted": one.state.persons - one.state.withdrawn_persons - no}
    )


def lists() -> list[OneList]:
    """Oslo has lists in every state and enough of them for two pages; Bergen has none."""
    new = new_list(NEW, OSLO, [3, 1], days_left=6, minors=1)
    started = new_list(STARTED, OSLO, [2, 1], days_left=1, age_days=6)
    decide(started, {3: (DeclineReason.NO_SUITABLE_HOUSING, "Vi har ingen bolig uten trapper ledig før mars.")})
    started.state = started.state.model_copy(
        update={
            "status": ListStatus.UNDER_TREATMENT,
            "changed": act(now() - timedelta(hours=1)),
            "message": "Vi tar gjerne en til.",
        }
    )
    started.version = 3
    approved = new_list(APPROVED, OSLO, [1, 1], days_left=3, age_days=4)
    decide(approved, {2: (DeclineReason.OTHER, "Personen har bedt om en annen kommune.")})
    approved.state = approved.state.model_copy(
        update={
            "status": ListStatus.APPROVED,
            "changed": act(now() - timedelta(hours=1)),
            "approved": act(now() - timedelta(hours=1)),
        }
    )
    approved.version = 4
    overdue = new_list(OVERDUE, OSLO, [1], days_left=-2, age_days=9)
    large = new_list(LARGE, OSLO, [4] * 15, days_left=5, minors=3)
    roomy = new_list(ROOMY, SULA, [3], days_left=4)
    found = [new, started, approved, overdue, large, roomy, answered(ANSWERED, 3, settled=1)]
    found += [answered(f"FL-2026-0002{n:02}", n + 10) for n in range(1, 24)]
    return found


def answered(list_id: str, days_ago: int, *, settled: int = 0) -> OneList:
    one = new_list(list_id, OSLO, [2, 1], days_left=7 - days_ago, age_days=days_ago)
    decide(one, {3: (DeclineReason.NO_HEALTH_SERVICES, "")})
    at = now() - timedelta(days=max(0, days_ago - 2))
    persons = []
    for person in one.persons:
        status = PersonStatus.DECLINED if not person.decision.accept else PersonStatus.PLACED
        update: dict[str, object] = {"status": status, "placed_on": at.date() if person.decision.accept else None}
        if person.running_number <= settled:
            update |= {"status": PersonStatus.SETTLED, "settlement_date": now().date()}
            registered = RegisteredSettlement(settlement_date=now().date(), at=now(), by=INGRID[1])
            update["settlements"] = [registered]
        persons.append(person.model_copy(update=update))
    one.persons = persons
    one.state = one.state.model_copy(
        update={
            "status": ListStatus.ANSWERED,
            "placed": 2,
            "settled": settled,
            "changed": act(at - timedelta(minutes=5)),
            "approved": act(at - timedelta(minutes=5)),
            "answered": act(at),
            "places_version": 6,
        }
    )
    one.version = 6
    return one


def history(one: OneList) -> Iterator[ListChangeState]:
    """Tell who has done what with a list that somebody has worked on: what was decided, then the steps since."""
    about = {"list_id": one.state.list_id, "municipality_id": one.state.municipality_id}
    decisions = [
        ChangedDecision(running_number=person.running_number, accept=False, reason=person.decision.reason)
        for person in one.persons
        if not person.decision.accept
    ]
    steps = (
        (ListChangeKind.SAVED, one.state.changed),
        (ListChangeKind.APPROVED, one.state.approved),
        (ListChangeKind.SENT, one.state.answered),
    )
    for version, (kind, by) in enumerate(steps, one.version - 2):
        if by is not None and kind is ListChangeKind.SAVED:
            told = {"decisions": decisions, "message": bool(one.state.message)}
            yield ListChangeState(**about, version=version, kind=kind, by=by, **told)
        elif by is not None:
            yield ListChangeState(**about, version=version, kind=kind, by=by)


def notices(one: OneList) -> Iterator[NoticeState]:
    yield notice(one, NoticeKind.LIST_RECEIVED, one.state.received_at)
    if one.state.answered:
        yield notice(one, NoticeKind.LIST_ANSWERED, one.state.answered.at)


def notice(one: OneList, kind: NoticeKind, at: datetime) -> NoticeState:
    return NoticeState(
        notice_id=str(uuid5(NAMESPACE_URL, f"{one.state.list_id}/{kind}")),
        municipality_id=one.state.municipality_id,
        kind=kind,
        list_id=one.state.list_id,
        posted_at=at,
    )
