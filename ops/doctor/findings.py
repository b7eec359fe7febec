"""What a check found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """How it is."""

    WELL = "well"
    LOOK = "look"
    """It works; somebody should look at it."""
    BAD = "bad"
    UNKNOWN = "unknown"
    """It cannot be seen from here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. check: its group; what: the thing; said: in words; todo: what to do, empty where nothing."""

    check: str
    what: str
    state: State
    said: str
    todo: str = ""

    def document(self) -> dict[str, str]:
        """Write it as JSON's values."""
        return {name: str(value) for name, value in asdict(self).items()}


def well(check: str, what: str, said: str) -> Finding:
    """Say that it is well."""
    return Finding(check, what, State.WELL, said)


def graded(check: str, what: str, *, well_if: bool, said: str, todo: str, otherwise: State = State.BAD) -> Finding:
    """Say that it is well, or else how it is and what to do."""
    return Finding(check, what, State.WELL if well_if else otherwise, said, "" if well_if else todo)
