"""What must hold of requests, withdrawals, corrected decisions and answers, wherever letters are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.letters.domain.codes import DispatchFailure, Failure, Kind, WithdrawalReason
from services.letters.domain.content import AnswerRecord, Content, PlacementDecision, RequestLetter, WithdrawalLetter
from services.letters.use_cases.entities import letter_id
from services.letters.use_cases.gather import PATIENCE as CORRECTION_PATIENCE
from services.letters.use_cases.keep_folder import keep_folder
from services.letters.use_cases.make_letter import Made
from services.letters.use_cases.record_answer import record_answer
from services.letters.use_cases.request_places import request_places
from services.letters.use_cases.withdraw_persons import withdraw_persons
from tests.unit.letters.fakes import FakePost, FakeRenderer, FakeStore, World
from tests.unit.letters.making_contract import closing, letter, make_all
from tests.unit.letters.queue_contract import (
    DECISION_ID,
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
)
from tests.unit.letters.sending_contract import send_all
from tests.unit.letters.stories import (
    ASKED,
    LIST,
    REQUESTED,
    TAKEN_ON,
    VERSION,
    answered,
    folder,
    reference,
    taken_back,
)

ANSWER_ID = letter_id(f"answer:{LIST}")
REQUEST_ID = letter_id("request:k-0301/2027:3")


def withdrawn(*numbers: int, version: int = VERSION + 1, whole_list: bool = False) -> Step:
    taken = taken_back(*numbers, version=version, whole_list=whole_list)
    return lambda unit: withdraw_persons(taken, unit)


def correction(version: int = VERSION + 1) -> str:
    return letter_id(f"corrected_decision:{DECISION_ID}:{version}")


def withdrawal(version: int = VERSION + 1) -> str:
    return letter_id(f"withdrawal:{LIST}:{version}")


async def told(world: World, renderer: FakeRenderer | None = None) -> list[Content]:
    """Make what can be made now, and tell what was."""
    used = renderer or FakeRenderer()
    used.rendered.clear()
    await make_all(world, FakeStore(), used)
    return list(used.rendered)


async def sent_decision(world: World, *numbers: int) -> tuple[FakePost, FakeStore]:
    """Have the decision about these persons, and their letters, made and sent."""
    await ready_letters(world, *numbers)
    return await made_and_sent(world)


async def made_and_sent(world: World) -> tuple[FakePost, FakeStore]:
    """Have all that is ready made and sent, and what was told of it taken away."""
    post, store = FakePost(), FakeStore()
    await make_all(world, store)
    await send_all(world, post, store)
    await world.published()
    return post, store


class KindsContract:
    """Subclasses give the fixture ``world``."""

    async def test_a_request_is_a_letter_of_its_own(self, world: World) -> None:
        """It waits for the municipality only, names the year's case, and is made and sent once."""
        assert await do(world, lambda unit: request_places(ASKED, unit), municipality_arrives()) == [0, 1]
        assert await do(world, lambda unit: request_places(ASKED, unit)) == [0]
        post, store, renderer = FakePost(), FakeStore(), FakeRenderer()
        assert await make_all(world, store, renderer) == [Made.CREATED]
        [content] = renderer.rendered
        assert isinstance(content, RequestLetter)
        assert (content.case, content.requested, content.dated) == ("ANM-2027-0301", REQUESTED, ASKED.asked_on)
        assert content.reference == reference("request:k-0301/2027:3")
        await send_all(world, post, store)
        assert [name for name, _ in post.taken.values()] == [REQUEST_ID]
        assert await send_all(world, post, store) == []
        assert "letters.archive-ready.v1" not in {record.type for record in await world.published()}

    async def test_a_changed_request_is_another_letter_that_says_so(self, world: World) -> None:
        """Which of them holds is in the letter."""
        more = replace(ASKED, version=5, requested=replace(REQUESTED, ordinary_places=2000))
        await do(world, municipality_arrives(), lambda unit: request_places(ASKED, unit))
        await do(world, lambda unit: request_places(more, unit))
        requests = [content for content in await told(world) if isinstance(content, RequestLetter)]
        assert sorted((each.requested.ordinary_places, each.requested.changed) for each in requests) == [
            (1850, False),
            (2000, True),
        ]

    async def test_a_request_whose_day_is_over_gets_no_letter(self, world: World) -> None:
        """As one that is read again after an upgrade."""
        past = replace(ASKED, requested=replace(REQUESTED, answer_by=world.clock.now().date() - timedelta(days=1)))
        assert await do(world, municipality_arrives(), lambda unit: request_places(past, unit)) == [0, 0]
        assert await claim(world) == []

    async def test_an_answer_is_kept_as_a_paper_that_is_sent_to_nobody(self, world: World) -> None:
        """What it says of persons is erased here once the paper is made; the archive is then told of."""
        recorded: Step = lambda unit: record_answer(answered(), "k-0301", unit)  # noqa: E731
        await do(world, municipality_arrives(), recorded, recorded)
        assert await world.holds("Trenger bolig uten trapp")
        await world.published()
        post, store, renderer = FakePost(), FakeStore(), FakeRenderer()
        assert await make_all(world, store, renderer) == [Made.CREATED]
        [content] = renderer.rendered
        assert isinstance(content, AnswerRecord)
        assert content.answer == answered()
        assert not await world.holds("Trenger bolig uten trapp")
        assert await send_all(world, post, store) == []
        assert archive(1) in await world.published()
        assert (await letter(world, ANSWER_ID)).kind is Kind.ANSWER

    async def test_the_archive_is_told_of_when_the_last_paper_is_made_and_again_after_more(self, world: World) -> None:
        """Not while one of them waits, and with a version that counts up by one."""
        await ready_letters(world, 1)
        await do(world, folder_arrives(2, VERSION), placed(1, 2, 3, version=VERSION + 1))
        await make_all(world, FakeStore())
        assert [each for each in await world.published() if each.type == archive(1).type] == []
        await do(world, folder_arrives(2, VERSION + 1), folder_arrives(3, VERSION + 1))
        await make_all(world, FakeStore())
        assert [each for each in await world.published() if each.type == archive(1).type] == [archive(1)]
        await do(world, withdrawn(1, version=VERSION + 2))
        await make_all(world, FakeStore())
        assert archive(2) in await world.published()

    async def test_a_withdrawal_of_who_was_accepted_is_told_by_number(self, world: World) -> None:
        """To the municipality, with the reason; nothing that a folder held is in it."""
        await do(world, municipality_arrives(), answer_arrives(accepted=(1, 2)), withdrawn(1, 3))
        [content] = await told(world)
        assert isinstance(content, WithdrawalLetter)
        assert (content.persons, content.dated) == ((1,), TAKEN_ON)
        assert content.withdrawn.reason is WithdrawalReason.NEW_INFORMATION
        assert "Haddad" not in repr(content)

    async def test_a_withdrawal_of_nobody_accepted_gives_no_letter(self, world: World) -> None:
        """Before the answer, or of who was declined."""
        await do(world, municipality_arrives(), withdrawn(1))
        await do(world, answer_arrives(accepted=(1, 2)), withdrawn(3, version=VERSION + 2))
        assert await claim(world) == []

    async def test_a_sent_decision_that_names_somebody_withdrawn_is_corrected(self, world: World) -> None:
        """A new one about those who are left takes its place, and is sent; who is left alone once more is left then."""
        post, store = await sent_decision(world, 1, 2, 3)
        await do(world, withdrawn(2), closing(2))
        renderer = FakeRenderer()
        assert await make_all(world, store, renderer) == [Made.CREATED] * 2
        [content] = [each for each in renderer.rendered if isinstance(each, PlacementDecision)]
        assert content.corrects is not None
        assert content.corrects.decision_id == DECISION_ID
        assert [person.running_number for person in content.persons] == [1, 3]
        await send_all(world, post, store)
        assert {correction(), withdrawal()} <= {name for name, _ in post.taken.values()}
        await do(world, withdrawn(1, version=VERSION + 2), closing(1))
        await make_all(world, store, renderer)
        last = renderer.rendered[-1] if isinstance(renderer.rendered[-1], PlacementDecision) else renderer.rendered[-2]
        assert isinstance(last, PlacementDecision)
        assert [person.running_number for person in last.persons] == [3]
        assert (await letter(world, correction(VERSION + 2))).document is not None

    async def test_where_all_are_withdrawn_there_is_no_new_decision(self, world: World) -> None:
        """The withdrawal says that the old one holds no more."""
        await sent_decision(world, 1, 2)
        await do(world, withdrawn(1, 2, whole_list=True), closing(1), closing(2))
        [content] = await told(world)
        assert isinstance(content, WithdrawalLetter)
        assert content.withdrawn.whole_list

    async def test_a_decision_that_was_not_sent_yet_is_made_anew_and_not_corrected(self, world: World) -> None:
        """Whoever sends it sees the closed folder; the correction waits for that, and is then not needed."""
        await ready_letters(world, 1, 2)
        post, store, renderer = FakePost(), FakeStore(), FakeRenderer()
        await make_all(world, store)
        await do(world, withdrawn(1), closing(1))
        assert await make_all(world, store, renderer) == [Made.CREATED]  # the withdrawal's letter
        await send_all(world, post, store)  # the decision goes back, to be made anew
        world.clock.advance(timedelta(minutes=1))
        await make_all(world, store, renderer)
        await send_all(world, post, store)
        world.clock.advance(timedelta(minutes=2))
        await make_all(world, store, renderer)
        assert (await letter(world, correction())).failure is Failure.NOT_NEEDED
        decisions = [each for each in renderer.rendered if isinstance(each, PlacementDecision)]
        assert [[person.running_number for person in each.persons] for each in decisions] == [[2]]
        kept = (await letter(world, person_letter(1))).dispatch
        assert kept is not None
        assert kept.failure is DispatchFailure.FOLDER_CLOSED

    async def test_where_nothing_is_sent_the_correction_comes_a_while_later(self, world: World) -> None:
        """The decision is read on the list's page there, and names somebody withdrawn."""
        await ready_letters(world, 1, 2)
        await make_all(world, FakeStore())
        await do(world, withdrawn(1), closing(1))
        assert len(await told(world)) == 1
        world.clock.advance(CORRECTION_PATIENCE)
        [content] = await told(world)
        assert isinstance(content, PlacementDecision)
        assert content.corrects is not None

    async def test_the_persons_letter_is_in_a_language_that_there_is(self, world: World) -> None:
        """The first of the person's languages with a translation; the letter's state says which."""
        spoken = replace(folder(1), languages=("ti", "ar-SY", "en"))
        await do(world, municipality_arrives(), answer_arrives(), lambda unit: keep_folder(spoken, VERSION, unit))
        await do(world, placed(1))
        await make_all(world, FakeStore())
        assert (await letter(world, person_letter(1))).translation == "ar"
        assert (await letter(world, DECISION_ID)).translation is None
