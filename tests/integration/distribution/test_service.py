"""The service over real Kafka and PostgreSQL: what goes in, and what comes out of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from chassis.storage.migrate import migrate
from contracts import codes, topics
from contracts.distribution import v1
from contracts.envelope import Envelope, encode_headers
from contracts.fields import Actor
from contracts.imdi.v1 import ConfirmPlacement, PublishDistributionList
from contracts.outcomes import CommandAccepted, CommandRefused
from tests.integration.desks import Heard, until
from tests.integration.distribution.desk import DistributionDesk, open_desk
from tests.unit.distribution.samples import AT, GIVEN_NAME, body, minor, offered

pytestmark = pytest.mark.asyncio(loop_scope="module")

EARLY = "FL-2026-000001"
TODAY = AT.date()
KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
OLA = Actor(user_id="user-ola", display_name="Ola Hansen", role=codes.Role.SETTLEMENT_WRITER)
EVENTS, STATE, FOLDERS = (
    topic.name for topic in (topics.DISTRIBUTION_EVENTS, topics.DISTRIBUTION_STATE, topics.PERSON_FOLDERS)
)


@pytest.fixture(scope="module")
def database_url(new_database: Callable[[], str]) -> str:
    url = new_database()
    migrate(url, "services.distribution.migrations")
    return url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, database_url: str) -> AsyncIterator[DistributionDesk]:
    """Open the desk, with one replica behind it, where a list came before the register of municipalities."""
    async with open_desk(kafka, database_url) as desk, desk.service() as state:
        await desk.publish(body(EARLY, persons=[offered(1, who=1)]), message_id="early")
        await until(lambda: state.pool.fetchval("SELECT true FROM waiting_original"))
        await desk.tell_register("0301", "4601", "5001")
        yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def database(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def of(heard: Iterable[Heard], list_id: str, topic: str | None = None) -> list[Heard]:
    """List what was said of a list and its persons."""
    return [
        one for one in heard if one.envelope.subject.split("/")[0] == list_id and (topic is None or one.topic == topic)
    ]


async def rejection(desk: DistributionDesk, message_id: str, count: int = 1) -> v1.Rejection:
    """Wait for so many rejections of a message; gives the last one."""

    def found(heard: list[Heard]) -> list[v1.Rejection]:
        told = [one.body for one in heard if isinstance(one.body, v1.Rejection) and one.body.message_id == message_id]
        return told if len(told) >= count else []

    return (await desk.hear(found))[-1]


def told(rejected: v1.Rejection) -> set[tuple[str, str]]:
    return {(error.path, error.code) for error in rejected.errors}


async def state_at(desk: DistributionDesk, list_id: str, version: int) -> v1.ListState:
    """Wait for a list's state of that version."""

    def found(heard: list[Heard]) -> list[Heard]:
        return [one for one in of(heard, list_id, STATE) if one.key == list_id and one.envelope.sequence == version]

    state: v1.ListState = (await desk.hear(found))[0].body
    return state


async def received(desk: DistributionDesk, number: int, **changes: Any) -> dict[str, Any]:
    """Publish a list of three and wait for it; gives what each command of it carries."""
    list_id, who = f"FL-2026-{number:06}", number * 10
    persons = changes.pop("persons", [offered(1, who=who), offered(2, who=who + 1), minor(3, who=who + 2)])
    await desk.publish(body(list_id, persons=persons, **changes))
    await state_at(desk, list_id, 1)
    return {"list_id": list_id, "municipality_id": "k-0301", "expected_version": 1, "actor": KARI}


def decisions(*declined: int) -> list[v1.Decision]:
    reason = codes.DeclineReason.OTHER
    return [
        v1.Decision(running_number=number, accept=False, reason=reason, reason_text="Bør bo nær familien.")
        if number in declined
        else v1.Decision(running_number=number)
        for number in (1, 2, 3)
    ]


async def test_a_list_that_came_before_the_register_is_taken_once_it_is_there(
    desk: DistributionDesk, database: Any
) -> None:
    """What follows names the list's own message as its cause, though another set it going."""
    state = await state_at(desk, EARLY, 1)
    assert (state.municipality_id, state.received_at) == ("k-0301", AT)
    [event] = of(desk.heard, EARLY, EVENTS)
    assert (event.envelope.causation_id, event.envelope.correlation_id) == ("early", "early")
    assert await database.fetchval("SELECT count(*) FROM waiting_original") == 0


