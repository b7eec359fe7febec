"""The service over real Kafka and PostgreSQL: commands, their replies, and the answer to IMDi."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from contracts import codes, topics
from contracts.distribution import v1
from contracts.envelope import Envelope, encode_headers
from contracts.imdi.v1 import ConfirmPlacement
from contracts.outcomes import CommandAccepted, CommandRefused
from tests.integration.distribution.desk import DistributionDesk
from tests.integration.distribution.steps import (
    EVENTS,
    FOLDERS,
    KARI,
    OLA,
    decisions,
    of,
    received,
    rejection,
    state_at,
    told,
)
from tests.unit.distribution.samples import AT, GIVEN_NAME

pytestmark = pytest.mark.asyncio(loop_scope="module")
TODAY = AT.date()


async def test_a_list_is_answered_and_its_persons_placed_and_settled(desk: DistributionDesk) -> None:
    """Each step's reply names the version at which the state is then told; IMDi gets one answer."""
    at = await received(desk, 70)
    list_id = at["list_id"]
    saved = await desk.ask(v1.SaveDecisions(**at, decisions=decisions(2), message="Ring oss."))
    assert saved == CommandAccepted(command_id=saved.command_id, subject=list_id, version=3)
    assert (await state_at(desk, list_id, 3)).status is codes.ListStatus.UNDER_TREATMENT
    at["expected_version"] = 3
    assert (await desk.ask(v1.ApproveList(**at, decisions=decisions(2), message="Ring oss."))).version == 4
    at["expected_version"] = 4
    assert (await desk.ask(v1.SendAnswer(**at, accepted_at=AT))).version == 6
    state = await state_at(desk, list_id, 6)
    assert (state.status, state.accepted, state.declined, state.placed) == (codes.ListStatus.ANSWERED, 2, 1, 2)
    assert (state.places_version, state.late) == (6, False)
    at["expected_version"] = 6
    settle = v1.RegisterSettlement(**at, running_number=3, settlement_date=TODAY)
    assert (await desk.ask(settle)).version == 7
    assert (await state_at(desk, list_id, 7)).settled == 1
    said = of(await desk.hear_all(), list_id)
    assert [(type(one.body).__name__, one.envelope.sequence) for one in said if one.topic == EVENTS] == [
        ("ListReceived", 1), ("TreatmentStarted", 2), ("DecisionsSaved", 3), ("ListApproved", 4),
        ("ListAnswered", 5), ("PersonsPlaced", 6), ("PersonSettled", 7),
    ]  # fmt: skip
    folders = [one for one in said if one.topic == FOLDERS]
    assert [one.key for one in folders] == [f"{list_id}/1", f"{list_id}/3"]
    assert {one.body.given_name for one in folders} == {GIVEN_NAME}
    [answer] = [one.body for one in said if one.topic == topics.DISTRIBUTION_ANSWERS.name]
    assert [(one.accepted, one.reason) for one in answer.persons] == [
        (True, None), (False, codes.DeclineReason.OTHER), (True, None),
    ]  # fmt: skip
    assert (answer.municipality_number, answer.message, answer.answered_by) == ("0301", "Ring oss.", "Kari Nordmann")


async def test_two_who_answer_the_same_list_make_one_answer(desk: DistributionDesk) -> None:
    """The second is told who was first and when."""
    at = await received(desk, 80)
    await desk.ask(v1.ApproveList(**at, decisions=decisions()))
    at["expected_version"] = 3
    sends = {str(uuid4()): v1.SendAnswer(**(at | {"actor": actor}), accepted_at=AT) for actor in (KARI, OLA)}
    for command_id, send in sends.items():
        await desk.command(send, command_id)
    first, second = [await desk.reply(command_id) for command_id in sends]
    assert isinstance(first, CommandAccepted)
    assert isinstance(second, CommandRefused)
    assert (second.problem, second.version) == ("already-answered", 5)
    assert second.params == {"by": "Kari Nordmann", "at": AT.isoformat()}
    answers = of(await desk.hear_all(), at["list_id"], topics.DISTRIBUTION_ANSWERS.name)
    assert len(answers) == 1


