"""The service over real Kafka and PostgreSQL: lists that come in, and what goes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from contracts import topics
from contracts.distribution import v1
from contracts.envelope import Envelope, encode_headers
from contracts.imdi.v1 import PublishDistributionList
from contracts.outcomes import CommandAccepted
from tests.integration.desks import Heard, until
from tests.integration.distribution.desk import DistributionDesk, open_desk
from tests.integration.distribution.steps import (
    EVENTS,
    FOLDERS,
    STATE,
    decisions,
    of,
    received,
    rejection,
    state_at,
    told,
    two,
)
from tests.unit.distribution.samples import AT, GIVEN_NAME, body, offered

pytestmark = pytest.mark.asyncio(loop_scope="module")
EARLY = "FL-2026-000001"
TODAY = AT.date()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, database_url: str) -> AsyncIterator[DistributionDesk]:
    """Open the desk, with one replica behind it, where a list came before the register of municipalities."""
    async with open_desk(kafka, database_url) as desk, desk.service() as state:
        await desk.publish(body(EARLY, persons=[offered(1, who=1)]), message_id="early")
        await until(lambda: state.pool.fetchval("SELECT true FROM waiting_original"))
        await desk.tell_register("0301", "4601", "5001")
        yield desk


async def test_a_list_that_came_before_the_register_is_taken_once_it_is_there(
    desk: DistributionDesk, database: Any
) -> None:
    """What follows names the list's own message as its cause, though another set it going."""
    state = await state_at(desk, EARLY, 1)
    assert (state.municipality_id, state.received_at) == ("k-0301", AT)
    [event] = await desk.hear(lambda heard: of(heard, EARLY, EVENTS))
    assert (event.envelope.causation_id, event.envelope.correlation_id) == ("early", "early")
    assert await database.fetchval("SELECT count(*) FROM waiting_original") == 0


async def test_a_published_list_is_told_as_event_and_state(desk: DistributionDesk) -> None:
    """Persons before the list, all in one partition and at one version; nobody is named anywhere."""
    at = await received(desk, 10)
    await desk.hear(lambda heard: of(heard, at["list_id"], EVENTS))
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


async def test_wrong_lists_go_back_each_with_its_errors(desk: DistributionDesk, database: Any) -> None:
    """By field and without values; the originals are kept, and nothing of the lists happens."""
    first = await received(desk, 20)
    cases: dict[str, tuple[PublishDistributionList, set[tuple[str, str]]]] = {
        "unknown": (two(21, number="9999"), {("municipality_number", "unknown-municipality")}),
        "past": (two(22, deadline=TODAY - timedelta(days=1)), {("deadline", "deadline-past")}),
        "twice": (
            two(23, persons=[offered(1, who=230), offered(2, who=230)]),
            {("persons[1].identity.duf_number", "duplicate-person"),
             ("persons[1].identity.identity_number", "duplicate-person")},
        ),
        "open": (
            two(24, persons=[offered(1, who=240), offered(2, who=200)]),
            {("persons[1].identity.duf_number", "on-open-list"),
             ("persons[1].identity.identity_number", "on-open-list")},
        ),
        "numbers": (
            two(25, persons=[offered(2, who=250), offered(2, who=251)]),
            {("persons[1].running_number", "duplicate-running-number")},
        ),
        "protected": (
            two(26, persons=[offered(1, who=260, identity={"protected_address": "6"})]),
            {("persons[0].identity.protected_address", "protected-address")},
        ),
        "real": (
            two(27, persons=[offered(1, who=270, identity={
                "identity_number": "17059010229", "birth_date": date(1990, 5, 17)})]),
            {("persons[0].identity.identity_number", "not-synthetic"),
             ("persons[0].identity.identity_number", "check-digits")},
        ),
        "year": (
            two(28, persons=[offered(1, who=280, birth_year=1950)]),
            {("persons[0].birth_year", "birth-year-contradicts")},
        ),
        "grown": (
            two(29, persons=[offered(1, who=290, unaccompanied_minor=True)]),
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

    document = json.loads(two(30).model_dump_json())
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
    published = two(40)
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
    published = two(51, persons=[offered(1, who=500)])
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


async def test_nothing_was_parked(desk: DistributionDesk, database: Any) -> None:
    """What is wrong is sent back or refused; dead letters are for what should never be."""
    await desk.hear_all()
    assert await database.fetch("SELECT * FROM dead_letter") == []
