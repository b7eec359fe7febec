"""What holds of erasing persons wherever lists are kept. Beside ``ThreadsContract``, whose words it erases."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.distribution import threads_v1, v1
from contracts.imdi.v1 import ErasePersons as ImdiErasure
from services.distribution.domain.codes import ErasureReason, Papers
from services.distribution.domain.drafts import Form
from services.distribution.domain.erasure import Erasing
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.persons import UNKNOWN, Decision
from services.distribution.domain.refusals import PersonsAreErased
from services.distribution.domain.settlement import MovedIn
from services.distribution.domain.threads import Said
from services.distribution.use_cases.erase_persons import ErasePersons, erase, erase_outdated
from services.distribution.use_cases.outcomes import Refused
from tests.unit.distribution.fakes import Published, World
from tests.unit.distribution.samples import AT, LIST, OSLO, OTHER
from tests.unit.distribution.steps import TODAY, kinds
from tests.unit.distribution.threads_contract import ThreadsContract

ANSWER = Form([(1, Decision()), (2, OTHER), (3, Decision())], "Ring oss om person 2.")


def what_adds_up(current: DistributionList) -> list[tuple[object, ...]]:
    """Give what figures and the ledger of places are made of."""
    return [
        (one.running_number, one.household, one.place_kind, one.status, one.decision.accept, one.decision.reason,
         one.placed_on, one.settlement_date, one.withdrawn, [each.day for each in one.settlements])
        for one in current.persons
    ]  # fmt: skip


class ErasureContract(ThreadsContract):
    """Erasing over the ports."""

    async def erase(self, world: World, *persons: int, offset: int = 60, **how: bool | str) -> None:
        head = {"list_id": LIST, "municipality_number": "0301", "reason": "erasure_request"}
        message = ImdiErasure.model_validate(head | {"persons": list(persons)} | how)
        wanted = Erasing(persons, ErasureReason(message.reason), Papers(message.papers), message.list_words)
        async with world.begin() as ports:
            word = self.word(message, LIST, "0301", offset)
            await erase(ErasePersons(word, wanted), ports, received_at=AT)

    async def answered(self, world: World) -> DistributionList:
        """Have a list whose person 1 has moved in, 2 was declined and asked about, and 3 is placed."""
        await self.ask(world, Said(2, "Om person 2?"))
        await self.ask(world, Said(None, "Om listen?"))
        await self.approve(world, 3, ANSWER)
        await self.send(world, (await self.the_list(world)).version)
        await self.move_in(world, (await self.the_list(world)).version, MovedIn(1, TODAY))
        await world.published()
        return await self.the_list(world)

    async def test_an_erased_person_is_a_number_with_a_status(self, ready: World) -> None:
        """Details and words are gone and told as gone, its folder is erased; what adds up is as before."""
        before = await self.answered(ready)
        await self.erase(ready, 1, 2)
        after, version = await self.the_list(ready), before.version + 1
        assert what_adds_up(after) == what_adds_up(before)
        assert (after.version, after.places_version, after.erased) == (version, before.places_version, 2)
        assert [one.details == UNKNOWN for one in after.persons] == [True, True, False]
        assert after.persons[1].decision.reason_text is None
        assert after.message == ANSWER.message
        keys = [f"{LIST}/{number}" for number in (1, 2)]
        message = f"{LIST}/messages/1"
        assert await ready.published() == [
            Published(v1.PersonsErased.message_type, OSLO, LIST, version),
            Published(v1.PersonFolderState.message_type, keys[0], keys[0], version, LIST, erases=True),
            Published(threads_v1.ThreadMessageState.message_type, message, message, version, LIST),
            *(Published(v1.PersonState.message_type, key, key, version, LIST) for key in keys),
            Published(v1.ListState.message_type, LIST, LIST, version, LIST),
        ]

    async def test_the_same_erasure_again_changes_nothing(self, ready: World) -> None:
        """But papers that were kept may still go."""
        await self.answered(ready)
        await self.erase(ready, 2)
        await ready.published()
        await self.erase(ready, 2, offset=61)
        assert await ready.published() == []
        await self.erase(ready, 2, offset=62, papers="erase")
        assert kinds(await ready.published()) == ["persons-erased", "person-state", "list-state"]
        await self.erase(ready, 2, offset=63)
        assert await ready.published() == []

    async def test_a_wrong_erasure_goes_back(self, ready: World) -> None:
        """Of somebody who is asked for or placed, whom nobody knows, or of words that are still being written."""
        await self.erase(ready, 1)
        await self.withdraw(ready, 2)
        await ready.published()
        await self.erase(ready, 2, offset=64, list_words=True)
        assert kinds(await ready.published()) == ["rejection"]
        await self.approve(ready, (await self.the_list(ready)).version, Form([(1, Decision()), (3, Decision())]))
        await self.send(ready, (await self.the_list(ready)).version)
        await ready.published()
        await self.erase(ready, 3, offset=65)
        await self.erase(ready, 9, offset=66)
        assert kinds(await ready.published()) == ["rejection"] * 2
        assert (await self.the_list(ready)).erased == 0

    async def test_nothing_more_is_written_about_an_erased_person(self, ready: World) -> None:
        """Neither a corrected date with its reason, nor a word of IMDi's."""
        before = await self.answered(ready)
        await self.erase(ready, 1)
        await ready.published()
        corrected = MovedIn(1, TODAY - timedelta(days=1), "Feil dag for Kari.")
        assert await self.move_in(ready, before.version + 1, corrected) == Refused(
            LIST, before.version + 1, PersonsAreErased((1,), AT)
        )
        await self.reply(ready, Said(1, "Kari kommer."))
        assert kinds(await ready.published()) == ["rejection"]

    async def test_the_lists_own_words_go_where_they_tell_of_the_person(self, ready: World) -> None:
        """Its message and its own thread; a person's thread stays the person's."""
        await self.answered(ready)
        await self.erase(ready, 1, list_words=True)
        assert (await self.the_list(ready)).message == ""
        told = [one.key for one in await ready.published() if one.type == threads_v1.ThreadMessageState.message_type]
        assert told == [f"{LIST}/messages/2"]
        await self.erase(ready, 1, offset=67, list_words=True)
        assert await ready.published() == []

    async def test_a_list_whose_time_is_over_is_erased_once_all_is_settled(self, ready: World) -> None:
        """Not while somebody waits for a home, not before its time; then everybody with all words, once."""
        await self.answered(ready)
        assert await self.outdate(ready, AT + timedelta(days=1)) == 0
        await self.move_in(ready, (await self.the_list(ready)).version, MovedIn(3, TODAY))
        assert await self.outdate(ready, AT) == 0
        await ready.published()
        assert await self.outdate(ready, AT + timedelta(seconds=1)) == 1
        current = await self.the_list(ready)
        assert (current.erased, current.message) == (3, "")
        assert kinds(await ready.published()) == [
            "persons-erased",
            *["person-folder-state"] * 2,
            *["thread-message-state"] * 2,
            *["person-state"] * 3,
            "list-state",
        ]
        assert await self.outdate(ready, AT + timedelta(days=400)) == 0

    async def outdate(self, world: World, closed_before: datetime) -> int:
        async with world.begin() as ports:
            return (await erase_outdated(ports.lists, now=AT, closed_before=closed_before)).erased
