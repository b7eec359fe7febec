"""Utsøkte og bosatte: what is shown, what is sent, and what is asked to be mended first."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.codes import ListStatus, PersonStatus, WithdrawalReason
from contracts.distribution.v1 import (
    MovedIn,
    PersonState,
    PlannedWeek,
    PlanSettlement,
    RegisteredSettlement,
    RegisterSettlements,
    Week,
    Withdrawal,
)
from gateway.commands.outcomes import Outcome
from gateway.pages.days import is_day, read_day
from gateway.pages.settlement_form import weeks
from tests.unit.gateway.fakes import Desktop, FakeDesk, FakeReader
from tests.unit.gateway.samples import LIST, OSLO, READER, act, one_list, person, placed_person, user

PERSONS = f"/kommune/{OSLO}/bosetting/personer"
PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
HOUSEHOLD = f"{PAGE}/husstand/1"
CORRECTION = f"{PAGE}/personer/3/bosettingsdato"
PLACED_ON, TODAY = date(2026, 11, 20), date(2026, 11, 24)
FORM_ID = "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c22"
SHEET = {"skjema": FORM_ID, "versjon": "4"}
ALL = {"flyttet-1": "ja", "flyttet-2": "ja"}


def family(**changes: Any) -> list[PersonState]:
    """Two who have not moved in and one who has, placed on 20 November; one of another household was declined."""
    day = {"placed_on": PLACED_ON}
    return [
        placed_person(1, **day, **changes),
        placed_person(2, **day),
        placed_person(3, PersonStatus.SETTLED, **day),
        person(4, 2, status=PersonStatus.DECLINED),
    ]


def desktop(*persons: PersonState, **changes: Any) -> Desktop:
    found = one_list(*(persons or family()), version=4, status=ListStatus.ANSWERED, answered=act(), approved=act())
    return Desktop(changes.pop("as_user", user()), FakeReader({LIST: found}), **changes)


def sent(found: Desktop) -> Any:
    [command] = found.desk.sent
    return command.body


def test_who_lacks_a_date_is_told_in_words() -> None:
    """How many of all, which of them, from where one registers it; nobody by name."""
    text = desktop().get(PERSONS).text
    assert "2 personer mangler bosettingsdato." in text
    assert text.count("Bosettingsdato mangler") == 2
    assert f'href="{HOUSEHOLD}"' in text
    assert "Registrer bosetting" in text
    done = desktop(placed_person(1, PersonStatus.SETTLED)).get(PERSONS).text
    assert "har bosettingsdato" in done
    assert "Ingen er søkt ut til kommunen ennå" in Desktop(user()).get(PERSONS).text


def test_a_household_is_registered_at_once() -> None:
    """One date for all who are marked, another for whom it was another; one command on the version that was seen."""
    found = desktop(desk=FakeDesk(Outcome(LIST, version=6)))
    answer = found.post(f"{HOUSEHOLD}/bosatt", SHEET | ALL | {"dato": "22.11.2026", "dato-2": "2026-11-24"})
    assert answer.headers["location"] == f"{HOUSEHOLD}?lagret=bosatt"
    body = sent(found)
    assert isinstance(body, RegisterSettlements)
    assert body.persons == [
        MovedIn(running_number=1, settlement_date=date(2026, 11, 22)),
        MovedIn(running_number=2, settlement_date=date(2026, 11, 24)),
    ]
    assert (body.expected_version, body.actor.user_id) == (4, "u-1")
    assert "Bosettingen er registrert." in found.get(f"{HOUSEHOLD}?lagret=bosatt").text


def test_whoever_is_not_marked_is_left_out() -> None:
    """A household may move in on different days."""
    found = desktop(desk=FakeDesk(Outcome(LIST, version=6)))
    found.post(f"{HOUSEHOLD}/bosatt", SHEET | {"flyttet-2": "ja", "dato": "2026-11-24"})
    assert [one.running_number for one in sent(found).persons] == [2]


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        (ALL, "dato", "Fyll ut datoen husstanden flyttet inn"),
        ({"dato": "2026-11-24"}, "flyttet-1", "Marker minst én person"),
        (ALL | {"dato": "2026-11-19"}, "dato", "datoen kan ikke være før personen ble søkt ut, 20.11.2026"),
        (ALL | {"dato": "2026-11-25"}, "dato", "datoen er ikke kommet ennå"),
        (ALL | {"dato": "i går"}, "dato", "skriv dag, måned og år"),
        (ALL | {"dato": "29.02.2026"}, "dato", "skriv dag, måned og år"),
        (ALL | {"dato": "2026-11-24", "dato-2": "2026-11-19"}, "dato-2", "Person 2: datoen kan ikke være før"),
        (ALL | {"dato": "2026-11-24\x00"}, "dato", "skriv dag, måned og år"),
    ],
)
def test_what_must_be_mended_is_told_at_its_field(typed: dict[str, str], field: str, text: str) -> None:
    """Nothing is sent, what was typed stands, the summary leads to the field."""
    found = desktop()
    answer = found.post(f"{HOUSEHOLD}/bosatt", SHEET | typed)
    assert answer.status_code == 422
    summary = re.search(r"<ds-error-summary.*?</ds-error-summary>", answer.text, re.DOTALL)
    assert summary is not None
    assert f'href="#{field}"' in summary[0]
    assert text in summary[0]
    assert f'id="{field}"' in answer.text
    assert f'id="{field}-feil"' in answer.text
    assert found.desk.sent == []


def test_the_day_is_oslos_also_at_new_year() -> None:
    """At 23.59 on New Year's Eve 1 January has not come; at midnight it has, and the place stays with the old year."""
    typed = SHEET | ALL | {"dato": "2027-01-01"}
    late = desktop(now=datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC))
    assert late.post(f"{HOUSEHOLD}/bosatt", typed).status_code == 422
    new_year = desktop(now=datetime(2026, 12, 31, 23, 0, tzinfo=UTC), desk=FakeDesk(Outcome(LIST, version=6)))
    assert new_year.post(f"{HOUSEHOLD}/bosatt", typed).status_code == 303
    settled = placed_person(1, PersonStatus.SETTLED, placed_on=PLACED_ON, settlement_date=date(2027, 1, 1))
    assert "regnes i avtalen for 2026" in desktop(settled).get(PERSONS).text


