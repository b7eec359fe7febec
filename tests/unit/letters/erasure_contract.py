"""What must hold where persons are erased, wherever letters are kept."""

from __future__ import annotations

from datetime import timedelta

from services.letters.domain.codes import ErasureReason, Kind
from services.letters.use_cases.erase_papers import (
    IN_HAND,
    LATER,
    ErasedPersons,
    delete_objects,
    erase_outdated,
    erase_persons,
)
from services.letters.use_cases.make_letter import Made, make_letter
from services.letters.use_cases.record_answer import record_answer
from tests.unit.letters.fakes import FakePost, FakeRenderer, FakeStore, World
from tests.unit.letters.kinds_contract import ANSWER_ID, made_and_sent
from tests.unit.letters.making_contract import RETRY, letter, make_all
from tests.unit.letters.queue_contract import (
    DECISION_ID,
    Step,
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
from tests.unit.letters.sending_contract import again, follow, send_all
from tests.unit.letters.stories import AT, LIST, VERSION, answered


def erased(*numbers: int, papers: bool = True) -> Step:
    what = ErasedPersons(LIST, numbers, VERSION + 9, ErasureReason.REGISTERED_WRONGLY, papers)
    return lambda unit: erase_persons(what, unit)


async def clear(world: World, store: FakeStore) -> None:
    async with world.begin() as unit:
        await delete_objects(unit, store)


async def outdate(world: World, days: int) -> None:
    async with world.begin() as unit:
        await erase_outdated(unit, AT + timedelta(days=days))


async def all_sent(world: World) -> tuple[FakePost, FakeStore]:
    """Have the decision on persons 1 and 2, their letters and the answer made, and what is sent sent."""
    await ready_letters(world, 1, 2)
    await do(world, lambda unit: record_answer(answered(), "k-0301", unit))
    return await made_and_sent(world)


class ErasureContract:
    """Subclasses give the fixture ``world``."""

    async def test_papers_about_the_person_go_and_the_others_letter_stays(self, world: World) -> None:
        """Its letter, the decision and the answer; told by codes, and the archive is what is left."""
        _, store = await all_sent(world)
        await do(world, erased(1))
        told = [(one.type, one.subject) for one in await world.published()]
        gone = sorted([person_letter(1), DECISION_ID, ANSWER_ID])
        events = [subject for kind, subject in told if kind == "letters.letter-erased.v1"]
        assert sorted(events) == gone
        assert told[-1] == (archive(1).type, f"archive/{LIST}")
        await clear(world, store)
        kept = await letter(world, person_letter(2))
        assert kept.document is not None
        assert list(store.objects) == [kept.document.object_key]
        for letter_id in gone:
            found = await letter(world, letter_id)
            assert (found.document, found.erased_at) == (None, AT)
        assert (await letter(world, DECISION_ID)).dispatch is not None
        assert not await world.holds("Nour")

    async def test_papers_stay_where_the_law_asks_for_them(self, world: World) -> None:
        """Only the copies of who the person is are erased."""
        _, store = await all_sent(world)
        objects = dict(store.objects)
        await do(world, erased(1, papers=False))
        await clear(world, store)
        assert store.objects == objects
        assert await world.published() == []
        assert not await world.holds("Nour")
        assert await world.holds("Yonas")

    async def test_an_erasure_told_again_changes_nothing(self, world: World) -> None:
        """Neither letters nor archive are told of anew."""
        await all_sent(world)
        await do(world, erased(1))
        await world.published()
        await do(world, erased(1))
        assert await world.published() == []

    async def test_a_store_that_is_away_is_asked_again(self, world: World) -> None:
        """Until it has none of them."""
        _, store = await all_sent(world)
        await do(world, erased(1, 2))
        store.away = True
        await clear(world, store)
        store.away = False
        await clear(world, store)
        assert len(store.objects) == 4
        world.clock.time = AT + LATER
        await clear(world, store)
        assert store.objects == {}

    async def test_a_letter_in_hand_is_not_recorded_and_leaves_no_object(self, world: World) -> None:
        """Whoever has put it into the store meanwhile finds it erased; what was put goes a little later."""
        await do(world, municipality_arrives(), lambda unit: record_answer(answered(), "k-0301", unit))
        [job] = await claim(world)
        await do(world, erased(1))
        store = FakeStore()
        made = await make_letter(job, world, FakeRenderer(), store, retry_after=RETRY)
        assert (made, len(store.objects)) == (Made.OVERTAKEN, 1)
        world.clock.time = AT + IN_HAND
        await clear(world, store)
        assert store.objects == {}
        assert await claim(world) == []

    async def test_what_was_not_sent_is_not_sent(self, world: World) -> None:
        """Nor is it made or sent again by an operator; what was sent is followed on."""
        await ready_letters(world, 1)
        post, store = FakePost(), FakeStore()
        await make_all(world, store)
        await do(world, erased(1))
        assert await send_all(world, post, store) == []
        assert post.taken == {}
        assert await again(world, person_letter(1)) != "done"
        assert (await follow(world, post)).asked == 0

    async def test_papers_whose_time_is_over_go_with_all_lists(self, world: World) -> None:
        """Made before then, not on the day; letters of requests tell of nobody and stay."""
        _, store = await all_sent(world)
        await outdate(world, 0)
        assert await world.published() == []
        await outdate(world, 1)
        await clear(world, store)
        assert store.objects == {}
        kinds = {one.type for one in await world.published()}
        assert kinds == {"letters.letter-erased.v1", "letters.letter-state.v1"}

    async def test_a_letter_not_made_yet_is_made_without_the_person(self, world: World) -> None:
        """Papers are kept: the decision is about the other alone, and there is no letter to the person."""
        await do(world, municipality_arrives(), folder_arrives(1), folder_arrives(2), placed(1, 2))
        await do(world, erased(1, papers=False))
        await ready_letters(world, 2)
        await make_all(world, FakeStore())
        decision = await letter(world, DECISION_ID)
        assert (decision.kind, decision.persons) == (Kind.PLACEMENT_DECISION, (2,))
        assert records("letters.letter-failed.v1", person_letter(1), 2)[0] in await world.published()
