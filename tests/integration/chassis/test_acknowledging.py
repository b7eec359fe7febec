"""Offsets are committed beside the handling: soon, before partitions go to others, and held up by nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chassis.reading import acknowledging
from chassis.reading.polling import PatientConsumer
from chassis.service import running
from tests.integration.chassis.reading import acknowledged
from tests.integration.chassis.stage import Stage, counted, until

NEVER = 3600.0


async def test_what_has_been_handled_is_acknowledged_though_nothing_comes_behind_it(stage: Stage) -> None:
    """Whoever looks how far a group is gets to know."""
    async with running(stage.service(), stage.settings()):
        await stage.produce([counted(f"s-{n}", 1) for n in range(20)])
        await acknowledged(stage, 20)


async def test_nobody_waits_for_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that takes its time over one commit does not hold up the batches behind it."""
    answers = asyncio.Event()
    commit = PatientConsumer.commit

    async def slowly(self: PatientConsumer, offsets: Any = None) -> None:
        await answers.wait()
        await commit(self, offsets)

    monkeypatch.setattr(PatientConsumer, "commit", slowly)
    monkeypatch.setattr(acknowledging, "EVERY", 0.0)
    async with running(stage.service(), stage.settings()) as state:
        for number in range(1, 4):
            await stage.produce([counted("s", number)])
            await stage.applied(number)
        assert await stage.committed(state.readers[0].group) == 0
        answers.set()
        await acknowledged(stage, 3)


async def test_before_partitions_go_to_another_reader_it_is_told_what_has_been_handled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would handle nothing twice in any case; now it need not look either."""
    monkeypatch.setattr(acknowledging, "EVERY", NEVER)
    async with running(stage.service(), stage.settings()) as first:
        await stage.produce([counted(f"s-{n}", 1) for n in range(30)])
        await stage.applied(30)
        async with running(stage.service(), stage.settings()) as second:
            await stage.produce([counted(f"s-{n}", 2) for n in range(30)])
            await stage.applied(60)
            assert await stage.committed(first.readers[0].group) == 30
            assert {state.readers[0].progress.counts["repeats"] for state in (first, second)} == {0}


async def test_a_batch_that_fails_comes_again_with_what_was_handled_before_it_acknowledged(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that breaks down over a batch takes it again from its first record."""
    broken, tries = True, 0
    async with running(stage.service(), stage.settings()) as state:
        [reader] = state.readers
        whole = reader.handle

        async def break_down(records: Any) -> None:
            nonlocal tries
            tries += 1
            if broken:
                raise RuntimeError
            await whole(records)

        async def tried_again() -> bool:
            return tries > 1

        await stage.produce([counted("a", 1)])
        await stage.applied(1)
        await acknowledged(stage, 1)
        monkeypatch.setattr(reader, "handle", break_down)
        await stage.produce([counted("a", 2), counted("b", 1)])
        await until(tried_again)
        assert await stage.committed(reader.group) == 1
        broken = False
        await stage.applied(3)
        await acknowledged(stage, 3)
