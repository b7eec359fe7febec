"""Anmodning og vedtak: what the pages show, what a form may hold, and what is done with it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.codes import PlaceKind
from contracts.municipality.v1 import (
    LedgerChangeState,
    LedgerYearState,
    Places,
    RegisterResolution,
    Request,
    Resolution,
)
from gateway.commands.outcomes import Outcome
from gateway.pages.resolution_form import ResolutionForm
from gateway.readmodel.places import awaits_resolution
from tests.unit.gateway.fakes import Desktop, FakeDesk, FakeReader
from tests.unit.gateway.samples import NOW, OSLO, READER, user

ROOT = f"/kommune/{OSLO}"
PAGE = f"{ROOT}/vedtak"
FORM = f"{PAGE}/2027"
SHEET = "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11"
ASKED = Request(
    ordinary_places=25, unaccompanied_minor_places=2, answer_by=date(2026, 12, 15), received_at=NOW - timedelta(days=9)
)
MADE = Resolution(
    ordinary_places=20,
    unaccompanied_minor_places=0,
    resolved_on=date(2026, 11, 20),
    case_number="2026/1234",
    registered_at=NOW - timedelta(days=3),
    registered_by="Ola Dahl",
)
NONE = Places(agreed=None, requested=0, placed=0, settled=0, left=0)
TYPED = {
    "skjema": SHEET, "versjon": "1", "ordinare": "20", "em": "0", "vedtaksdato": "2026-11-20",
    "saksnummer": "2026/1234",
}  # fmt: skip


def year(**changes: Any) -> LedgerYearState:
    made = LedgerYearState(
        municipality_id=OSLO, year=2027, request=ASKED, resolution=None, ordinary=NONE, unaccompanied_minor=NONE
    )
    return made.model_copy(update=changes)


def desktop(*years: LedgerYearState, **parts: Any) -> Desktop:
    return Desktop(parts.pop("user", user()), FakeReader(years={one.year: one for one in years}), **parts)


def test_no_resolution_is_not_one_of_nothing() -> None:
    """The page says which it is, in words."""
    before = desktop(year()).get(PAGE).text
    assert "ikke registrert" in before
    assert "Kommunen har sagt nei" not in before
    refused = MADE.model_copy(update={"ordinary_places": 0})
    assert "Kommunen har sagt nei: 0 plasser" in desktop(year(resolution=refused)).get(PAGE).text


def test_a_year_shows_its_history_with_who_and_when() -> None:
    """Every request and resolution, and a deadline that passed, the newest first."""
    found = desktop(year(resolution=MADE))
    about = {"municipality_id": OSLO, "year": 2027}
    found.reader.changes = [
        LedgerChangeState(**about, version=1, at=NOW - timedelta(days=9), request=ASKED),
        LedgerChangeState(**about, version=2, at=NOW - timedelta(days=5), unanswered=ASKED.answer_by),
        LedgerChangeState(**about, version=3, at=NOW - timedelta(days=3), resolution=MADE),
    ]
    text = found.get(PAGE).text
    history = text[text.index('class="timeline"') :]
    order = ["Kommunen registrerte vedtak på 20 + 0 EM", "(Ola Dahl)", "gikk ut uten vedtak", "IMDi ba om 25 + 2 EM"]
    places = [history.index(words) for words in order]
    assert places == sorted(places)
    assert "21.11.2026 kl. 10.30" in history


@pytest.mark.parametrize(
    ("answer_by", "words"),
    [(date(2026, 12, 15), "21 dager igjen"), (date(2026, 11, 24), "Siste frist i dag"),
     (date(2026, 11, 20), "4 dager over fristen")],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/vedtak", "/arbeidsflate", ""])
def test_a_request_that_waits_is_seen_with_its_clock(path: str, answer_by: date, words: str) -> None:
    """On the work surface, on the overview and with the years, in words and not by colour alone."""
    waiting = year(request=ASKED.model_copy(update={"answer_by": answer_by}))
    text = desktop(waiting).get(ROOT + path).text
    assert words in text
    assert "Registrer vedtak for 2027" in text
    assert words not in desktop(year(request=waiting.request, resolution=MADE)).get(ROOT + path).text


def test_a_changed_request_waits_anew() -> None:
    """IMDi has asked for something else since the resolution: the page says so until the municipality has answered."""
    changed = ASKED.model_copy(update={"received_at": NOW})
    assert awaits_resolution(year(request=changed, resolution=MADE))
    assert not awaits_resolution(year(resolution=MADE))
    assert not awaits_resolution(year(request=None))
    assert (
        "IMDi har endret anmodningen siden vedtaket" in desktop(year(request=changed, resolution=MADE)).get(PAGE).text
    )


def test_the_form_is_empty_until_something_holds() -> None:
    """An empty field is no zero; a resolution that holds is there to be changed."""
    assert 'id="ordinare" name="ordinare" value=""' in desktop(year()).get(FORM).text
    text = desktop(year(resolution=MADE)).get(FORM).text
    assert 'name="ordinare" value="20"' in text
    assert 'name="em" value="0"' in text
    assert 'name="vedtaksdato" value="2026-11-20"' in text


def test_a_resolution_is_sent_as_it_was_typed() -> None:
    """The command has the numbers, the date and the case, and the version of the year the form was filled from."""
    found = desktop(year(), desk=FakeDesk(Outcome(f"{OSLO}/2027", 2)))
    answer = found.post(FORM, TYPED | {"ordinare": "1 020", "versjon": "7", "flere": "ja", "vedtaksdato": "20.11.2026"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?registrert=2027#ar-2027")
    [command] = found.desk.sent
    assert (command.topic, command.subject) == ("municipality.commands.v1", f"{OSLO}/2027")
    assert command.body == RegisterResolution(
        municipality_id=OSLO, year=2027, ordinary_places=1020, unaccompanied_minor_places=0,
        resolved_on=date(2026, 11, 20), case_number="2026/1234", more_than_requested=True, expected_version=7,
        actor=user().acting_in(user().access[0]),
    )  # fmt: skip
    assert "er registrert" in found.get(f"{PAGE}?registrert=2027").text


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"ordinare": ""}, "ordinare", "fyll ut et tall. Skriv 0"),
        ({"em": " "}, "em", "fyll ut et tall. Skriv 0"),
        ({"ordinare": "-5"}, "ordinare", "ikke være mindre enn 0"),
        ({"em": "to"}, "em", "bare med sifre"),
        ({"ordinare": "1,5"}, "ordinare", "bare med sifre"),
        ({"ordinare": "999999"}, "ordinare", "fra 0 til 100"),
        ({"ordinare": "٢٠"}, "ordinare", "bare med sifre"),
        ({"vedtaksdato": ""}, "vedtaksdato", "fyll ut datoen"),
        ({"vedtaksdato": "31.2.2026"}, "vedtaksdato", "for eksempel 28.01.2026"),
        ({"vedtaksdato": "2026-11-25"}, "vedtaksdato", "ikke være etter i dag"),
        ({"vedtaksdato": "20.11.1926"}, "vedtaksdato", "ikke være før 01.01.2025"),
        ({"saksnummer": ""}, "saksnummer", "fyll ut nummeret"),
        ({"saksnummer": "x" * 201}, "saksnummer", "høyst 200 tegn"),
        ({"saksnummer": "a\x00b"}, "saksnummer", "på én linje"),
        ({"em": "3"}, "flere", "flere plasser enn IMDi ber om"),
        ({"ordinare": "26"}, "flere", "flere plasser enn IMDi ber om"),
    ],
)
def test_what_cannot_be_registered_is_asked_for(changes: dict[str, str], field: str, words: str) -> None:
    """422 with a summary that leads to the field; what was typed is still there, and nothing was sent."""
    found = desktop(year())
    answer = found.post(FORM, TYPED | {"saksnummer": "sak 7"} | changes)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert words in answer.text
    assert f'id="{field}"' in answer.text
    if "saksnummer" not in changes:
        assert 'value="sak 7"' in answer.text
    assert f'name="skjema" value="{SHEET}"' in answer.text
    assert found.desk.sent == []


def test_more_than_requested_is_sent_once_it_is_confirmed() -> None:
    """A tick says that it is meant."""
    found = desktop(year(), desk=FakeDesk(Outcome(f"{OSLO}/2027", 2)))
    assert "Tallet er riktig" in found.post(FORM, TYPED | {"em": "3"}).text
    assert found.post(FORM, TYPED | {"em": "3", "flere": "ja"}).status_code == 303
    assert found.desk.sent[0].body.more_than_requested  # type: ignore[attr-defined]


def test_what_somebody_else_registered_is_shown_and_nothing_typed_is_lost() -> None:
    """409: the form as it was typed, for the year as it stands now, beside what the other registered."""
    refused = Outcome(f"{OSLO}/2027", 4, "changed-meanwhile", {"expected": "1", "actual": "4"})
    found = desktop(year(resolution=MADE), desk=FakeDesk(refused))
    found.reader.version = 4
    answer = found.post(FORM, TYPED | {"ordinare": "15", "saksnummer": "min sak"})
    assert answer.status_code == 409
    for words in ('value="15"', 'value="min sak"', 'name="versjon" value="4"', "Ola Dahl", "Registrert nå: 20"):
        assert words in answer.text
    assert f'name="skjema" value="{SHEET}"' not in answer.text, "sent again, it is another command"


@pytest.mark.parametrize(
    ("problem", "params", "words"),
    [
        ("more-than-requested", {"place_kind": "unaccompanied_minor", "requested": "2"}, "IMDi ber om 2"),
        ("resolved-in-the-future", {"today": "2026-11-24"}, "ikke kommet ennå"),
        ("resolved-too-early", {"earliest": "2025-01-01"}, "01.01.2025"),
        ("year-over", {"earliest": "2026"}, "Året er over"),
        ("year-too-far-ahead", {"latest": "2028"}, "til og med 2028"),
        ("role-may-not-write", {"role": "settlement_reader"}, "Du har ikke rettighet"),
    ],
)
def test_an_owners_refusal_has_words(problem: str, params: dict[str, str], words: str) -> None:
    """Each problem type says what is wrong and what to do."""
    found = desktop(year(), desk=FakeDesk(Outcome(f"{OSLO}/2027", 1, problem, params)))
    assert words in found.post(FORM, TYPED).text


def test_without_a_broker_nothing_typed_is_lost() -> None:
    """503 with the same form on the same sheet: sending it again is the same command."""
    answer = desktop(year(), desk=FakeDesk(broker=False)).post(FORM, TYPED)
    assert answer.status_code == 503
    assert f'name="skjema" value="{SHEET}"' in answer.text
    assert 'value="2026/1234"' in answer.text


def test_an_outcome_that_is_not_known_is_checked() -> None:
    """The page that waits leads back to the year's form."""
    found = desktop(year())
    answer = found.post(FORM, TYPED)
    assert answer.status_code == 303
    assert f'href="{FORM}"' in found.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("wanted", "status"), [(2025, 404), (2026, 200), (2028, 200), (2029, 404), (1999, 404), (99999, 404)]
)
def test_a_resolution_is_for_a_year_that_is_open(wanted: int, status: int) -> None:
    """From this year to two ahead; of a former year only where something is registered for it."""
    found = desktop(year())
    assert found.get(f"{PAGE}/{wanted}").status_code == status
    if wanted == 2025:
        assert desktop(year(year=2025)).get(f"{PAGE}/2025").status_code == 200


def test_who_reads_is_shown_the_years_and_no_form() -> None:
    """Neither button nor form, and a form of one's own is refused."""
    found = desktop(year(), user=user(READER))
    assert "Registrer vedtak" not in found.get(PAGE).text
    assert found.get(FORM).headers["location"] == f"{PAGE}#ar-2027"
    assert found.post(FORM, TYPED).status_code == 403
    assert found.desk.sent == []


def test_a_form_survives_being_kept() -> None:
    """What was typed comes back as it was, whatever it is."""
    form = ResolutionForm.parse(TYPED | {"em": "<b>", "vedtaksdato": "i går"}, 2027)
    assert ResolutionForm.kept(form.as_stored(), form.form_id) == form
    assert form.places(PlaceKind.UNACCOMPANIED_MINOR) is None
    assert form.day is None


def test_days_are_norways() -> None:
    """An hour before midnight in Greenwich it is tomorrow in Norway: a resolution of that day is not of the future."""
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    found = desktop(year(), desk=FakeDesk(Outcome(f"{OSLO}/2027", 2)), now=late)
    assert found.post(FORM, TYPED | {"vedtaksdato": "2026-11-25"}).status_code == 303
