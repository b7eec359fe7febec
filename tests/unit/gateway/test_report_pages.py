"""Innmeldinger: what the pages show, what a form may hold, and what is done with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.municipality.codes import HomeFeature, ReportStatus
from contracts.municipality.reports import (
    ConfirmReport,
    ReportHousing,
    ReportNamedPersons,
    ReportSelfSettlement,
    ReportWeeklyPlaces,
    WithdrawReport,
)
from gateway.commands.outcomes import Outcome
from tests.unit.gateway.fakes import Desktop, FakeDesk, FakeReader
from tests.unit.gateway.report_samples import HOME, NAMED, SELF, homes, named, self_settlement, weekly
from tests.unit.gateway.samples import LIST, NOW, OSLO, READER, one_list, user

ROOT = f"/kommune/{OSLO}/bosetting/innmeldinger"
WEEKS, HOMES, PERSONS, SELVES = (
    f"{ROOT}/{slug}" for slug in ("antall-plasser", "boliger", "bestemte-personer", "selvbosetting")
)
SHEET = {"skjema": "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11", "versjon": "1"}
HOMES_TYPED = {
    "antall": "2", "soverom": "3", "personer": "5", "ledig_fra": "01.12.2026", "egnet-step_free": "ja",
    "omrade": "Nær skole og buss",
}  # fmt: skip
NAMED_TYPED = {"navn-1": "Rima Eksempel", "duf-1": "2026 1234 5678", "knytning": "sibling", "merknad": ""}
SELF_TYPED = {
    "navn-1": "Rima Eksempel", "navn-3": "Sami Eksempel", "adresse": "Eksempelveien 1", "innflytting": "2027-01-15",
}  # fmt: skip


def desktop(*states: Any, **parts: Any) -> Desktop:
    return Desktop(parts.pop("user", user()), FakeReader(reports=[(state, 1) for state in states]), **parts)


def accepted(subject: str, version: int = 2) -> FakeDesk:
    return FakeDesk(Outcome(f"{OSLO}/reports/{subject}", version))


def refused(problem: str, **params: str) -> FakeDesk:
    return FakeDesk(Outcome(f"{OSLO}/reports/x", 3, problem, params))


def test_weeks_are_those_from_now_on_over_new_year() -> None:
    """Twelve of them, week 53 and the days of each included; nothing said is an empty field, and not 0."""
    text = desktop(weekly()).get(WEEKS).text
    assert 'name="uke-2026-W48" value="6"' in text
    assert 'name="uke-2026-W49" value=""' in text
    assert 'name="uke-2026-W53" value="0"' in text
    assert "Uke 53, 2026" in text
    assert "28.12.2026–03.01.2027" in text
    assert text.index("uke-2026-W53") < text.index("uke-2027-W01")
    assert text.count('class="ds-input" id="uke-') == 12


def test_at_midnight_between_weeks_the_form_begins_with_the_new_one() -> None:
    """The week is the Norwegian one: late Sunday evening in UTC it is Monday in Oslo."""
    before = desktop(now=datetime(2027, 1, 3, 22, 59, tzinfo=UTC)).get(WEEKS).text
    after = desktop(now=datetime(2027, 1, 3, 23, 0, tzinfo=UTC)).get(WEEKS).text
    assert "uke-2026-W53" in before
    assert "uke-2026-W53" not in after


def test_what_is_told_far_ahead_stays_in_the_form() -> None:
    """The form says all weeks: one that it does not show would be taken back by saving."""
    far = weekly(weeks=[{"week": "2027-W20", "places": 3}])
    assert 'name="uke-2027-W20" value="3"' in desktop(far).get(WEEKS).text


def test_weeks_are_sent_as_they_are_typed() -> None:
    """What is empty is not said; the form goes to the one report of weekly places, with the version that was seen."""
    found = desktop(weekly(), desk=accepted("weekly-places"))
    typed = {"uke-2026-W48": "4", "uke-2026-W53": "", "uke-2027-W01": " 1 200 ", "uke-2025-W53": "7", "uke-x": "8"}
    answer = found.post(f"{WEEKS}/weekly-places", {**SHEET, **typed})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{WEEKS}?lagret=weekly-places")
    [command] = found.desk.sent
    assert isinstance(command.body, ReportWeeklyPlaces)
    assert [(one.week, one.places) for one in command.body.weeks] == [("2026-W48", 4), ("2027-W01", 1200)]
    assert (command.body.expected_version, command.subject) == (1, f"{OSLO}/reports/weekly-places")
    assert "Lagret." in found.get(answer.headers["location"]).text


@pytest.mark.parametrize("typed", ["fire", "-1", "4,5", "10001", "٤", "4\u202e"])
def test_a_week_that_is_no_number_is_named(typed: str) -> None:
    """422 with an error summary that leads to the field; the others are kept as they were typed."""
    found = desktop(weekly())
    answer = found.post(f"{WEEKS}/weekly-places", {**SHEET, "uke-2026-W53": typed, "uke-2026-W48": "9"})
    assert answer.status_code == 422
    assert '<a class="ds-link" href="#uke-2026-W53">Uke 53, 2026: ' in answer.text
    assert 'name="uke-2026-W48" value="9"' in answer.text
    assert found.desk.sent == []


def test_a_colleagues_change_is_shown_beside_what_was_typed() -> None:
    """409: nothing typed is lost, what holds now stands beside it, and saving it again is for the version of now."""
    found = desktop(weekly(), desk=refused("changed-meanwhile", expected="0", actual="1"))
    answer = found.post(f"{WEEKS}/weekly-places", {**SHEET, "versjon": "0", "uke-2026-W48": "9"})
    assert answer.status_code == 409
    assert "Innmeldingen er endret siden du åpnet den" in answer.text
    assert 'name="uke-2026-W48" value="9"' in answer.text
    assert "Meldt nå: 6" in answer.text
    assert 'name="versjon" value="1"' in answer.text


@pytest.mark.parametrize(
    ("problem", "params", "words"),
    [("week-over", {"week": "2026-W47"}, "Uke 47, 2026 er over"),
     ("week-too-far-ahead", {"latest": "2027-W48"}, "til og med uke 48, 2027"),
     ("report-closed", {"status": "withdrawn"}, "Den er trukket."),
     ("date-too-far-away", {"earliest": "2025-11-23", "latest": "2027-11-25"}, "mellom 23.11.2025 og 25.11.2027"),
     ("report-not-found", {"report": "x"}, "Innmeldingen finnes ikke"),
     ("role-may-not-write", {"role": "settlement_reader"}, "Du har ikke rettighet til dette")],
)  # fmt: skip
def test_a_refusal_is_told_in_words(problem: str, params: dict[str, str], words: str) -> None:
    """Each problem type of the owner says what to do."""
    found = desktop(weekly(), desk=refused(problem, **params))
    answer = found.post(f"{WEEKS}/weekly-places", {**SHEET, "uke-2026-W48": "9"})
    assert answer.status_code == 409
    assert words in answer.text


@pytest.mark.parametrize(
    ("state", "path"),
    [(weekly(questioned_at=NOW), WEEKS), (homes(questioned_at=NOW), f"{HOMES}/{HOME}"),
     (named(questioned_at=NOW), f"{PERSONS}/{NAMED}"), (self_settlement(questioned_at=NOW), f"{SELVES}/{SELF}")],
)  # fmt: skip
def test_one_click_confirms_on_the_page_and_on_the_work_surface(state: Any, path: str) -> None:
    """The question is there, with a button for who may write; the button sends the version that was seen."""
    slug = path.split("/innmeldinger/")[1].partition("/")[0]
    button = f"{ROOT}/{slug}/{state.report_id}/bekreft"
    for at in (path, f"/kommune/{OSLO}/arbeidsflate"):
        text = desktop(state).get(at).text
        assert "gjelder dette fortsatt?" in text.lower()
        assert f'action="{button}"' in text
        assert button not in desktop(state, user=user(READER)).get(at).text
        assert button not in desktop(state.model_copy(update={"questioned_at": None})).get(at).text
    found = desktop(state, desk=accepted(state.report_id))
    answer = found.post(button, SHEET)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/{slug}?bekreftet={state.report_id}")
    [command] = found.desk.sent
    assert isinstance(command.body, ConfirmReport)
    assert command.body.expected_version == 1


def test_homes_are_reported_and_shown() -> None:
    """What was typed is what is sent; the list of homes says size, date, what they have and where in plain words."""
    found = desktop(homes(), desk=accepted(HOME))
    answer = found.post(f"{HOMES}/{HOME}", {**SHEET, **HOMES_TYPED})
    assert answer.status_code == 303
    [command] = found.desk.sent
    assert isinstance(command.body, ReportHousing)
    assert command.body.housing == homes().housing
    text = found.get(HOMES).text
    assert "2 boliger: 3 soverom, plass til 5 personer" in text
    assert "01.12.2026" in text
    assert "Trinnfri adkomst" in text
    assert "Nær skole og buss" in text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [("antall", "", "Antall boliger: fyll ut et tall"), ("antall", "0", "fra 1 til 500"),
     ("soverom", "to", "Soverom: skriv et helt tall fra 0 til 20"), ("personer", "51", "fra 1 til 50"),
     ("ledig_fra", "", "Ledig fra: fyll ut datoen"), ("ledig_fra", "29.02.2027", "skriv dag, måned og år"),
     ("ledig_fra", "01.12.2036", "Sjekk årstallet"), ("omrade", "x" * 201, "Den kan ha høyst 200"),
     ("omrade", "Kari 150390 12345", "skriv ikke fødselsnummer"), ("omrade", "a\x00b", "et tegn som ikke kan lagres")],
)  # fmt: skip
def test_a_home_that_cannot_be_is_said_by_field(field: str, typed: str, words: str) -> None:
    """422, each error leads to its field, and everything stays as it was typed."""
    found = desktop()
    answer = found.post(f"{HOMES}/{HOME}", {**SHEET, **HOMES_TYPED, field: typed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert words in answer.text
    assert found.desk.sent == []


def test_area_asks_for_no_names_before_it_is_filled_in() -> None:
    """The warning stands at the field itself."""
    assert "Skriv ikke gateadresse, navn eller noe om hvem som bor" in desktop().get(f"{HOMES}/ny").text


def test_emoji_and_right_to_left_words_come_through() -> None:
    """Words are the user's own, whatever their script."""
    found = desktop(desk=accepted(HOME))
    words = "Nær skole 🏫 قريب من المدرسة"
    assert found.post(f"{HOMES}/{HOME}", {**SHEET, **HOMES_TYPED, "omrade": words}).status_code == 303
    [command] = found.desk.sent
    assert isinstance(command.body, ReportHousing)
    assert command.body.housing.area == words


