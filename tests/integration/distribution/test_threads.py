"""Questions and replies over real Kafka and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from contracts import codes, topics
from contracts.distribution import threads_v1, v1
from contracts.envelope import Message
from contracts.fields import Actor
from contracts.imdi.v1 import ReplyInThread
from contracts.outcomes import CommandAccepted, CommandRefused
from ops.testing.databases import Databases
from tests.integration.desks import Heard
from tests.integration.distribution.desk import DistributionDesk, open_desk
from tests.unit.distribution.samples import body, offered

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIST = "FL-2026-000001"
KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
STAIRS, LIFT = "Holder det med heis?", "Ja, heis holder."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, databases: Databases) -> AsyncIterator[DistributionDesk]:
    url = databases.migrated("services.distribution.migrations")
    async with open_desk(kafka, url) as desk:
        await desk.tell_register("0301")
        yield desk


def of(desk: DistributionDesk, *kinds: type[Message]) -> list[Heard]:
    return [one for one in desk.heard if isinstance(one.body, kinds)]


async def heard(desk: DistributionDesk, kind: type[Message], count: int = 1) -> list[Heard]:
    """Wait for so many of a kind."""
    found: list[Heard] = await desk.hear(lambda _: of(desk, kind) if len(of(desk, kind)) >= count else [])
    return found


def question(text: str = STAIRS, number: int | None = 2) -> threads_v1.AskQuestion:
    return threads_v1.AskQuestion(list_id=LIST, municipality_id="k-0301", running_number=number, text=text, actor=KARI)


async def reply(desk: DistributionDesk, message_id: str, **changes: Any) -> None:
    fields = {"list_id": LIST, "municipality_number": "0301", "running_number": 2, "reply_id": "r-1", "text": LIFT}
    message = ReplyInThread.model_construct(**(fields | changes))
    await desk.send(topics.IMDI_LISTS, "0301", message, subject=message.list_id, message_id=message_id, source="/imdi")


async def test_a_question_goes_to_imdi_and_its_reply_comes_back_once(desk: DistributionDesk) -> None:
    """Each once, whatever is sent twice; all state of the list in one partition, its own record last; no gap."""
    async with desk.service():
        await desk.publish(body(LIST, persons=[offered(1, who=1), offered(2, who=2)]))
        await heard(desk, v1.ListState)
        command_id = str(uuid4())
        first = await desk.ask(question(), command_id)
        again = await desk.ask(question(), command_id, count=2)
        assert isinstance(first, CommandAccepted)
        assert (first.version, again) == (2, first)
        [asked] = await heard(desk, threads_v1.Question)
        assert (asked.key, asked.body.text, asked.body.running_number, asked.body.asked_by) == (
            "k-0301", STAIRS, 2, "Kari Nordmann",
        )  # fmt: skip
        for message_id in ("reply", "reply", "reply by another id"):
            await reply(desk, message_id)
        await heard(desk, threads_v1.ImdiWrote)
        await reply(desk, "after it", reply_id="r-2", running_number=None, text="Alle kan komme i uke 3.")
        await heard(desk, threads_v1.ImdiWrote, 2)
    await desk.hear_all()
    assert [one.body.number for one in of(desk, threads_v1.ImdiWrote)] == [2, 3]
    assert len(of(desk, threads_v1.Question)) == 1
    events = [one for one in desk.heard if one.topic == topics.DISTRIBUTION_EVENTS.name]
    assert [one.envelope.sequence for one in events] == [1, 2, 3, 4]
    assert len({one.partition for one in desk.heard if one.topic == topics.DISTRIBUTION_STATE.name}) == 1
    messages = of(desk, threads_v1.ThreadMessageState)
    assert [(one.key, one.envelope.sequence, one.body.by_imdi) for one in messages] == [
        (f"{LIST}/messages/{number}", number + 1, by_imdi) for number, by_imdi in ((1, False), (2, True), (3, True))
    ]
    state = of(desk, v1.ListState)[-1].body
    assert (state.messages, state.awaiting_reply, state.status) == (3, 0, codes.ListStatus.RECEIVED)
    plain = " ".join(one.body.model_dump_json() for one in events)
    assert not [text for text in (STAIRS, LIFT, "Kari") if text in plain]


async def test_what_is_wrong_comes_back_by_field(desk: DistributionDesk) -> None:
    """Of IMDi's replies on the rejections' topic, without a word of theirs; of the municipality's as a refusal."""
    wrong: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
        "w-person": ({"reply_id": "r-9", "running_number": 7}, [("running_number", "unknown-person")]),
        "w-list": ({"reply_id": "r-9", "list_id": "FL-2026-999999"}, [("list_id", "unknown-list")]),
        "w-words": ({"text": "Nei."}, [("reply_id", "reply-changed")]),
        "w-long": ({"reply_id": "r-9", "text": "a" * 10_001}, [("text", "too-long")]),
        "w-empty": ({"reply_id": "", "text": " "}, [("reply_id", "string-pattern-mismatch"),
                                                   ("text", "string-pattern-mismatch")]),
    }  # fmt: skip
    async with desk.service():
        for message_id, (changes, _) in wrong.items():
            await reply(desk, message_id, **changes)
        rejections = await heard(desk, v1.Rejection, len(wrong))
        refused = await desk.ask(question(number=7))
        assert isinstance(refused, CommandRefused)
        assert refused.problem == "persons-differ"
    told = {one.body.message_id: [(error.path, error.code) for error in one.body.errors] for one in rejections}
    assert told == {message_id: errors for message_id, (_, errors) in wrong.items()}
    assert not [one for one in rejections if "Nei." in one.body.model_dump_json()]
