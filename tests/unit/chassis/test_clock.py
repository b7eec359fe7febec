"""The clock that all processes of a service share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from chassis.clock import FixedClock, SharedClock
from chassis.storage.database import Connection

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)


@dataclass
class World:
    """A machine and a database: what their clocks say, and how long a question takes."""

    own: FixedClock = field(default_factory=lambda: FixedClock(NOON + TEN_MINUTES))
    database: datetime = NOON
    second: float = 100.0
    took: float = 0.01

    def seconds(self) -> float:
        return self.second

    def passes(self, seconds: float) -> None:
        self.second += seconds
        self.database += timedelta(seconds=seconds)
        self.own.advance(timedelta(seconds=seconds))

    async def fetchval(self, _statement: str, *_values: Any) -> datetime:
        self.passes(self.took / 2)
        told = self.database
        self.passes(self.took / 2)
        return told


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def clock(world: World) -> SharedClock:
    return SharedClock(world.own, world.seconds)


async def look(clock: SharedClock, world: World) -> float:
    return await clock.synchronise(cast("Connection", world))


async def test_the_time_is_the_databases(clock: SharedClock, world: World) -> None:
    """Before the first look it is the machine's own; then the database's, and how far the machine's is off is told."""
    assert clock.now() == NOON + TEN_MINUTES
    assert await look(clock, world) == pytest.approx(600, abs=0.1)
    assert clock.now() == world.database
    world.passes(3)
    assert clock.now() == world.database


async def test_a_clock_that_is_set_ahead_and_back_does_not_move_the_time(clock: SharedClock, world: World) -> None:
    """Between two looks too: what is planned meanwhile is due when it was to be."""
    await look(clock, world)
    world.own.advance(TEN_MINUTES)
    assert clock.now() == world.database
    world.own.advance(-3 * TEN_MINUTES)
    assert clock.now() == world.database
    assert await look(clock, world) == pytest.approx(-600, abs=0.1)


async def test_the_time_does_not_jump_for_what_a_question_takes(clock: SharedClock, world: World) -> None:
    """A difference that the question itself may make is none; a real one is taken over, unless the answer was slow."""
    await look(clock, world)
    before = clock.now() - world.database
    world.database += timedelta(milliseconds=30)
    await look(clock, world)
    assert clock.now() - world.database == before - timedelta(milliseconds=30)
    world.database += timedelta(seconds=2)
    world.took = 1.5
    await look(clock, world)
    assert world.database - clock.now() > timedelta(seconds=1)
    world.took = 0.01
    await look(clock, world)
    assert clock.now() == world.database
