"""Letters set by worker processes: beside the event loop, bounded, and replaced where they die."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from services.letters.adapters.typst_setter import TypstSetter
from services.letters.adapters.workers import MEGABYTE, Bounds, WorkerRenderer
from services.letters.domain.content import Content
from services.letters.use_cases.outside import RendererUnavailableError, WorkerDiedError
from tests.unit.letters.renderer_contract import RendererContract
from tests.unit.letters.stories import decision, to_person

pytestmark = pytest.mark.asyncio(loop_scope="module")

GENEROUS = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers() -> AsyncIterator[WorkerRenderer]:
    workers = WorkerRenderer(Bounds(2, seconds=GENEROUS))
    yield workers
    await workers.close()


class TestWorkers(RendererContract):
    @pytest.fixture
    def renderer(self, workers: WorkerRenderer) -> WorkerRenderer:
        return workers


async def test_they_make_the_bytes_that_one_process_makes(workers: WorkerRenderer) -> None:
    """Where a letter is set is not in it."""
    assert await workers.render(decision(1, 3)) == TypstSetter().set(decision(1, 3))


async def test_letters_are_set_beside_the_event_loop(workers: WorkerRenderer) -> None:
    """The loop turns while letters are set, in as many processes as there may be and no more; what they use is told."""
    done = asyncio.Event()
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    letters: list[Content] = [to_person(name=(f"N{number}", "Haddad")) for number in range(20)]
    made = await asyncio.gather(*(workers.render(letter) for letter in letters))
    done.set()
    await turning
    assert len(set(made)) == 20
    assert turns > 100
    assert len(workers.tally.memory) == 2
    assert 0 < workers.tally.most_memory < workers.tally.most_memory * 2 < 512 * MEGABYTE


async def test_a_worker_that_is_killed_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its letter is told as one of which a worker died; the next is set by another."""
    monkeypatch.setitem(os.environ, "FORDELING_EMBEDDED", "1")
    monkeypatch.setitem(os.environ, "FORDELING_FAULTS", str(tmp_path))
    (tmp_path / "letters.worker.setting").write_text("kill")
    workers = WorkerRenderer(Bounds(1, seconds=GENEROUS))
    with pytest.raises(WorkerDiedError):
        await workers.render(to_person())
    assert await workers.render(to_person())
    assert (workers.tally.deaths, len(workers.tally.memory)) == (1, 1)
    await workers.close()


async def test_one_that_does_not_come_to_an_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After the time that a letter may take."""
    monkeypatch.setitem(os.environ, "FORDELING_EMBEDDED", "1")
    monkeypatch.setitem(os.environ, "FORDELING_FAULTS", str(tmp_path))
    (tmp_path / "letters.worker.setting").write_text("stop")
    workers = WorkerRenderer(Bounds(1, seconds=0.3))
    with pytest.raises(WorkerDiedError):
        await workers.render(to_person())
    await workers.close()
    assert workers.tally.memory == {}


async def test_a_letter_that_takes_too_much_memory_ends_its_worker_only() -> None:
    """The bound is the kernel's; the letters beside it and after it are set."""
    workers = WorkerRenderer(Bounds(1, memory=128 * MEGABYTE, seconds=GENEROUS))
    assert await workers.render(to_person())
    [person] = decision(1).persons
    endless = replace(decision(1), persons=tuple(replace(person, running_number=n) for n in range(1, 20_000)))
    with pytest.raises(WorkerDiedError):
        await workers.render(endless)
    assert await workers.render(to_person())
    assert workers.tally.most_memory < 128 * MEGABYTE
    await workers.close()


async def test_one_that_has_grown_is_replaced() -> None:
    """With more than half of what it may have resident it makes no further letter; nothing is lost."""
    workers = WorkerRenderer(Bounds(1, memory=140 * MEGABYTE, seconds=GENEROUS))
    [person] = decision(1).persons
    long = replace(decision(1), persons=tuple(replace(person, running_number=n) for n in range(1, 200)))
    assert await workers.render(long)
    assert await workers.render(to_person())
    assert (workers.tally.deaths, workers.tally.replaced > 0) == (0, True)
    await workers.close()


async def test_where_none_can_be_started_it_is_not_the_letters_fault() -> None:
    """Told apart from a letter that ends its worker, so that no letter is given up for it."""
    for program in (("/nowhere/python",), ("/bin/false",)):
        workers = WorkerRenderer(Bounds(1), program)
        with pytest.raises(RendererUnavailableError):
            await workers.render(to_person())


async def test_a_letter_that_is_no_longer_wanted_frees_its_place(workers: WorkerRenderer) -> None:
    """Cut off, its worker is ended: what it makes would be read as the next letter's."""
    cut_off = [asyncio.create_task(workers.render(to_person(2))) for _ in range(2)]
    await asyncio.sleep(0.001)
    for task in cut_off:
        task.cancel()
    await asyncio.gather(*cut_off, return_exceptions=True)
    assert await workers.render(to_person(1)) == TypstSetter().set(to_person(1))