def test_a_week_is_planned_for_those_who_wait() -> None:
    """Week 53 can be chosen in a year that has it; what is no week is asked for again; none takes it back."""
    found = desktop(desk=FakeDesk(Outcome(LIST, version=6)))
    page = found.get(HOUSEHOLD).text
    assert '<option value="2026-W53">Uke 53, 2026 (28.12.2026–03.01.2027)' in page
    assert found.post(f"{HOUSEHOLD}/uke", SHEET | {"uke": "2026-W54"}).status_code == 422
    assert found.post(f"{HOUSEHOLD}/uke", SHEET | {"uke": "2027-W53"}).status_code == 422
    found.post(f"{HOUSEHOLD}/uke", SHEET | {"uke": "2026-W53"})
    body = sent(found)
    assert isinstance(body, PlanSettlement)
    assert (body.running_numbers, body.week) == ([1, 2], Week(year=2026, week=53))
    back = desktop(desk=FakeDesk(Outcome(LIST, version=6)))
    back.post(f"{HOUSEHOLD}/uke", SHEET | {"uke": ""})
    assert sent(back).week is None


def test_a_planned_week_is_shown_and_chosen() -> None:
    """Also where it is not among those that are offered now."""
    plan = PlannedWeek(week=Week(year=2026, week=40), by=act())
    found = desktop(*family(planned=plan))
    assert "uke 40, 2026" in found.get(PERSONS).text
    assert '<option value="2026-W40" selected>' in found.get(HOUSEHOLD).text


def test_weeks_begin_on_monday_over_new_year() -> None:
    """53 of them, from this one on."""
    found = weeks(date(2026, 12, 31), None)
    assert [value for value, *_ in found[:2]] == ["2026-W53", "2027-W01"]
    assert len(found) == 53
    assert all(first.weekday() == 0 and (last - first).days == 6 for _, _, first, last in found)