async def test_a_repeated_command_repeats_its_outcome(desk: DistributionDesk) -> None:
    """Accepted or refused, the same reply comes again and nothing else does."""
    at = await received(desk, 90)
    save, stale = v1.SaveDecisions(**at, decisions=decisions(2)), str(uuid4())
    command_id = str(uuid4())
    first = await desk.ask(save, command_id)
    refused = await desk.ask(save.model_copy(update={"message": "Hei"}), stale)
    assert (refused.problem, refused.params["by"]) == ("version-conflict", "Kari Nordmann")
    assert await desk.ask(save, command_id, count=2) == first
    assert await desk.ask(save.model_copy(update={"message": "Hei"}), stale, count=2) == refused
    assert [one.envelope.sequence for one in of(await desk.hear_all(), at["list_id"], EVENTS)] == [1, 2, 3]


async def test_a_command_that_comes_twice_at_once_takes_effect_once(desk: DistributionDesk) -> None:
    """Both are replied to, though they are read together."""
    at = await received(desk, 95)
    save, command_id = v1.SaveDecisions(**at, decisions=decisions(2)), str(uuid4())
    await asyncio.gather(*(desk.command(save, command_id) for _ in range(3)))
    assert (await desk.reply(command_id, count=3)).version == 3
    assert [one.envelope.sequence for one in of(await desk.hear_all(), at["list_id"], EVENTS)] == [1, 2, 3]


async def test_another_municipalitys_command_finds_no_list(desk: DistributionDesk) -> None:
    """No differently from a list that does not exist; a reader may not write."""
    at = await received(desk, 100)
    other = await desk.ask(v1.SaveDecisions(**(at | {"municipality_id": "k-4601"}), decisions=decisions()))
    none = await desk.ask(v1.SaveDecisions(**(at | {"list_id": "FL-2026-999999"}), decisions=decisions()))
    assert (other.problem, other.version) == (none.problem, none.version) == ("list-not-found", None)
    reader = KARI.model_copy(update={"role": codes.Role.SETTLEMENT_READER})
    refused = await desk.ask(v1.SaveDecisions(**(at | {"actor": reader}), decisions=decisions()))
    assert (refused.problem, refused.version) == ("role-may-not-write", 1)


async def test_a_command_that_cannot_be_read_is_refused(desk: DistributionDesk) -> None:
    """The list's other commands go on."""
    at = await received(desk, 110)
    command_id = str(uuid4())
    approve = v1.ApproveList(**at, decisions=decisions())
    document = json.loads(approve.model_dump_json())
    document["decisions"][1] = {"running_number": 2, "accept": False}
    envelope = Envelope(command_id, "/fordeling/gateway", approve.message_type, at["list_id"], AT)
    value = json.dumps(document).encode()
    await desk.send_raw(topics.DISTRIBUTION_COMMANDS, "k-0301", value, encode_headers(envelope))
    [refused] = await desk.hear(lambda heard: [one.body for one in heard if one.key == command_id])
    assert (refused.problem, refused.params) == ("invalid-command", {"fields": "decisions[1]"})
    assert isinstance(await desk.ask(approve), CommandAccepted)


async def test_a_confirmation_places_nobody_anew_where_the_answer_has_placed(desk: DistributionDesk) -> None:
    """Confirming whom the answer has placed changes nothing; confirming a declined person goes back."""
    at = await received(desk, 120)
    await desk.ask(v1.ApproveList(**at, decisions=decisions(2)))
    await desk.ask(v1.SendAnswer(**(at | {"expected_version": 3}), accepted_at=AT))
    for message_id, placed in (("confirm-all", [1, 3]), ("confirm-wrong", [1, 2])):
        message = ConfirmPlacement(list_id=at["list_id"], municipality_number="0301", placed=placed)
        await desk.send(
            topics.IMDI_LISTS, "0301", message, subject=at["list_id"], message_id=message_id, source="/imdi"
        )
    assert told(await rejection(desk, "confirm-wrong")) == {("placed[1]", "not-accepted")}
    assert of(await desk.hear_all(), at["list_id"], EVENTS)[-1].envelope.sequence == 5
    assert not [
        one for one in desk.heard if isinstance(one.body, v1.Rejection) and one.body.message_id == "confirm-all"
    ]


async def test_nothing_was_parked(desk: DistributionDesk, database: Any) -> None:
    """What is wrong is sent back or refused; dead letters are for what should never be."""
    await desk.hear_all()
    assert await database.fetch("SELECT * FROM dead_letter") == []