async def test_a_published_list_is_told_as_event_and_state(desk: DistributionDesk) -> None:
    """Persons before the list, all in one partition and at one version; nobody is named anywhere."""
    at = await received(desk, 10)
    said = of(desk.heard, at["list_id"])
    [event] = [one for one in said if one.topic == EVENTS]
    assert (event.key, event.envelope.sequence) == ("k-0301", 1)
    assert event.body == v1.ListReceived(
        list_id=at["list_id"], municipality_id="k-0301", year=2026, deadline=date(2026, 12, 1),
        persons=[
            v1.PersonPlace(running_number=number, place_kind=kind)
            for number, kind in ((1, "ordinary"), (2, "ordinary"), (3, "unaccompanied_minor"))
        ],
    )  # fmt: skip
    records = [one for one in said if one.topic == STATE]
    assert [one.key for one in records] == [*(f"{at['list_id']}/{number}" for number in (1, 2, 3)), at["list_id"]]
    assert len({one.partition for one in records}) == 1
    assert {one.envelope.sequence for one in records} == {1}
    assert not any(GIVEN_NAME in one.body.model_dump_json() for one in said)
    assert not [one for one in said if one.topic == FOLDERS]


def wrong(serial: int, **changes: Any) -> PublishDistributionList:
    who = serial * 10
    return body(f"FL-2026-{serial:06}", **({"persons": [offered(1, who=who), offered(2, who=who + 1)]} | changes))


async def test_wrong_lists_go_back_each_with_its_errors(desk: DistributionDesk, database: Any) -> None:
    """By field and without values; the originals are kept, and nothing of the lists happens."""
    first = await received(desk, 20)
    cases: dict[str, tuple[PublishDistributionList, set[tuple[str, str]]]] = {
        "unknown": (wrong(21, number="9999"), {("municipality_number", "unknown-municipality")}),
        "past": (wrong(22, deadline=TODAY - timedelta(days=1)), {("deadline", "deadline-past")}),
        "twice": (
            wrong(23, persons=[offered(1, who=230), offered(2, who=230)]),
            {("persons[1].identity.duf_number", "duplicate-person"),
             ("persons[1].identity.identity_number", "duplicate-person")},
        ),
        "open": (
            wrong(24, persons=[offered(1, who=240), offered(2, who=200)]),
            {("persons[1].identity.duf_number", "on-open-list"),
             ("persons[1].identity.identity_number", "on-open-list")},
        ),
        "numbers": (
            wrong(25, persons=[offered(2, who=250), offered(2, who=251)]),
            {("persons[1].running_number", "duplicate-running-number")},
        ),
        "protected": (
            wrong(26, persons=[offered(1, who=260, identity={"protected_address": "6"})]),
            {("persons[0].identity.protected_address", "protected-address")},
        ),
        "real": (
            wrong(27, persons=[offered(1, who=270, identity={
                "identity_number": "17059010229", "birth_date": date(1990, 5, 17)})]),
            {("persons[0].identity.identity_number", "not-synthetic"),
             ("persons[0].identity.identity_number", "check-digits")},
        ),
        "year": (
            wrong(28, persons=[offered(1, who=280, birth_year=1950)]),
            {("persons[0].birth_year", "birth-year-contradicts")},
        ),
        "grown": (
            wrong(29, persons=[offered(1, who=290, unaccompanied_minor=True)]),
            {("persons[0].unaccompanied_minor", "not-a-minor")},
        ),
    }  # fmt: skip
    for message_id, (published, _) in cases.items():
        await desk.publish(published, message_id=message_id)
    for message_id, (published, errors) in cases.items():
        rejected = await rejection(desk, message_id)
        assert told(rejected) == errors, message_id
        assert (rejected.list_id, rejected.municipality_number) == (published.list_id, published.municipality_number)
        kept = await database.fetchrow("SELECT value, errors FROM rejected_original WHERE message_id = $1", message_id)
        assert PublishDistributionList.model_validate_json(kept["value"]) == published
        assert GIVEN_NAME not in rejected.model_dump_json()
    assert await database.fetchval("SELECT count(*) FROM distribution_list WHERE list_id > 'FL-2026-000020' "
                                   "AND list_id < 'FL-2026-000030'") == 0  # fmt: skip
    assert await database.fetchval("SELECT version FROM distribution_list WHERE list_id = $1", first["list_id"]) == 1


