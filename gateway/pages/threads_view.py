"""The threads of a list as its pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.codes import ListStatus
from contracts.distribution.threads_v1 import ThreadMessageState
from gateway.readmodel.one_list import OneList

OPEN = frozenset({ListStatus.RECEIVED, ListStatus.UNDER_TREATMENT, ListStatus.APPROVED})
"""Where the municipality may ask: it has not sent its answer."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What was written about the list as a whole (None) or about one person, oldest first."""

    running_number: int | None
    messages: tuple[ThreadMessageState, ...]

    @property
    def awaits_reply(self) -> bool:
        """Whether IMDi is to write next."""
        return not self.messages[-1].by_imdi


def threads(found: OneList) -> list[Thread]:
    """Give the threads somebody has written in: the list's own, then those of persons by number."""
    about: dict[int | None, list[ThreadMessageState]] = {}
    for message in found.messages:
        about.setdefault(message.running_number, []).append(message)
    return [Thread(number, tuple(about[number])) for number in sorted(about, key=lambda one: one or 0)]


def may_ask(found: OneList) -> bool:
    """Whether the list is one that may still be asked about."""
    return found.state.status in OPEN
