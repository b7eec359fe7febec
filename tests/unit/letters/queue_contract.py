"""What must hold of planning, waiting and claiming wherever letters are kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.letters import v1
from services.letters.domain.content import Municipality
from services.letters.domain.planning import Placement
from services.letters.use_cases.claim_letters import Job, claim_letters
from services.letters.use_cases.close_folder import close_folder
from services.letters.use_cases.entities import letter_id
from services.letters.use_cases.keep_answer import keep_answer
from services.letters.use_cases.keep_folder import keep_folder
from services.letters.use_cases.keep_municipality import keep_municipality
from services.letters.use_cases.plan_letters import plan_letters
from services.letters.use_cases.ports import Claim, Unit
from services.letters.use_cases.request_places import request_places
from tests.unit.letters.fakes import Published, World
from tests.unit.letters.stories import (
    ANSWERED_ON,
    ASKED,
    KINN,
    LIST,
    OSLO,
    REQUESTED,
    VERSION,
    decision,
    folder,
    placement,
    to_person,
)

PLANNED, CREATED, FAILED, STATE = (
    v1.LetterPlanned.message_type,
    v1.LetterCreated.message_type,
    v1.LetterFailed.message_type,
    v1.LetterState.message_type,
)
DECISION_ID = letter_id(f"placement_decision:{LIST}:{VERSION}")
LEASE = timedelta(seconds=60)

Step = Callable[[Unit], Awaitable[int]]


def person_letter(number: int) -> str:
    """Tell the id of the letter to a person of the list."""
    return letter_id(f"letter_to_person:{LIST}/{number}")


def records(kind: str, identity: str, version: int, municipality: str = "k-0301") -> list[Published]:
    """Tell what is published with one event of a letter."""
    return [Published(kind, municipality, identity, version), Published(STATE, identity, identity, version, LIST)]


def archive(version: int, list_id: str = LIST, municipality: str = "k-0301") -> Published:
    """Tell what is published where all papers of the list are made."""
    return Published(v1.ArchiveReady.message_type, municipality, f"archive/{list_id}", version)


def municipality_arrives(version: int = 1) -> Step:
    return lambda unit: keep_municipality(OSLO, version, unit)


def answer_arrives(accepted: tuple[int, ...] = ()) -> Step:
    return lambda unit: keep_answer(LIST, VERSION - 1, ANSWERED_ON, unit, accepted)


def folder_arrives(number: int, version: int = VERSION) -> Step:
    return lambda unit: keep_folder(folder(number), version, unit)


def placed(*numbers: int, version: int = VERSION) -> Step:
    return lambda unit: plan_letters(placement(*numbers, version=version), unit)


async def do(world: World, *steps: Step) -> list[int]:
    """Do each in a transaction of its own; tells how many letters each made ready."""
    ready = []
    for step in steps:
        async with world.begin() as unit:
            ready.append(await step(unit))
    return ready


async def claim(world: World, limit: int = 100, translations: frozenset[str] = frozenset()) -> list[Job]:
    return await claim_letters(world, limit=limit, lease=LEASE, translations=translations)


class QueueContract:
    """Subclasses give the fixture ``world``."""

    async def test_letters_are_planned_and_told(self, world: World) -> None:
        """A placement is told as events by municipality and states by list; repeats and empty ones tell nothing."""
        await do(world, placed(2, 1))
        assert await world.published() == [
            *records(PLANNED, DECISION_ID, 1),
            *records(PLANNED, person_letter(1), 1),
            *records(PLANNED, person_letter(2), 1),
        ]
        await do(world, placed(1, 2, version=VERSION + 1), placed())
        assert await world.published() == []
        await do(world, placed(1, 2, 3, version=VERSION + 2))
        further = letter_id(f"placement_decision:{LIST}:{VERSION + 2}")
        assert await world.published() == [*records(PLANNED, further, 1), *records(PLANNED, person_letter(3), 1)]

    @pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 2, 0), (3, 0, 2, 1), (1, 3, 0, 2)])
    async def test_a_letter_waits_for_all_it_needs_in_whatever_order(
        self, world: World, order: tuple[int, ...]
    ) -> None:
        """Nothing can be claimed before the last of them is here, and then both letters can."""
        steps = [municipality_arrives(), answer_arrives(), folder_arrives(1), placed(1)]
        for index in order[:-1]:
            assert await do(world, steps[index]) == [0]
            assert await claim(world) == []
        assert await do(world, steps[order[-1]]) == [2]
        jobs = {job.letter.letter_id: job.content for job in await claim(world)}
        assert jobs == {DECISION_ID: decision(1), person_letter(1): to_person(1)}

    async def test_a_folder_from_before_the_placement_is_not_enough(self, world: World) -> None:
        """The letter waits for the folder as it is since then, and each letter for its own persons only."""
        await do(world, municipality_arrives(), answer_arrives(), folder_arrives(1, VERSION - 1))
        assert await do(world, placed(1, 2), folder_arrives(1, VERSION), folder_arrives(2)) == [0, 1, 2]

    async def test_an_older_copy_does_not_replace_a_newer(self, world: World) -> None:
        """Names and folders stay as their highest version told them."""
        await do(world, municipality_arrives(7), answer_arrives(), folder_arrives(1, 9), placed(1))
        old, other = replace(folder(1), city="Vadsø"), replace(OSLO, name="Kristiania")
        await do(world, lambda unit: keep_folder(old, 8, unit), lambda unit: keep_municipality(other, 6, unit))
        assert {job.content for job in await claim(world)} == {decision(1), to_person(1)}

    async def test_letters_of_nynorsk_municipalities_are_in_nynorsk(self, world: World) -> None:
        """By the form that the municipality has when the letter is made."""
        kinn: Placement = placement(1, municipality=KINN)
        await do(world, answer_arrives(), folder_arrives(1), lambda unit: plan_letters(kinn, unit))
        await do(world, lambda unit: keep_municipality(KINN, 1, unit))
        contents = [job.content for job in await claim(world)]
        assert {getattr(content, "language", None) for content in contents} == {"nn"}

    async def test_a_claimed_letter_is_left_alone_until_its_lease_ends(self, world: World) -> None:
        """Then the next may claim it, and the former claimant's word counts no more."""
        await ready_letters(world)
        first = await claim(world)
        assert len(first) == 2
        assert await claim(world) == []
        world.clock.advance(LEASE)
        second = await claim(world)
        assert [job.begun_before for job in first + second] == [False, False, True, True]
        async with world.begin() as unit:
            for old, new in zip(by_id(first), by_id(second), strict=True):
                assert not await unit.queue.settle(old)
                assert not await unit.queue.put_back(old, unit.now)
                assert await unit.queue.settle(new)
                assert not await unit.queue.settle(new)
        world.clock.advance(LEASE)
        assert await claim(world) == []

    async def test_a_clock_that_was_ahead_holds_no_letter_up(self, world: World) -> None:
        """What became ready while the clock was ten minutes ahead is made as soon as the clock is right again."""
        world.clock.advance(timedelta(minutes=10))
        await ready_letters(world)
        world.clock.advance(timedelta(minutes=-10))
        assert len(await claim(world)) == 2

    async def test_a_letter_put_back_is_due_when_it_says(self, world: World) -> None:
        """Not before, and it counts as not begun."""
        await ready_letters(world)
        async with world.begin() as unit:
            for each in await unit.queue.claim(9, unit.now + LEASE):
                assert await unit.queue.put_back(each, unit.now + timedelta(seconds=5))
        assert await claim(world) == []
        world.clock.advance(timedelta(seconds=5))
        assert [job.begun_before for job in await claim(world)] == [False, False]

    async def test_claims_are_bounded_and_the_longest_due_come_first(self, world: World) -> None:
        """So that nobody's letter is passed over for good."""
        await ready_letters(world)
        world.clock.advance(timedelta(seconds=1))
        await do(world, folder_arrives(2, VERSION + 1), placed(2, version=VERSION + 1))
        rounds = [{job.letter.persons for job in await claim(world, limit=2)} for _ in range(3)]
        assert rounds == [{(1,)}, {(2,)}, set()]

    async def test_one_municipalitys_mass_does_not_hold_up_anothers_letters(self, world: World) -> None:
        """Forty letters of one are ready first: another's two come third and fifth of what is claimed after that."""
        await do(world, municipality_arrives(), answer_arrives(), *(request(OSLO, 2000 + each) for each in range(40)))
        first = await claim(world, limit=2)
        world.clock.advance(timedelta(seconds=1))
        await do(world, lambda unit: keep_municipality(KINN, 1, unit), request(KINN, 2027), request(KINN, 2028))
        order = [job.letter.municipality_id for _ in range(5) for job in await claim(world, limit=2)]
        assert {job.letter.municipality_id for job in first} == {OSLO.municipality_id}
        places = [place for place, home in enumerate(order) if home == KINN.municipality_id]
        assert len(places) == 2
        assert places[0] <= 2
        assert places[1] <= 4

    async def test_those_with_many_letters_share_alike(self, world: World) -> None:
        """However many more one has, and whoever came first: of the first twenty claimed each has ten."""
        await do(world, municipality_arrives(), lambda unit: keep_municipality(KINN, 1, unit))
        await do(world, *(request(OSLO, 2000 + each) for each in range(30)))
        await do(world, *(request(KINN, 2000 + each) for each in range(10)))
        order = [job.letter.municipality_id for _ in range(10) for job in await claim(world, limit=2)]
        assert order.count(KINN.municipality_id) == order.count(OSLO.municipality_id) == 10
        rest = [job.letter.municipality_id for job in await claim(world)]
        assert rest == [OSLO.municipality_id] * 20

    async def test_deaths_of_workers_are_counted_for_each_letter(self, world: World) -> None:
        """By the last claim only; the letter is due when it says."""
        await ready_letters(world)
        later = timedelta(seconds=5)
        for deaths in (1, 2):
            claims = by_id(await claim(world))
            async with world.begin() as unit:
                assert await unit.queue.died(claims[0], unit.now + later) == deaths
                await unit.queue.put_back(claims[1], unit.now + later)
            assert await claim(world) == []
            world.clock.advance(later)
        await claim(world)
        async with world.begin() as unit:
            assert await unit.queue.died(claims[0], unit.now) is None

    async def test_a_closed_folder_is_erased_and_its_letters_wait_no_longer(self, world: World) -> None:
        """Nothing of its content stays; a folder opened anew counts again."""
        await do(world, municipality_arrives(), answer_arrives(), folder_arrives(1), placed(1, 2))
        assert await world.holds("Haddad")
        ready = await do(
            world,
            lambda unit: close_folder(LIST, 1, VERSION + 1, unit),
            lambda unit: close_folder(LIST, 2, VERSION + 1, unit),
        )
        assert ready == [0, 2]
        assert not await world.holds("Haddad")
        await do(world, folder_arrives(1, VERSION))
        assert not await world.holds("Haddad")
        await do(world, folder_arrives(1, VERSION + 2))
        assert await world.holds("Haddad")

    async def test_an_exception_undoes_everything(self, world: World) -> None:
        """Neither letters nor messages of a transaction that failed are seen."""

        async def place_and_fail() -> None:
            async with world.begin() as unit:
                await plan_letters(placement(1), unit)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await place_and_fail()
        assert await world.published() == []
        await ready_letters(world)
        assert len(await claim(world)) == 2


def request(municipality: Municipality, year: int) -> Step:
    """Have a letter ready that needs nothing but its municipality."""
    asked = replace(ASKED, municipality_id=municipality.municipality_id, requested=replace(REQUESTED, year=year))
    return lambda unit: request_places(asked, unit)


async def ready_letters(world: World, *numbers: int) -> None:
    """Have the decision and a letter to each person (by default to the first) ready, and forget what was published."""
    persons = numbers or (1,)
    folders = [folder_arrives(number) for number in persons]
    await do(world, municipality_arrives(), answer_arrives(), *folders, placed(*persons))
    await world.published()


def by_id(jobs: list[Job]) -> list[Claim]:
    return [job.claim for job in sorted(jobs, key=lambda job: job.letter.letter_id)]
