"""What must hold of making letters, wherever they are kept and whoever stops where."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from services.letters.domain.codes import Failure
from services.letters.domain.content import Content, PlacementDecision, running_numbers
from services.letters.domain.letter import Letter
from services.letters.use_cases.claim_letters import MOST_STARTS
from services.letters.use_cases.close_folder import close_folder
from services.letters.use_cases.keep_folder import keep_folder
from services.letters.use_cases.make_again import MadeAgain, make_again
from services.letters.use_cases.make_letter import Made, make_letter
from services.letters.use_cases.outside import ObjectStore
from tests.unit.letters.fakes import FakeRenderer, FakeStore, World
from tests.unit.letters.queue_contract import (
    CREATED,
    DECISION_ID,
    FAILED,
    LEASE,
    Step,
    answer_arrives,
    archive,
    claim,
    do,
    folder_arrives,
    municipality_arrives,
    person_letter,
    placed,
    ready_letters,
    records,
)
from tests.unit.letters.stories import LIST, VERSION, folder

RETRY = timedelta(seconds=2)


class CrashError(Exception):
    """The process ends here."""


class CrashingStore(FakeStore):
    """Takes the object, and then the process ends."""

    async def put(self, key: str, data: bytes) -> None:
        await super().put(key, data)
        raise CrashError


def closing(number: int) -> Step:
    return lambda unit: close_folder(LIST, number, VERSION + 1, unit)


async def make_all(world: World, store: ObjectStore, renderer: FakeRenderer | None = None) -> list[Made]:
    """Make what can be claimed now, in the order of the letters' ids."""
    used = renderer or FakeRenderer()
    jobs = sorted(await claim(world, translations=used.translations), key=lambda job: job.letter.letter_id)
    return [await make_letter(job, world, used, store, retry_after=RETRY) for job in jobs]


async def letter(world: World, identity: str) -> Letter:
    async with world.begin() as unit:
        return await unit.letters.lock(identity)


