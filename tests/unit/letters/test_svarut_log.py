"""What can be read from SvarUt's log of a letter, and what is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ops.svarut.counter import HAPPENED
from services.letters.adapters.svarut import STATUSES
from services.letters.adapters.svarut_log import steps_of
from services.letters.domain.codes import DispatchStatus
from services.letters.domain.dispatch import Dispatch, DispatchStep

AT = datetime(2026, 1, 18, 12, 43, 31, tzinfo=UTC)
LOCAL = "18.01.2026 13:43:31"
S = DispatchStatus


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Mottatt, og tildelt forsendelse-id", S.RECEIVED),
        ("Akseptert for ekspedering", S.ACCEPTED),
        ("Varsling sendt til Altinn", S.NOTIFIED),
        ("Sendt til manuell print", S.SENT_TO_PRINT),
        ("Metadata er validert OK", None),
        ("Mottaker 01829400470 er registert i kontaktregister, men har ikke registrert postkasse.", None),
        ("Lesefrist utløpt.", None),
    ],
)
def test_texts_that_say_a_status_are_read(text: str, status: DispatchStatus | None) -> None:
    """At Oslo's time, where no zone is told; all other texts are nobody's."""
    found = steps_of([{"hendelse": text, "tidspunkt": LOCAL}])
    assert found == ([DispatchStep(status, AT)] if status else [])


@pytest.mark.parametrize("event", [None, "x", {}, {"hendelse": 1, "tidspunkt": LOCAL}, {"hendelse": "Mottatt"},
                                   {"hendelse": "Mottatt", "tidspunkt": "i går"}])  # fmt: skip
def test_what_is_otherwise_than_expected_is_passed_over(event: object) -> None:
    """It is told in a form that nobody has promised."""
    assert steps_of([event]) == []


def test_the_simulators_texts_are_read_as_its_statuses() -> None:
    """All but those with which a letter's way ends, and those nobody has a text of."""
    read = {STATUSES[word]: steps_of([{"hendelse": text, "tidspunkt": LOCAL}]) for word, text in HAPPENED.items()}
    assert {status: [step.status for step in steps] for status, steps in read.items()} == {
        status: [] if status.final else [status] for status in DispatchStatus
    }


def step(status: DispatchStatus, seconds: int) -> DispatchStep:
    return DispatchStep(status, AT.replace(second=seconds))


def test_only_what_lies_between_is_taken_in() -> None:
    """Nothing known, older, later, first or last; each status once, in the order of time."""
    way = Dispatch("r", AT, (step(S.ACCEPTED, 10), step(S.NOTIFIED, 20)))
    told = [
        step(S.SENT_TO_PRINT, 31), step(S.SENT_TO_PRINT, 30), step(S.RECEIVED, 20), step(S.NOTIFIED, 25),
        step(S.SENT_DIGITALLY, 5), step(S.SENT_TO_MAILBOX, 50), step(S.READ, 32),
    ]  # fmt: skip
    assert way.between(told, step(S.PRINTED, 40)) == [step(S.SENT_TO_PRINT, 30)]


@pytest.mark.parametrize(
    ("last", "now", "asked"),
    [
        (None, S.RECEIVED, False),
        (None, S.ACCEPTED, False),
        (None, S.NOTIFIED, True),
        (S.ACCEPTED, S.NOTIFIED, False),
        (S.NOTIFIED, S.PRINTED, True),
        (S.NOTIFIED, S.NOTIFIED, False),
        (S.SENT_TO_PRINT, S.PRINTED, False),
        (S.READ, S.PRINTED, False),
    ],
)
def test_the_log_is_asked_for_only_where_something_may_be_missing(
    last: DispatchStatus | None, now: DispatchStatus, asked: bool
) -> None:
    """Not for each step of each letter."""
    way = Dispatch("r", AT, (step(last, 1),) if last else ())
    assert way.may_have_missed(step(now, 2)) is asked
