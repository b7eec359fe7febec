"""The switches by which a rig shows that it would notice a loss do lose."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from chassis import faults
from chassis.service import running
from tests.integration.chassis.stage import Counted, Stage, counted, until


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Switch faults on in this process."""
    monkeypatch.setattr(faults, "FOLDER", str(tmp_path))
    return tmp_path


def happened(place: Path) -> Callable[[], Awaitable[bool]]:
    """Ask whether what was to happen at a place has."""
    done = place.with_name(f"{place.name}.done")
    return lambda: asyncio.to_thread(done.exists)


@pytest.mark.parametrize("first", [True, False])
async def test_a_batch_that_fails_is_lost_where_offsets_are_committed_first(
    stage: Stage, folder: Path, first: bool
) -> None:
    """With the switch it never takes effect; without, it comes again."""
    (folder / f"{stage.name}.{stage.topic}.taken").write_text("raise")
    if first:
        (folder / "ack-first").touch()
    async with running(stage.service(), stage.settings()):
        await stage.produce([counted("a", 1)])
        await until(happened(folder / f"{stage.name}.{stage.topic}.taken"))
        await stage.produce([counted("a", 2)])
        await stage.applied(1 if first else 2)
    assert await stage.effects() == ([("a", 2)] if first else [("a", 1), ("a", 2)])


@pytest.mark.parametrize("stored", [True, False])
async def test_what_is_not_stored_is_lost_where_sending_fails(stage: Stage, folder: Path, stored: bool) -> None:
    """With the switch the first record is gone; without, the outbox has it."""
    if not stored:
        (folder / "no-outbox").touch()
    (folder / f"{stage.name}.relay.read").write_text("raise")
    async with running(stage.service(), stage.settings()) as state:
        for number in (1, 2):
            async with state.transactions.begin() as transaction:
                body = Counted(number=number)
                await transaction.publish(stage.topic, body, key="s", subject="s", sequence=number)
            await until(happened(folder / f"{stage.name}.relay.read"))
        await stage.applied(2 if stored else 1)
        await stage.emptied()
    assert await stage.effects() == ([("s", 1), ("s", 2)] if stored else [("s", 2)])