async def test_what_cannot_be_read_goes_back_too(desk: DistributionDesk) -> None:
    """Bytes that are no JSON, no persons, missing headers, a contradicting key and subject, no body at all."""
    kind = PublishDistributionList.message_type

    def headers(message_id: str, subject: str = "FL-2026-000030", type_: str = kind) -> list[tuple[str, bytes]]:
        return encode_headers(Envelope(message_id, "/imdi", type_, subject, AT))

    async def send(key: str, value: bytes | None, its: list[tuple[str, bytes]]) -> None:
        await desk.send_raw(topics.IMDI_LISTS, key, value, its)

    document = json.loads(wrong(30).model_dump_json())
    await send("0301", b"\xff\x00 not json", headers("bytes"))
    await send("0301", json.dumps(document | {"persons": [], "deadline": "2020-01-01"}).encode(), headers("nobody"))
    await send("0301", json.dumps(document).encode(), headers("no-time")[:-2])
    await send("4601", json.dumps(document).encode(), headers("key", subject="FL-2026-000031"))
    await send("0301", None, headers("erased"))
    await send("0301", b"{}", headers("other", type_="imdi.something-else.v1"))
    assert told(await rejection(desk, "bytes")) == {("", "json-invalid")}
    assert told(await rejection(desk, "nobody")) == {("persons", "too-short"), ("deadline", "deadline-past")}
    assert told(await rejection(desk, "no-time")) == {("headers.ce_time", "envelope")}
    assert told(await rejection(desk, "key")) == {
        ("key", "key-contradicts"), ("headers.ce_subject", "subject-contradicts"),
    }  # fmt: skip
    assert told(await rejection(desk, "erased")) == {("", "no-body")}
    assert told(await rejection(desk, "other")) == {("headers.ce_type", "unknown-type")}
    assert not of(await desk.hear_all(), "FL-2026-000030", STATE)


async def test_the_same_list_twice_is_one_list(desk: DistributionDesk) -> None:
    """Under a new message id or the old one; another content under its id goes back, whatever its message's id."""
    published = wrong(40)
    message_id = await desk.publish(published)
    await desk.publish(published, message_id=message_id)
    await desk.publish(published)
    changed = published.model_copy(update={"deadline": date(2026, 12, 24)})
    await desk.publish(changed, message_id=message_id)
    assert told(await rejection(desk, message_id)) == {("list_id", "list-changed")}
    again = await desk.publish(changed)
    assert told(await rejection(desk, again)) == {("list_id", "list-changed")}
    assert [one.envelope.sequence for one in of(await desk.hear_all(), published.list_id, EVENTS)] == [1]


async def test_a_list_that_was_sent_back_can_be_published_again(desk: DistributionDesk) -> None:
    """Under the same message id: what was wrong with it may have passed."""
    first = await received(desk, 50)
    published = wrong(51, persons=[offered(1, who=500)])
    await desk.publish(published, message_id="again")
    assert len((await rejection(desk, "again")).errors) == 2
    await desk.publish(published, message_id="again")
    await rejection(desk, "again", count=2)
    approve = v1.ApproveList(**first, decisions=decisions(1, 2, 3))
    assert isinstance(await desk.ask(approve), CommandAccepted)
    await desk.ask(v1.SendAnswer(**(first | {"expected_version": 3}), accepted_at=AT))
    await desk.publish(published, message_id="again")
    assert (await state_at(desk, published.list_id, 1)).persons == 1


async def test_a_person_on_two_lists_at_once_is_taken_once(desk: DistributionDesk) -> None:
    """The lists come to three municipalities, by other partitions: one is taken, the others are sent back."""
    lists = [
        body(f"FL-2026-{60 + place:06}", number, persons=[offered(1, who=600)])
        for place, number in enumerate(("0301", "4601", "5001"))
    ]
    ids = {one.list_id for one in lists}
    await asyncio.gather(*(desk.publish(one) for one in lists))

    def settled(heard: list[Heard]) -> list[Heard]:
        said = [one for one in heard if one.envelope.subject in ids and one.topic != STATE]
        return said if len(said) >= 3 else []

    said = await desk.hear(settled)
    assert sorted(type(one.body).__name__ for one in said) == ["ListReceived", "Rejection", "Rejection"]


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