def test_a_correction_takes_a_reason_and_the_history_shows() -> None:
    """Who, when, from, to, why; another date; the same one is none."""
    found = desktop(desk=FakeDesk(Outcome(LIST, version=6)))
    for typed, text in (
        ({"rettet-dato": "2026-11-23"}, "Skriv hvorfor datoen rettes"),
        ({"rettet-dato": "2026-11-24", "rettet-grunn": "x"}, "datoen er den som er registrert fra før"),
        ({"rettet-dato": "2026-11-19", "rettet-grunn": "x"}, "datoen kan ikke være før personen ble søkt ut"),
        ({"rettet-dato": "", "rettet-grunn": "x"}, "fyll ut datoen personen flyttet inn"),
        ({"rettet-dato": "2026-11-23", "rettet-grunn": "x" * 1001}, "høyst 1000 tegn"),
    ):
        answer = found.post(CORRECTION, SHEET | typed)
        assert (answer.status_code, text in answer.text) == (422, True), text
    answer = found.post(CORRECTION, SHEET | {"rettet-dato": "23.11.2026", "rettet-grunn": "Feil dag 🙂"})
    assert answer.headers["location"] == f"{HOUSEHOLD}?lagret=rettet"
    [moved] = sent(found).persons
    assert (moved.running_number, moved.settlement_date, moved.reason) == (3, date(2026, 11, 23), "Feil dag 🙂")
    entries = [
        RegisteredSettlement(settlement_date=TODAY, at=act().at, by="Kari Nordmann"),
        RegisteredSettlement(settlement_date=PLACED_ON, before=TODAY, at=act().at, by="Ola <b>", reason="Feil dag"),
    ]
    corrected = placed_person(3, PersonStatus.SETTLED, settlements=entries, settlement_date=PLACED_ON)
    text = desktop(corrected).get(HOUSEHOLD).text
    for words in ("Registrert 24.11.2026", "Rettet fra 24.11.2026 til 20.11.2026", "Ola &lt;b&gt;", "Feil dag"):
        assert words in text


def test_a_reader_sees_and_registers_nothing() -> None:
    """No form; a correction leads to the household; a form sent all the same is refused."""
    found = desktop(as_user=user(READER))
    assert "Registrer bosetting" not in found.get(PERSONS).text + found.get(HOUSEHOLD).text
    assert found.get(CORRECTION).headers["location"] == HOUSEHOLD
    for path in (f"{HOUSEHOLD}/bosatt", f"{HOUSEHOLD}/uke", CORRECTION):
        assert found.post(path, SHEET | ALL | {"dato": "2026-11-24"}).status_code == 403
    assert found.desk.sent == []


@pytest.mark.parametrize("path", [f"{PAGE}/husstand/2", f"{PAGE}/husstand/9", f"{PAGE}/personer/1/bosettingsdato"])
def test_who_is_not_placed_or_settled_has_no_form(path: str) -> None:
    """A declined household, none at all, somebody without a date to correct: 404."""
    assert desktop().get(path).status_code == 404


def test_what_a_colleague_did_meanwhile_loses_nothing() -> None:
    """Refused on another version: what was typed stands, on the list as it is, as a new form; unsent, as the same."""
    outcome = Outcome(LIST, 6, "version-conflict", {"by": "Ola Hansen", "at": "2026-11-24T08:00:00+00:00"})
    found = desktop(desk=FakeDesk(outcome))
    typed = SHEET | ALL | {"dato": "2026-11-22", "dato-2": "2026-11-23"}
    answer = found.post(f"{HOUSEHOLD}/bosatt", typed)
    assert answer.status_code == 409
    assert "Det ble endret av Ola Hansen 24.11.2026 kl. 09.00" in answer.text
    assert 'value="2026-11-22"' in answer.text
    assert 'value="2026-11-23"' in answer.text
    assert FORM_ID not in answer.text
    unsent = desktop(desk=FakeDesk(broker=False)).post(f"{HOUSEHOLD}/bosatt", typed)
    assert unsent.status_code == 503
    assert FORM_ID in unsent.text
    assert 'value="2026-11-22"' in unsent.text


