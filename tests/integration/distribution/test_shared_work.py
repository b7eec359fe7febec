"""Households, drafts of two and four eyes over real Kafka and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from chassis.storage.database import Pool
from contracts import codes, topics
from contracts.distribution import v1
from contracts.distribution.history import ListChangeState
from contracts.distribution.households import AnsweredSplit, DraftSplit, Split
from contracts.envelope import Message
from contracts.fields import Actor
from contracts.municipality.v1 import MunicipalityState
from contracts.outcomes import CommandAccepted, CommandRefused
from ops.testing.databases import Databases
from tests.integration.desks import Heard, until
from tests.integration.distribution.desk import DistributionDesk, open_desk
from tests.unit.distribution.samples import body, offered

pytestmark = pytest.mark.asyncio(loop_scope="module")

KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
OLA = Actor(user_id="user-ola", display_name="Ola Hansen", role=codes.Role.SETTLEMENT_WRITER)
WORDS = "Avtalt med familien 😀"
MEANT = Split(household=1, reason=codes.SplitReason.OTHER, reason_text=WORDS)
DECLINED = {"accept": False, "reason": codes.DeclineReason.NO_HEALTH_SERVICES}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(kafka: str, databases: Databases) -> AsyncIterator[tuple[DistributionDesk, Pool]]:
    url = databases.migrated("services.distribution.migrations")
    async with open_desk(kafka, url) as desk, desk.service() as state:
        await desk.tell_register("0301", "4601")
        yield desk, state.pool


@pytest.fixture
def desk(running: tuple[DistributionDesk, Pool]) -> DistributionDesk:
    return running[0]


@pytest.fixture
def desk_pool(running: tuple[DistributionDesk, Pool]) -> Pool:
    return running[1]


def about(desk: DistributionDesk, list_id: str, *kinds: type[Message]) -> list[Heard]:
    return [
        one
        for one in desk.heard
        if one.envelope.subject.split("/")[0] == list_id and isinstance(one.body, kinds or Message)
    ]


async def family(desk: DistributionDesk, number: int, municipality: str = "0301") -> dict[str, Any]:
    """Publish a list of a household of two and one alone; gives what each command of it carries."""
    list_id, who = f"FL-2026-{number:06}", number * 10
    persons = [offered(one, who=who + one, household=(one + 1) // 2) for one in (1, 2, 3)]
    await desk.publish(body(list_id, number=municipality, persons=persons))
    await desk.hear(lambda _: about(desk, list_id, v1.ListState))
    return {"list_id": list_id, "municipality_id": f"k-{municipality}", "expected_version": 1, "actor": KARI}


def drafts(**declined: dict[str, Any]) -> list[v1.DraftDecision]:
    return [v1.DraftDecision(running_number=number, **declined.get(f"_{number}", {})) for number in (1, 2, 3)]


def decisions(**declined: dict[str, Any]) -> list[v1.Decision]:
    return [v1.Decision(**draft.model_dump()) for draft in drafts(**declined)]


async def test_imdi_gets_the_reason_of_a_split(desk: DistributionDesk) -> None:
    """Refused until it is confirmed; then in the answer with its words, and on the events topic nothing of them."""
    at = await family(desk, 1)
    refused = await desk.ask(v1.ApproveList(**at, decisions=decisions(_2=DECLINED)))
    assert isinstance(refused, CommandRefused)
    assert (refused.problem, refused.params) == ("household-split-unconfirmed", {"households": "1"})
    approved = await desk.ask(v1.ApproveList(**at, decisions=decisions(_2=DECLINED), splits=[MEANT]))
    at["expected_version"] = approved.version
    await desk.ask(v1.SendAnswer(**at, accepted_at="2026-11-24T09:30:00Z"))
    [answer] = await desk.hear(lambda _: about(desk, at["list_id"], v1.Answer))
    assert answer.body.splits == [AnsweredSplit(household=1, reason=codes.SplitReason.OTHER, reason_text=WORDS)]
    state = about(desk, at["list_id"], v1.ListState)[-1]
    assert state.body.splits == [DraftSplit(**MEANT.model_dump())]
    events = [one for one in about(desk, at["list_id"]) if one.topic == topics.DISTRIBUTION_EVENTS.name]
    assert not any(WORDS in one.body.model_dump_json() for one in events)


async def test_two_who_save_at_once_both_keep_their_work(desk: DistributionDesk) -> None:
    """Commands of one moment about different persons: both are taken, and each step tells who made it."""
    at = await family(desk, 2)
    mine = v1.SaveDecisions(**at, decisions=drafts(_1=DECLINED), touched=v1.Touched(persons=[1]))
    theirs = v1.SaveDecisions(
        **at | {"actor": OLA}, decisions=drafts(_3=DECLINED), message="Ring oss.",
        touched=v1.Touched(persons=[3], message=True),
    )  # fmt: skip
    ids = [str(uuid4()), str(uuid4())]
    await asyncio.gather(*(desk.command(*pair) for pair in zip((mine, theirs), ids, strict=True)))
    replies = [await desk.reply(identity) for identity in ids]
    assert {type(reply) for reply in replies} == {CommandAccepted}
    assert sorted(reply.version for reply in replies) == [3, 4]
    state = about(desk, at["list_id"], v1.ListState)[-1]
    assert (state.envelope.sequence, state.body.declined, state.body.message) == (4, 2, "Ring oss.")
    changes = about(desk, at["list_id"], ListChangeState)
    assert {one.key for one in changes} == {f"{at['list_id']}/changes/{version}" for version in (3, 4)}
    assert {one.partition for one in changes} == {state.partition}
    said = {one.body.by.display_name: one.body for one in changes}
    assert [one.running_number for one in said["Kari Nordmann"].decisions] == [1]
    assert ([one.running_number for one in said["Ola Hansen"].decisions], said["Ola Hansen"].message) == ([3], True)
    assert not said["Kari Nordmann"].message
    assert "Ring oss." not in "".join(one.body.model_dump_json() for one in changes)


async def test_the_same_touched_is_refused_and_nothing_told(desk: DistributionDesk) -> None:
    """With what and by whom; without saying what was touched it is an old version, as ever."""
    at = await family(desk, 3)
    await desk.ask(v1.SaveDecisions(**at, decisions=drafts(_1=DECLINED), touched=v1.Touched(persons=[1])))
    other = {"accept": False, "reason": codes.DeclineReason.SECURITY}
    mine = {**at, "actor": OLA, "decisions": drafts(_1=other)}
    refused = await desk.ask(v1.SaveDecisions(**mine, touched=v1.Touched(persons=[1])))
    assert (refused.problem, refused.version, refused.params["running_numbers"], refused.params["by"]) == (
        "draft-conflict", 3, "1", "Kari Nordmann",
    )  # fmt: skip
    strict = await desk.ask(v1.SaveDecisions(**mine))
    assert strict.problem == "version-conflict"
    await desk.hear_all()
    assert len(about(desk, at["list_id"], ListChangeState)) == 1
    assert about(desk, at["list_id"], v1.ListState)[-1].envelope.sequence == 3


async def test_four_eyes_from_when_the_register_says_so(desk: DistributionDesk, desk_pool: Pool) -> None:
    """Whoever approved is refused, a colleague sends; another municipality is asked for nothing."""
    at = await family(desk, 4, "4601")
    state = MunicipalityState(
        municipality_id="k-4601", number="4601", name="Bergen", county_number="46", county_name="Vestland",
        organisation_number="212345678", language_form=codes.LanguageForm.BOKMAAL, population=1000,
        valid_from=date(2024, 1, 1), four_eyes=True,
    )  # fmt: skip
    await desk.send(topics.MUNICIPALITY_STATE, "k-4601", state, subject="k-4601", message_id="four-eyes", sequence=2)
    await until(lambda: desk_pool.fetchval("SELECT true FROM municipality_four_eyes WHERE required"))
    approved = await desk.ask(v1.ApproveList(**at, decisions=decisions()))
    send = {**at, "expected_version": approved.version, "accepted_at": "2026-11-24T09:30:00Z"}
    found = await desk.ask(v1.SendAnswer(**send))
    assert isinstance(found, CommandRefused)
    assert (found.problem, list(found.params)) == ("four-eyes-required", ["at"])
    assert not about(desk, at["list_id"], v1.Answer)
    sent = await desk.ask(v1.SendAnswer(**send | {"actor": OLA}))
    assert isinstance(sent, CommandAccepted)
    [answer] = await desk.hear(lambda _: about(desk, at["list_id"], v1.Answer))
    assert answer.body.answered_by == "Ola Hansen"