def test_persons_are_asked_for_by_name() -> None:
    """A DUF number may be typed in groups; rows left empty are nobody."""
    found = desktop(desk=accepted(NAMED))
    assert found.post(f"{PERSONS}/{NAMED}", {**SHEET, **NAMED_TYPED, "versjon": "0"}).status_code == 303
    [command] = found.desk.sent
    assert isinstance(command.body, ReportNamedPersons)
    assert [(one.name, one.duf_number) for one in command.body.named_persons.persons] == [
        ("Rima Eksempel", "202612345678")
    ]


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [({"navn-1": "", "duf-1": ""}, "navn-1", "minst én person"), ({"navn-1": ""}, "navn-1", "fyll ut navnet"),
     ({"duf-1": "1234"}, "duf-1", "12 sifre"), ({"knytning": ""}, "knytning", "velg hvorfor"),
     ({"knytning": "other"}, "merknad", "skriv hva tilknytningen er"), ({"merknad": "x" * 2001}, "merknad", "høyst")],
)  # fmt: skip
def test_what_lacks_about_persons_is_said_by_field(typed: dict[str, str], field: str, words: str) -> None:
    """422 with what was typed, and nothing is sent."""
    found = desktop()
    answer = found.post(f"{PERSONS}/{NAMED}", {**SHEET, **NAMED_TYPED, **typed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert words in answer.text
    assert found.desk.sent == []


def test_room_for_more_persons_keeps_what_was_typed() -> None:
    """Without scripts a button adds rows; nothing is sent by it."""
    found = desktop()
    answer = found.post(f"{PERSONS}/{NAMED}", {**SHEET, **NAMED_TYPED, "navn-3": "", "handling": "flere"})
    assert answer.status_code == 200
    assert 'name="navn-6"' in answer.text
    assert 'value="Rima Eksempel"' in answer.text
    assert found.desk.sent == []


def test_self_settlement_is_reported() -> None:
    """Persons, the home they have found, and when they move in."""
    found = desktop(desk=accepted(SELF))
    assert found.post(f"{SELVES}/{SELF}", {**SHEET, **SELF_TYPED}).status_code == 303
    [command] = found.desk.sent
    assert isinstance(command.body, ReportSelfSettlement)
    said = command.body.self_settlement
    assert [one.name for one in said.persons] == ["Rima Eksempel", "Sami Eksempel"]
    assert (said.address, said.moves_in) == ("Eksempelveien 1", date(2027, 1, 15))


def test_an_answered_report_leads_to_its_list_and_names_nobody() -> None:
    """What it said of persons is gone; how many they were, and the list, stay."""
    over = self_settlement(status=ReportStatus.ANSWERED, list_id="FL-2026-000123", self_settlement=None)
    for path in (SELVES, f"{SELVES}/{SELF}"):
        text = desktop(over).get(path).text
        assert "2 personer" in text
        assert "/bosetting/fordelinger/FL-2026-000123" in text
        assert '<form class="report"' not in text


def test_withdrawing_says_what_happens_and_sends_the_version() -> None:
    """The button is on the report's page; weekly places have none."""
    found = desktop(named(), desk=accepted(NAMED))
    assert f'action="{PERSONS}/{NAMED}/trekk"' in found.get(f"{PERSONS}/{NAMED}").text
    answer = found.post(f"{PERSONS}/{NAMED}/trekk", SHEET)
    assert answer.headers["location"] == f"{PERSONS}?trukket={NAMED}"
    [command] = found.desk.sent
    assert isinstance(command.body, WithdrawReport)
    assert desktop(weekly()).post(f"{WEEKS}/weekly-places/trekk", SHEET).status_code == 404


def test_history_says_who_when_and_what() -> None:
    """Of weeks how many before and after; of persons only which part changed."""
    text = desktop(weekly()).get(WEEKS).text
    assert "20.10.2026 kl. 11.30" in text
    assert "Ola Dahl" in text
    assert "Uke 53, 2026: 0" in text


def test_who_only_reads_sees_it_all_and_no_form() -> None:
    """A reader's page has no field and no button that changes anything."""
    reading = desktop(weekly(), homes(), named(), user=user(READER))
    for path, words in ((WEEKS, "6"), (f"{HOMES}/{HOME}", "Nær skole"), (f"{PERSONS}/{NAMED}", "Rima Eksempel")):
        text = reading.get(path).text
        assert words in text
        assert '<form class="report"' not in text
        assert "/trekk" not in text
    assert reading.get(f"{HOMES}/ny").status_code == 303


@pytest.mark.parametrize("path", [f"{ROOT}/noe", f"{HOMES}/1", f"{HOMES}/{NAMED}", f"{PERSONS}/{HOME}",
                                  f"{HOMES}/weekly-places", f"{HOMES}/{HOME.upper()}"])  # fmt: skip
def test_what_there_is_not_is_not_found(path: str) -> None:
    """An unknown kind, an id that is none, and a report under another kind's address."""
    assert desktop(homes(), named()).get(path).status_code == 404


def test_the_hub_counts_and_asks() -> None:
    """All four kinds with how many are open, and where a question waits."""
    text = desktop(weekly(), homes(questioned_at=NOW), named()).get(ROOT).text
    assert text.count("1 innmelding gjelder nå") == 3
    assert text.count("Ingenting er meldt inn nå") == 1
    assert text.count("Gjelder dette fortsatt?") == 1


def test_an_absent_broker_loses_nothing_that_was_typed() -> None:
    """503 with the form as it was typed, on the same sheet: sent again it is the same command."""
    found = desktop(homes(), desk=FakeDesk(broker=False))
    answer = found.post(f"{HOMES}/{HOME}", {**SHEET, **HOMES_TYPED, "soverom": "4"})
    assert answer.status_code == 503
    assert 'name="soverom" value="4"' in answer.text
    assert SHEET["skjema"] in answer.text


def test_features_are_kept_when_the_form_comes_back() -> None:
    """A box that was ticked is still ticked, and one that was not is not."""
    answer = desktop().post(f"{HOMES}/{HOME}", {**SHEET, **HOMES_TYPED, "antall": ""})
    ticked = [feature for feature in HomeFeature if f'id="egnet-{feature.value}" name="egnet-{feature.value}" '
              'value="ja" checked' in answer.text]  # fmt: skip
    assert ticked == [HomeFeature.STEP_FREE]


def test_a_list_that_answers_self_settlement_says_so() -> None:
    """On the work surface, under Fordelinger and on its page, with a link to the report; no homes are looked for."""
    one = one_list(self_settlement=SELF)
    found = Desktop(user(), FakeReader({LIST: one}, reports=[(homes(), 1)]))
    lists = f"/kommune/{OSLO}/bosetting/fordelinger"
    for path in (f"/kommune/{OSLO}/arbeidsflate", lists, f"{lists}/{LIST}"):
        assert 'data-color="info">Avtalt selvbosetting' in found.get(path).text
    text = found.get(f"{lists}/{LIST}").text
    assert f"/bosetting/innmeldinger/selvbosetting/{SELF}" in text
    assert "Boliger som passer" not in text
    plain = Desktop(user(), FakeReader({LIST: one_list()}))
    assert 'data-color="info">Avtalt selvbosetting' not in plain.get(f"{lists}/{LIST}").text