@pytest.mark.parametrize(
    ("problem", "params", "words"),
    [
        ("settlement-before-placement", {"running_number": "2", "placed_on": "2026-11-20"}, "ble søkt ut 20.11.2026"),
        ("settlement-in-future", {"running_number": "2", "today": "2026-11-24"}, "I dag er det 24.11.2026"),
        ("correction-reason-missing", {"running_numbers": "2"}, "registrert fra før"),
        ("already-settled", {"running_numbers": "2"}, "registrert som bosatt"),
        ("planned-week-past", {"earliest": "2026-W48"}, "Uken er over"),
        ("planned-week-too-far", {"latest": "2028-W48"}, "for langt frem"),
        ("person-withdrawn", {"running_numbers": "2"}, "ikke lenger søkt ut"),
        ("not-placed", {"running_number": "2"}, "ikke lenger søkt ut"),
        ("person-erased", {"running_numbers": "2"}, "ikke registreres noe mer"),
    ],
)
def test_each_refusal_has_words(problem: str, params: dict[str, str], words: str) -> None:
    """Of a settlement, a plan and a correction, with the form still there."""
    for path, typed in (
        (f"{HOUSEHOLD}/bosatt", ALL | {"dato": "2026-11-24"}),
        (f"{HOUSEHOLD}/uke", {"uke": "2026-W50"}),
        (CORRECTION, {"rettet-dato": "2026-11-23", "rettet-grunn": "Feil"}),
    ):
        answer = desktop(desk=FakeDesk(Outcome(LIST, 4, problem, params))).post(path, SHEET | typed)
        assert answer.status_code == 409
        assert words in answer.text


@pytest.mark.parametrize("what", ["bosatt", "uke"])
def test_a_household_that_there_is_not_is_not_found(what: str) -> None:
    """Nobody withdrew it: it is as a page that is not there. Of one that was declined that is what is said."""
    declined = person(4, household=3, status=PersonStatus.DECLINED)
    found = desktop(placed_person(1), placed_person(2), declined)
    typed = SHEET | ALL | {"dato": "2026-11-24", "uke": ""}
    answer = found.post(f"{PAGE}/husstand/99/{what}", typed)
    assert (answer.status_code, "trukket" in answer.text) == (404, False)
    answer = found.post(f"{PAGE}/husstand/3/{what}", typed)
    assert (answer.status_code, "Ingen i husstanden er søkt ut til kommunen" in answer.text) == (409, True)
    assert "IMDi har trukket" not in answer.text
    assert found.desk.sent == []


def test_the_work_surface_tells_how_many_settlement_dates_are_missing() -> None:
    """With the way to where they are registered; nothing where none is missing."""
    path = f"/kommune/{OSLO}/bosetting/personer?vis=mangler"
    surface = f"/kommune/{OSLO}/arbeidsflate"
    text = desktop(placed_person(1), placed_person(2), placed_person(3, PersonStatus.SETTLED)).get(surface).text
    assert f'href="{path}">2 personer mangler bosettingsdato</a>' in text
    assert f'href="{path}">1 person mangler' in desktop(placed_person(1)).get(surface).text
    assert "bosettingsdato" not in desktop(placed_person(3, PersonStatus.SETTLED)).get(surface).text


def test_a_household_that_was_withdrawn_meanwhile_is_told() -> None:
    """Before the form was sent, or just then: what happened, and the way to the list; nothing is sent."""
    gone = {"status": PersonStatus.WITHDRAWN, "withdrawn": Withdrawal(at=act().at, reason=WithdrawalReason.OTHER)}
    found = desktop(person(1, **gone), person(2, **gone), placed_person(3, household=2))
    for path, typed in ((f"{HOUSEHOLD}/bosatt", ALL | {"dato": "2026-11-24"}), (f"{HOUSEHOLD}/uke", {"uke": ""})):
        answer = found.post(path, SHEET | typed)
        assert answer.status_code == 409
        assert "ikke lenger søkt ut til kommunen" in answer.text
        assert f'href="{PAGE}"' in answer.text
    assert found.desk.sent == []


def test_when_all_have_moved_in_there_is_nothing_to_register() -> None:
    """A page that was open meanwhile is told so."""
    found = desktop(placed_person(1, PersonStatus.SETTLED))
    for path in (f"{HOUSEHOLD}/bosatt", f"{HOUSEHOLD}/uke"):
        answer = found.post(path, SHEET | ALL | {"dato": "2026-11-24"})
        assert answer.status_code == 409
        assert "Alle i husstanden har flyttet inn" in answer.text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("29.02.2024", date(2024, 2, 29)),
        ("2024-02-29", date(2024, 2, 29)),
        ("1.1.2027", date(2027, 1, 1)),
        ("29.02.2023", None),
        ("31.04.2026", None),
        ("", None),
        ("24/11/2026", None),
        ("²4.11.2026", None),
    ],
)
def test_a_day_is_read_as_browsers_and_norwegians_write_it(text: str, day: date | None) -> None:
    """29 February only in leap years; a browser's own field takes one form only."""
    assert read_day(text) == day
    assert is_day(text) is (text == "2024-02-29")
