"""A letter's way as the page tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.codes import DispatchFailure, DispatchStatus, LetterKind
from contracts.letters.v1 import Dispatch, DispatchStep, LetterState
from gateway.pages.labels import label
from gateway.pages.letter_way import TAKEN_IN, UNREAD_FOR, in_vain, paper_clock, steps

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
PERSON, DECISION = LetterKind.LETTER_TO_PERSON, LetterKind.PLACEMENT_DECISION


def on_its_way(*statuses: DispatchStatus, failure: DispatchFailure | None = None) -> Dispatch:
    """Make a way whose statuses are an hour apart."""
    if failure is not None:
        return Dispatch(failure=failure)
    history = [DispatchStep(status=status, at=NOW + number * HOUR) for number, status in enumerate(statuses)]
    return Dispatch(status=history[-1].status if history else None, reference="r", handed_over_at=NOW, history=history)


def letter(way: Dispatch | None, *earlier: Dispatch, kind: LetterKind = PERSON) -> LetterState:
    return LetterState(
        letter_id="l", municipality_id="k-0301", list_id="FL-2026-000123", kind=kind, planned_at=NOW, dispatch=way,
        attempt=len(earlier) + 1, earlier=list(earlier), running_number=1 if kind is PERSON else None,
    )  # fmt: skip


@pytest.mark.parametrize("status", list(DispatchStatus))
def test_every_status_is_a_step_with_its_time(status: DispatchStatus) -> None:
    """The two by which SvarUt has taken it in are the one that it was sent."""
    told = [(step.text, step.at) for step in steps(letter(on_its_way(DispatchStatus.ACCEPTED, status)))]
    wanted = [("Sendt", NOW), (label(status), NOW + HOUR)]
    assert told == ([] if status in TAKEN_IN else wanted)


def test_attempts_before_stay_on_the_timeline() -> None:
    """What was returned, what was refused, and that it was sent again, in their order."""
    returned = on_its_way(DispatchStatus.SENT_TO_PRINT, DispatchStatus.NOT_DELIVERED)
    refused = on_its_way(failure=DispatchFailure.REFUSED)
    told = [step.text for step in steps(letter(on_its_way(DispatchStatus.NOTIFIED), returned, refused))]
    assert told == [
        "Sendt", "Skrives ut på papir", "Ikke levert", "Kunne ikke sendes", "Sendt på nytt, forsøk 3",
        "Mottakeren er varslet",
    ]  # fmt: skip
    assert [step.text for step in steps(letter(None, refused))] == ["Kunne ikke sendes"]


@pytest.mark.parametrize(
    ("after", "text"),
    [(0, "48 timer igjen"), (46.5, "1 time igjen"), (47.5, "når som helst nå"), (60, "når som helst nå")],
)
def test_the_clock_until_paper_runs_from_when_the_receiver_was_told(after: float, text: str) -> None:
    """For two days; what is over is said without a promise of when."""
    clock = paper_clock(letter(on_its_way(DispatchStatus.NOTIFIED)), NOW + after * HOUR)
    assert clock is not None
    assert (clock.at, clock.text) == (NOW + UNREAD_FOR, text)


@pytest.mark.parametrize("status", [each for each in DispatchStatus if each is not DispatchStatus.NOTIFIED])
def test_no_clock_runs_where_nothing_is_waited_for(status: DispatchStatus) -> None:
    """Neither before the receiver is told nor after it was read, printed or stopped, nor for a municipality."""
    assert paper_clock(letter(on_its_way(status)), NOW) is None
    assert paper_clock(letter(on_its_way(DispatchStatus.NOTIFIED), kind=DECISION), NOW) is None


def test_what_has_reached_nobody_is_said() -> None:
    """Rejected, not delivered, stopped or refused; not one whose receiver was withdrawn."""
    in_vain_of = {status for status in DispatchStatus if in_vain(letter(on_its_way(status)))}
    assert in_vain_of == {DispatchStatus.REJECTED, DispatchStatus.NOT_DELIVERED, DispatchStatus.HANDLED_MANUALLY}
    assert in_vain(letter(on_its_way(failure=DispatchFailure.REFUSED)))
    assert not in_vain(letter(on_its_way(failure=DispatchFailure.FOLDER_CLOSED)))