class MakingContract:
    """Subclasses give the fixture ``world``."""

    async def test_a_letter_is_made_stored_and_told(self, world: World) -> None:
        """Its object holds what was rendered, under a key that says its hash."""
        await ready_letters(world)
        store, renderer = FakeStore(), FakeRenderer()
        assert await make_all(world, store, renderer) == [Made.CREATED] * 2
        assert set(await world.published()) == {
            *records(CREATED, DECISION_ID, 2), *records(CREATED, person_letter(1), 2), archive(1),
        }  # fmt: skip
        made = await letter(world, person_letter(1))
        assert made.document is not None
        data = store.objects[made.document.object_key]
        assert (made.document.sha256, made.document.size) == (hashlib.sha256(data).hexdigest(), len(data))
        assert (made.language, made.document.created_at) == ("nb", world.clock.now())
        assert made.document.object_key == (f"letters/k-0301/{LIST}/{person_letter(1)}-{made.document.sha256[:12]}.pdf")
        world.clock.advance(LEASE)
        assert await make_all(world, store) == []

    async def test_a_crash_between_object_and_record_gives_one_letter_and_one_object(self, world: World) -> None:
        """After the lease it is made again, with the same bytes under the same key."""
        await ready_letters(world)
        crashing = CrashingStore()
        for job in await claim(world):
            with pytest.raises(CrashError):
                await make_letter(job, world, FakeRenderer(), crashing, retry_after=RETRY)
        assert await world.published() == []
        assert await make_all(world, FakeStore(crashing.objects)) == []
        world.clock.advance(LEASE)
        store = FakeStore(dict(crashing.objects))
        assert await make_all(world, store) == [Made.CREATED] * 2
        assert len([record for record in await world.published() if record.type == CREATED]) == 2
        assert store.objects == crashing.objects

    async def test_an_object_left_by_an_earlier_try_is_removed(self, world: World) -> None:
        """The content changed after the crash: only what the letter refers to stays."""
        await ready_letters(world)
        crashing = CrashingStore()
        for job in await claim(world):
            with pytest.raises(CrashError):
                await make_letter(job, world, FakeRenderer(), crashing, retry_after=RETRY)
        moved = folder(1, ("Nour", "Nilsen"))
        await do(world, lambda unit: keep_folder(moved, VERSION + 1, unit))
        world.clock.advance(LEASE)
        store = FakeStore({**crashing.objects, "letters/k-0301/OTHER/x-0.pdf": b"another letter's"})
        await make_all(world, store)
        made = [await letter(world, identity) for identity in (DECISION_ID, person_letter(1))]
        keys = {each.document.object_key for each in made if each.document}
        assert store.objects.keys() == keys | {"letters/k-0301/OTHER/x-0.pdf"}
        assert not keys & crashing.objects.keys()

    async def test_a_slow_maker_is_overtaken(self, world: World) -> None:
        """Two who have claimed one letter, one after the other's lease, make one letter."""
        await ready_letters(world)
        store = FakeStore()
        slow = await claim(world)
        world.clock.advance(LEASE)
        assert await make_all(world, store) == [Made.CREATED] * 2
        late = [await make_letter(job, world, FakeRenderer(), store, retry_after=RETRY) for job in slow]
        assert late == [Made.OVERTAKEN] * 2
        assert len([record for record in await world.published() if record.type == CREATED]) == 2

    async def test_a_store_that_does_not_answer_costs_time_only(self, world: World) -> None:
        """Full or away, the letter is tried again, as often as it takes."""
        await ready_letters(world)
        store = FakeStore(away=True)
        for _ in range(2 * MOST_STARTS):
            assert await make_all(world, store) == [Made.UNAVAILABLE] * 2
            assert await make_all(world, store) == []
            world.clock.advance(RETRY)
        store.away = False
        assert await make_all(world, store) == [Made.CREATED] * 2
        assert len(store.objects) == 2

    async def test_a_letter_that_ends_its_worker_is_tried_again_and_then_set_aside(self, world: World) -> None:
        """Twice; the third time it is given up, visibly, and not tried again at the next start, until somebody asks."""
        await ready_letters(world)
        store, deadly = FakeStore(), FakeRenderer(deadly=True)
        for _ in range(2):
            assert await make_all(world, store, deadly) == [Made.WORKER_DIED] * 2
            assert await make_all(world, store, deadly) == []  # not at once
            world.clock.advance(RETRY)
        assert await world.published() == []
        assert await make_all(world, store, deadly) == [Made.FAILED] * 2
        assert (await letter(world, DECISION_ID)).failure is Failure.ENDED_ITS_WORKERS
        assert {*records(FAILED, DECISION_ID, 2), *records(FAILED, person_letter(1), 2)} == set(await world.published())
        async with world.begin() as unit:
            assert await unit.queue.retry_failed(MOST_STARTS) == 0
            assert await make_again(DECISION_ID, unit) is MadeAgain.DONE
            assert await make_again("nobody's", unit) is MadeAgain.UNKNOWN
        assert await make_all(world, store, deadly) == [Made.WORKER_DIED]
        world.clock.advance(RETRY)
        assert await make_all(world, store) == [Made.CREATED]
        assert (await letter(world, DECISION_ID)).failure is None
        async with world.begin() as unit:
            assert await make_again(DECISION_ID, unit) is MadeAgain.NOT_FAILED

    async def test_a_letter_that_one_worker_died_of_is_made_by_the_next(self, world: World) -> None:
        """Once, with nothing told of the try before."""
        await ready_letters(world)
        store = FakeStore()
        await make_all(world, store, FakeRenderer(deadly=True))
        world.clock.advance(RETRY)
        assert await make_all(world, store) == [Made.CREATED] * 2
        assert len(await world.published()) == 5

    async def test_what_cannot_be_rendered_is_told_and_stops_nobody(self, world: World) -> None:
        """Its reason is in its state; others of the list are made."""
        unreadable = folder(1, ("漢", "字"))
        await do(world, municipality_arrives(), answer_arrives(), lambda unit: keep_folder(unreadable, VERSION, unit))
        await do(world, folder_arrives(2, VERSION + 1), placed(1), placed(2, version=VERSION + 1))
        await world.published()
        assert sorted(made.value for made in await make_all(world, FakeStore())) == ["created"] * 2 + ["failed"] * 2
        failed = [record.subject for record in await world.published() if record.type == FAILED]
        assert sorted(failed) == sorted([DECISION_ID, person_letter(1)])
        assert (await letter(world, person_letter(1))).failure is Failure.CANNOT_BE_RENDERED

    async def test_a_release_that_can_render_it_makes_the_letter(self, world: World) -> None:
        """A start tries again what failed: as before it tells nothing, made it tells so."""
        await ready_letters(world)
        await make_all(world, FakeStore(), FakeRenderer(unable=True))
        await world.published()
        for unable, made in ((True, Made.FAILED), (False, Made.CREATED)):
            async with world.begin() as unit:
                assert await unit.queue.retry_failed(MOST_STARTS) == 2
            assert await make_all(world, FakeStore(), FakeRenderer(unable=unable)) == [made] * 2
        assert set(await world.published()) == {
            *records(CREATED, DECISION_ID, 3), *records(CREATED, person_letter(1), 3), archive(1),
        }  # fmt: skip
        assert (await letter(world, DECISION_ID)).failure is None

    async def test_a_letter_that_takes_the_process_with_it_is_given_up(self, world: World) -> None:
        """After a few starts without an end; a restart does not try it again."""
        await ready_letters(world)
        for _ in range(MOST_STARTS):
            assert len(await claim(world)) == 2
            world.clock.advance(LEASE)
        assert await make_all(world, FakeStore()) == [Made.FAILED] * 2
        async with world.begin() as unit:
            assert await unit.queue.retry_failed(MOST_STARTS) == 0

    async def test_who_is_withdrawn_before_gets_no_letter_and_is_in_no_decision(self, world: World) -> None:
        """The letter fails visibly; the decision tells of the others."""
        await ready_letters(world, 1, 2)
        await do(world, closing(1))
        renderer = FakeRenderer()
        await make_all(world, FakeStore(), renderer)
        assert (await letter(world, person_letter(1))).failure is Failure.FOLDER_CLOSED
        assert told(renderer, DECISION_ID) == {2}
        async with world.begin() as unit:
            assert await unit.queue.retry_failed(MOST_STARTS) == 0

    async def test_who_is_withdrawn_meanwhile_is_in_nothing_recorded(self, world: World) -> None:
        """A folder closed between claim and record: what was rendered is not used, and goes."""
        await ready_letters(world, 1, 2)
        store, jobs = FakeStore(), await claim(world)
        await do(world, closing(1))
        made = [await make_letter(job, world, FakeRenderer(), store, retry_after=RETRY) for job in jobs]
        assert sorted(each.value for each in made) == ["created", "overtaken", "overtaken"]
        world.clock.advance(LEASE)
        await make_all(world, store)
        assert not [data for data in store.objects.values() if b"Haddad" in data]
        created = [await is_created(world, each) for each in (DECISION_ID, person_letter(1), person_letter(2))]
        assert created == [True, False, True]


async def is_created(world: World, identity: str) -> bool:
    return (await letter(world, identity)).document is not None


def told(renderer: FakeRenderer, identity: str) -> frozenset[int]:
    assert identity == DECISION_ID
    decisions: list[Content] = [content for content in renderer.rendered if isinstance(content, PlacementDecision)]
    return running_numbers(decisions[-1])
