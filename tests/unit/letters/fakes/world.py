"""The units of work over them."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from chassis.clock import FixedClock
from services.letters.domain.calendar import day_in_norway
from services.letters.use_cases.ports import (
    Unit,
)
from tests.unit.letters.fakes.copies import FakeCopies
from tests.unit.letters.fakes.keeping import FakeArchives, FakeErasures
from tests.unit.letters.fakes.letters import FakeLetters
from tests.unit.letters.fakes.memory import Memory, Published
from tests.unit.letters.fakes.queues import FakeErrands, FakeQueue


class FakeWorld:
    """A World in memory."""

    def __init__(self, now: datetime) -> None:
        self.memory = Memory()
        self.clock = FixedClock(now)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        working, now = copy.deepcopy(self.memory), self.clock.now()
        yield Unit(
            now,
            FakeCopies(working, day_in_norway(now)),
            FakeLetters(working, now),
            FakeQueue(working, now),
            FakeErrands(working, now),
            FakeArchives(working),
            FakeErasures(working, now),
        )
        self.memory = working

    async def published(self) -> list[Published]:
        taken, self.memory.published = self.memory.published, []
        return taken

    async def holds(self, text: str) -> bool:
        return text in repr((self.memory.folders, self.memory.whole_answers))
