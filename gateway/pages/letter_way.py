"""A letter's way to its receiver as the page tells it: all attempts in their steps, and how long it is until paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from contracts.codes import DispatchFailure, DispatchStatus, LetterKind
from contracts.letters.v1 import Dispatch, LetterState
from gateway.language import _, ngettext
from gateway.pages.labels import label

UNREAD_FOR = timedelta(days=2)
"""What has not been read by then SvarUt prints (docs/letters.md)."""
HOUR = timedelta(hours=1)
TAKEN_IN = frozenset({DispatchStatus.RECEIVED, DispatchStatus.ACCEPTED})
"""SvarUt tells of "sent" twice, as taken in and as accepted: to the reader it is one thing, and when is known."""
IN_VAIN = frozenset({DispatchStatus.REJECTED, DispatchStatus.NOT_DELIVERED, DispatchStatus.HANDLED_MANUALLY})


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the timeline. ``at``: None where nobody knows when."""

    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaperClock:
    """Until when a letter may be read before it goes as paper, and how long that is."""

    at: datetime
    left: timedelta

    @property
    def text(self) -> str:
        """``31 timer igjen``; in the last hour, and after it, that it may be any moment."""
        hours = math.floor(self.left / HOUR)
        if hours < 1:
            return _("når som helst nå")
        return ngettext("%(hours)s time igjen", "%(hours)s timer igjen", hours) % {"hours": hours}


def steps(letter: LetterState) -> list[Step]:
    """Tell all that has happened, oldest first; nothing where there is no more than the letter's tag says."""
    if letter.dispatch is None or not (letter.earlier or _told(letter.dispatch)):
        return [step for number, way in enumerate(letter.earlier, 1) for step in _attempt(number, way)]
    ways = [*letter.earlier, letter.dispatch]
    return [step for number, way in enumerate(ways, 1) for step in _attempt(number, way)]


def _told(way: Dispatch) -> list[Step]:
    return [Step(label(step.status), step.at) for step in way.history if step.status not in TAKEN_IN]


def _attempt(number: int, way: Dispatch) -> Iterator[Step]:
    sent = _("Sendt") if number == 1 else _("Sendt på nytt, forsøk %(number)s") % {"number": number}
    if way.handed_over_at is not None:
        yield Step(sent, way.handed_over_at)
    yield from _told(way)
    if way.failure is not None:
        yield Step(label(way.failure))


def paper_clock(letter: LetterState, now: datetime) -> PaperClock | None:
    """Tell how long a person still has to read a letter on the screen; None where that is not, or no more, open."""
    way = letter.dispatch
    if letter.kind is not LetterKind.LETTER_TO_PERSON or way is None or way.status is not DispatchStatus.NOTIFIED:
        return None
    at = way.history[-1].at + UNREAD_FOR
    return PaperClock(at, at - now)


def in_vain(letter: LetterState) -> bool:
    """Whether nobody has got it and somebody has to mend that."""
    way = letter.dispatch
    return way is not None and (way.failure is DispatchFailure.REFUSED or way.status in IN_VAIN)


@pass_context
def _paper_clock(context: Context, letter: Any) -> PaperClock | None:  # noqa: ANN401  a template's value
    return paper_clock(letter, context["now"])


GLOBALS: Mapping[str, Callable[..., object]] = {
    "letter_steps": steps,
    "paper_clock": _paper_clock,
    "letter_in_vain": in_vain,
}
