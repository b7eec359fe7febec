"""The ports in memory. The same contracts hold for these and for the real adapters."""

from tests.unit.letters.fakes.copies import FakeCopies
from tests.unit.letters.fakes.keeping import FakeArchives, FakeErasures
from tests.unit.letters.fakes.letters import FakeLetters
from tests.unit.letters.fakes.memory import Memory, OnItsWay, Published, Queued, World
from tests.unit.letters.fakes.outside import FakePost, FakeRenderer, FakeStore
from tests.unit.letters.fakes.queues import FakeErrands, FakeQueue, in_turn, next_turn
from tests.unit.letters.fakes.world import FakeWorld

__all__ = [
    "FakeArchives",
    "FakeCopies",
    "FakeErasures",
    "FakeErrands",
    "FakeLetters",
    "FakePost",
    "FakeQueue",
    "FakeRenderer",
    "FakeStore",
    "FakeWorld",
    "Memory",
    "OnItsWay",
    "Published",
    "Queued",
    "World",
    "in_turn",
    "next_turn",
]
