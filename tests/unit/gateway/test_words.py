from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum

import pytest

from contracts import codes
from gateway.commands.outcomes import Outcome
from gateway.commands.problems import describe
from gateway.pages import format as formats
from gateway.pages.format import Urgency, reply_clock
from gateway.pages.labels import LABELS, label

SHOWN = [
    codes.ListStatus,
    codes.PersonStatus,
    codes.WithdrawalReason,
    codes.DeclineReason,
    codes.PlaceKind,
    codes.Sex,
    codes.Category,
    codes.Education,
    codes.Need,
    codes.LetterKind,
    codes.LetterLanguage,
    codes.DispatchStatus,
    codes.DispatchFailure,
    codes.ContactRole,
]


@pytest.mark.parametrize("kind", SHOWN)
def test_every_code_a_page_shows_has_a_word(kind: type[StrEnum]) -> None:
    """A code that the contract gains must get its Norwegian word."""
    assert set(LABELS[kind]) == set(kind)


def test_a_code_newer_than_the_words_shows_as_itself() -> None:
    """A minor version may add codes: the page goes on."""

    class Newer(StrEnum):
        CODE = "code"

    assert label(Newer.CODE) == "code"


@pytest.mark.parametrize(
    ("today", "text", "urgency"),
    [
        ("2026-11-20T12:00", "11 dager igjen", Urgency.CALM),
        ("2026-11-28T12:00", "3 dager igjen", Urgency.CALM),
        ("2026-11-29T12:00", "2 dager igjen", Urgency.SOON),
        ("2026-11-30T12:00", "Frist i morgen", Urgency.SOON),
        ("2026-12-01T12:00", "Siste frist i dag", Urgency.SOON),
        ("2026-12-01T22:59", "Siste frist i dag", Urgency.SOON),
        ("2026-12-01T23:00", "1 dag over fristen", Urgency.OVERDUE),
        ("2026-12-04T12:00", "3 dager over fristen", Urgency.OVERDUE),
    ],
)
def test_the_reply_clock_counts_norwegian_days(today: str, text: str, urgency: Urgency) -> None:
    """A deadline is the end of its date in Oslo, where winter is an hour ahead of UTC; colour and text agree."""
    clock = reply_clock(date(2026, 12, 1), datetime.fromisoformat(today).replace(tzinfo=UTC))
    assert (clock.text, clock.urgency) == (text, urgency)


def test_dates_and_numbers_are_written_as_in_norway() -> None:
    """``22.05.2017``; moments in Norwegian time, summer and winter; thousands apart; a true minus."""
    assert formats.day(date(2017, 5, 22)) == "22.05.2017"
    assert formats.moment(datetime(2017, 5, 22, 12, 5, tzinfo=UTC)) == "22.05.2017 kl. 14.05"
    assert formats.moment(datetime(2016, 12, 31, 23, 30, tzinfo=UTC)) == "01.01.2017 kl. 00.30"
    assert formats.number(-1850) == "−1\N{NO-BREAK SPACE}850"


def test_countries_and_languages_have_names() -> None:
    """Codes become words; what has no name shows as its code, and no nationality is said plainly."""
    assert formats.country("SY") == "Syria"
    assert formats.country(None) == "Statsløs eller ukjent"
    assert formats.country("ZZ")
    assert formats.language_name("ar") == "arabisk"
    assert formats.language_name("ar-SY") == "arabisk"
    assert formats.language_name("qaa") == "qaa"


def test_who_was_first_is_told_with_name_and_time() -> None:
    """The second caseworker hears who answered, and when."""
    problem = describe(Outcome("L", 6, "already-answered", {"by": "Kari Nordmann", "at": "2026-11-24T09:30:00+01:00"}))
    assert "Kari Nordmann 24.11.2026 kl. 09.30" in problem.text


def test_a_conflict_tells_who_changed_the_list() -> None:
    """A list changed meanwhile: by whom, when, and that nothing typed is lost; also where only IMDi touched it."""
    problem = describe(Outcome("L", 6, "version-conflict", {"by": "Ola", "at": "2026-11-24T09:30:00+01:00"}))
    assert "av Ola 24.11.2026 kl. 09.30" in problem.text
    assert "står fortsatt i skjemaet" in problem.text
    assert "endret." in describe(Outcome("L", 6, "version-conflict", {})).text


@pytest.mark.parametrize("at", ["", "yesterday", "2026-13-45"])
def test_an_odd_time_is_left_out(at: str) -> None:
    """A parameter that is no time never breaks the page."""
    assert "Kari" in describe(Outcome("L", 6, "already-answered", {"by": "Kari", "at": at})).text


def test_an_unknown_problem_gets_general_words() -> None:
    """An owner may refuse for a reason newer than these pages."""
    assert "Ingenting er endret" in describe(Outcome("L", 6, "something-new", {})).text
