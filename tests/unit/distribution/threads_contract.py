"""What holds of threads wherever they are kept. Beside ``RepositoryContract``, whose fixtures it uses."""

from __future__ import annotations

from contracts.distribution import threads_v1, v1
from contracts.imdi.v1 import ReplyInThread as ImdiReply
from services.distribution.domain.lists import Actor
from services.distribution.domain.refusals import AlreadyAnswered, ListNotFound
from services.distribution.domain.threads import Said
from services.distribution.use_cases.ask_question import AskQuestion, ask_question
from services.distribution.use_cases.outcomes import Accepted, Addressed, Outcome, Refused
from services.distribution.use_cases.reply_in_thread import ReplyInThread, reply_in_thread
from tests.unit.distribution.fakes import Published, World
from tests.unit.distribution.repository_contract import RepositoryContract
from tests.unit.distribution.samples import AT, BERGEN, KARI, LIST, OSLO
from tests.unit.distribution.steps import ALL_BUT_2, EVERYBODY, kinds

STAIRS = Said(2, "Holder det med heis?")


class ThreadsContract(RepositoryContract):
    """Asking and replying over the ports."""

    async def ask(self, world: World, said: Said = STAIRS, actor: Actor = KARI, of: str = OSLO) -> Outcome:
        async with world.begin() as ports:
            return await ask_question(AskQuestion(Addressed(LIST, of), actor, said, AT), ports.lists)

    async def reply(
        self, world: World, said: Said, reply_id: str = "r-1", offset: int = 40, list_id: str = LIST
    ) -> None:
        head = {"list_id": list_id, "municipality_number": "0301", "reply_id": reply_id}
        message = ImdiReply(**head, running_number=said.running_number, text=said.text)
        async with world.begin() as ports:
            word = self.word(message, list_id, "0301", offset)
            await reply_in_thread(ReplyInThread(word, said, reply_id), ports, received_at=AT)

    async def test_a_question_is_kept_and_goes_to_imdi(self, ready: World) -> None:
        """A fact without words; the message under a key of its own in the list's partition; the list; the question."""
        assert await self.ask(ready) == Accepted(LIST, 2)
        key = f"{LIST}/messages/1"
        assert await ready.published() == [
            Published(threads_v1.QuestionAsked.message_type, OSLO, LIST, 2),
            Published(threads_v1.ThreadMessageState.message_type, key, key, 2, LIST),
            Published(v1.ListState.message_type, LIST, LIST, 2, LIST),
            Published(threads_v1.Question.message_type, OSLO, LIST, 2),
        ]
        assert (await self.the_list(ready)).awaiting_reply == 1
        assert await self.save(ready, 1, ALL_BUT_2) == Accepted(LIST, 4)

    async def test_imdis_reply_is_kept_once(self, ready: World) -> None:
        """Under its id the same is there already; other words go back, and so does what fits no list or person."""
        await self.ask(ready)
        await ready.published()
        await self.reply(ready, Said(2, "Heis holder."))
        assert kinds(await ready.published()) == ["imdi-wrote", "thread-message-state", "list-state"]
        await self.reply(ready, Said(2, "Heis holder."), offset=41)
        assert await ready.published() == []
        await self.reply(ready, Said(2, "Nei."), offset=42)
        await self.reply(ready, Said(3, "Heis holder."), offset=43)
        await self.reply(ready, Said(9, "Ja."), "r-2", offset=44)
        await self.reply(ready, Said(None, "Ja."), "r-3", offset=45, list_id="FL-2026-000999")
        assert kinds(await ready.published()) == ["rejection"] * 4
        current = await self.the_list(ready)
        assert (current.version, current.messages, current.awaiting_reply) == (3, 2, 0)

    async def test_threads_close_with_the_answer_for_the_municipality_alone(self, ready: World) -> None:
        """It is told who answered; IMDi's reply to what was asked before still comes."""
        await self.ask(ready)
        await self.approve(ready, 2, EVERYBODY)
        await self.send(ready, 4)
        assert await self.ask(ready) == Refused(LIST, 6, AlreadyAnswered(KARI.display_name, AT))
        await ready.published()
        await self.reply(ready, Said(2, "Heis holder."))
        assert kinds(await ready.published()) == ["imdi-wrote", "thread-message-state", "list-state"]

    async def test_anothers_list_is_not_asked_about(self, ready: World) -> None:
        """It is not found, and nothing is told."""
        assert await self.ask(ready, of=BERGEN) == Refused(LIST, None, ListNotFound(LIST))
        assert await ready.published() == []
