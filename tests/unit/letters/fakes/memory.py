"""What is kept, and what a test sees of it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from chassis.clock import FixedClock
from services.letters.domain.content import Answer, Folder, Municipality
from services.letters.domain.letter import Letter
from services.letters.use_cases.ports import (
    Unit,
)


@dataclass(frozen=True)
class Published:
    """What a test looks at of a published record."""

    type: str
    key: str
    subject: str
    sequence: int | None
    partition_key: str | None = None


class World(Protocol):
    """Where letters are kept: memory, or PostgreSQL. It is also the use cases' ``Units``."""

    clock: FixedClock

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction; it is committed at the end, and undone on an exception."""

    async def published(self) -> list[Published]:
        """Take what has been published since the last call."""

    async def holds(self, text: str) -> bool:
        """Tell whether the text is anywhere in what is kept of persons."""


@dataclass
class Queued:
    stage: str
    due_at: datetime
    needs: dict[str, int]
    claims: int = 0
    starts: int = 0
    deaths: int = 0
    turn: int = 0


@dataclass
class OnItsWay:
    stage: str
    due_at: datetime
    claims: int = 0
    tries: int = 0
    turn: int = 0


@dataclass
class Memory:
    """Everything there is."""

    municipalities: dict[str, tuple[int, Municipality]] = field(default_factory=dict)
    answers: dict[str, date] = field(default_factory=dict)
    accepted: dict[str, frozenset[int]] = field(default_factory=dict)
    whole_answers: dict[str, Answer] = field(default_factory=dict)
    covered: dict[tuple[str, int], tuple[str, bool]] = field(default_factory=dict)
    """By list and person: the decision, and whether the person was withdrawn since."""
    archives: dict[str, int] = field(default_factory=dict)
    folders: dict[tuple[str, int], tuple[int, Folder | None]] = field(default_factory=dict)
    letters: dict[str, Letter] = field(default_factory=dict)
    queue: dict[str, Queued] = field(default_factory=dict)
    errands: dict[str, OnItsWay] = field(default_factory=dict)
    arrived: dict[str, int] = field(default_factory=dict)
    erasures: dict[str, datetime] = field(default_factory=dict)
    published: list[Published] = field(default_factory=list)
