"""The API over a real database and broker, to an owner that answers: as a municipal system works with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from chassis.storage.transaction import Transactions
from contracts import topics
from contracts.distribution.v1 import SaveDecisions, SendAnswer
from gateway.auth.machines import READ_SCOPE
from gateway.consuming import forget
from tests.browser.stage import ledgers, world
from tests.browser.stage.owner import Owner
from tests.browser.stage.telling import PDF
from tests.browser.stage.world import BERGEN, OSLO
from tests.integration.gateway.api_client import Clients, system
from tests.integration.gateway.conftest import Urls
from tests.integration.gateway.machines import Issuer, issuing

OF = f"/municipalities/{OSLO}"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@pytest.fixture
def owner(own_kafka: str, tmp_path: Path) -> Iterator[Owner]:
    """Answer commands; the world has the register and this test's own lists."""
    found = Owner(own_kafka, tmp_path)
    for municipality in world.municipalities():
        found.tell(topics.MUNICIPALITY_STATE, municipality.municipality_id, municipality, 1)
    for year in ledgers.ledgers():
        found.tell_year(year, 1)
    found.start()
    yield found
    found.stop()


@pytest.fixture
async def clients(own_kafka: str, urls: Urls, owner: Owner, issuer: Issuer, tmp_path: Path) -> AsyncIterator[Clients]:
    del owner  # it only has to be there
    async with system(urls, own_kafka, issuer, tmp_path) as (_, made):
        yield made


def add(
    owner: Owner,
    households: list[int],
    age_days: int = 1,
    municipality: str = OSLO,
    received_at: datetime | None = None,
) -> str:
    made = world.new_list(f"FL-2026-{uuid4().int % 10**6:06}", municipality, households, days_left=5, age_days=age_days)
    if received_at:
        made.state = made.state.model_copy(update={"received_at": received_at})
    owner.add(made)
    return made.state.list_id


def decisions(persons: int, declined: int | None = None) -> list[dict[str, Any]]:
    return [
        {"running_number": number, "accept": False, "reason": "capacity_reached"}
        if number == declined
        else {"running_number": number}
        for number in range(1, persons + 1)
    ]


async def test_a_list_is_answered_from_first_look_to_letters(owner: Owner, clients: Clients) -> None:
    """Save, approve, take back, approve, send, letters: each step goes on from the ETag of the one before."""
    client = clients()
    one = f"{OF}/distribution-lists/{add(owner, [2, 1])}"
    seen = await client.until(one, lambda answer: answer.status_code == 200)
    assert seen.json()["status"] == "received"
    draft = {"decisions": decisions(3, declined=3), "message": "Vi tar gjerne to."}
    etag = seen.headers["etag"]
    for method, path, body, status in (
        ("PUT", "/decisions", draft, "under_treatment"),
        ("PUT", "/approval", draft, "approved"),
        ("DELETE", "/approval", None, "under_treatment"),
        ("PUT", "/approval", draft, "approved"),
        ("PUT", "/answer", None, "answered"),
    ):
        done = await client.call(method, one + path, key=str(uuid4()), etag=etag, json=body)
        assert (done.status_code, done.json()["status"]) == (200, "accepted"), done.text
        etag = done.headers["etag"]
        shown = await client.get(one)
        assert (shown.json()["status"], shown.headers["etag"]) == (status, etag)
    found = shown.json()
    assert [person["decision"]["accept"] for person in found["persons"]] == [True, True, False]
    assert (found["counts"]["accepted"], found["message"]) == (2, "Vi tar gjerne to.")
    assert found["answered"]["by"] == "case-system (0192:958935420)"
    letters = await client.until(f"{one}/letters", lambda answer: len(answer.json()["items"]) == 3)
    read = await client.get(letters.json()["items"][0]["pdf"].removeprefix("/api/v1"))
    assert read.content == PDF
    again = await client.call("PUT", f"{one}/answer", key=str(uuid4()), etag=etag)
    assert (again.status_code, again.json()["type"]) == (409, "urn:problem-type:fordeling:already-answered")


async def test_a_write_that_is_repeated_happens_once(owner: Owner, clients: Clients) -> None:
    """The same key: one command and one outcome, also when sent at once; another body under it: 422, and no command."""
    client = clients()
    identity = add(owner, [1, 1])
    one = f"{OF}/distribution-lists/{identity}"
    etag = (await client.until(one, lambda answer: answer.status_code == 200)).headers["etag"]
    body = {"decisions": decisions(2)}
    key = str(uuid4())
    both = await asyncio.gather(
        *(client.call("PUT", f"{one}/decisions", key=key, etag=etag, json=body) for _ in range(4))
    )
    assert {answer.status_code for answer in both} == {200}
    assert len({answer.content for answer in both}) == 1
    later = await client.call("PUT", f"{one}/decisions", key=key, etag=etag, json=body)
    assert later.content == both[0].content
    other = await client.call("PUT", f"{one}/decisions", key=key, etag=etag, json={"decisions": decisions(2, 1)})
    assert other.status_code == 422
    taken = [(given, kept) for given, kept in owner.taken if getattr(kept, "list_id", None) == identity]
    assert len({given for given, _ in taken}) == 1
    assert all(isinstance(kept, SaveDecisions) for _, kept in taken)
    assert (await client.get(one)).json()["version"] == both[0].json()["version"]
    theirs = await clients(client_id="another").call("PUT", f"{one}/decisions", key=key, etag=etag, json=body)
    assert theirs.status_code == 412  # a client of its own with a key of its own


async def test_an_old_version_is_not_overwritten(owner: Owner, clients: Clients) -> None:
    """412 tells who was first and which version to go on from; going on from it works."""
    first, second = clients(), clients(client_id="another-system")
    one = f"{OF}/distribution-lists/{add(owner, [2])}"
    etag = (await first.until(one, lambda answer: answer.status_code == 200)).headers["etag"]
    body = {"decisions": decisions(2)}
    await first.call("PUT", f"{one}/decisions", key="a", etag=etag, json=body)
    refused = await second.call("PUT", f"{one}/decisions", key="b", etag=etag, json=body)
    assert refused.status_code == 412
    assert refused.json()["params"]["by"].startswith("case-system ")
    gone_on = await second.call("PUT", f"{one}/decisions", key="c", etag=refused.headers["etag"], json=body)
    assert gone_on.status_code == 200


async def test_pages_stay_while_lists_arrive(owner: Owner, clients: Clients) -> None:
    """Lists that arrive meanwhile, or change, double nothing and hide nothing of what was there."""
    client = clients()
    old = [add(owner, [1], age_days=days) for days in range(2, 9)]
    moment = world.now() - timedelta(days=9)
    same_time = [add(owner, [1], received_at=moment) for _ in range(3)]
    mine = {*old, *same_time}
    everything = f"{OF}/distribution-lists?limit=100"
    await client.until(everything, lambda answer: mine <= {item["list_id"] for item in answer.json()["items"]})
    seen: list[str] = []
    place: str | None = f"{OF}/distribution-lists?status=open&limit=2"
    while place:
        page = (await client.get(place)).json()
        seen += [item["list_id"] for item in page["items"]]
        place = page["next"] and page["next"].removeprefix("/api/v1")
        newest = add(owner, [1], age_days=1)
        one = f"{OF}/distribution-lists/{newest}"
        etag = (await client.until(one, lambda answer: answer.status_code == 200)).headers["etag"]
        await client.call("PUT", f"{one}/decisions", key=newest, etag=etag, json={"decisions": decisions(1)})
    assert [identity for identity in seen if identity in mine] == [*old, *sorted(same_time)]
    received = (await client.get(f"{OF}/distribution-lists?status=received&limit=100")).json()["items"]
    assert mine <= {item["list_id"] for item in received}
    assert (await client.get(f"{OF}/distribution-lists?year=2001")).json() == {"items": [], "next": None, "total": 0}


async def test_notices_are_read_by_this_client(owner: Owner, clients: Clients) -> None:
    """Unread ones, a page at a time, until they are marked; another client's stay unread."""
    client = clients()
    lists = {add(owner, [1]) for _ in range(3)}

    def mine(answer: httpx.Response) -> list[str]:
        return [item["notice_id"] for item in answer.json()["items"] if item["list_id"] in lists]

    await client.until(f"{OF}/notices", lambda answer: len(mine(answer)) == 3)
    ids: list[str] = []
    place: str | None = f"{OF}/notices?unread=true&limit=2"
    while place:
        page = await client.get(place)
        ids += mine(page)
        place = page.json()["next"] and page.json()["next"].removeprefix("/api/v1")
    assert (len(ids), len(set(ids))) == (3, 3)
    done = await client.call("POST", f"{OF}/notices/read", key="read", json={"notice_ids": ids[:2]})
    assert (done.status_code, done.json()["status"]) == (200, "accepted")
    assert mine(await client.get(f"{OF}/notices?unread=true")) == ids[2:]
    assert len(mine(await clients(client_id="another").get(f"{OF}/notices?unread=true"))) == 3


async def test_a_resolution_is_registered_upon_what_was_seen(owner: Owner, clients: Clients) -> None:
    """Upon the request as it stands; what IMDi or another has changed meanwhile is told, and gone on from."""
    first, second = clients(), clients(client_id="another-system")
    year = world.now().year + 1
    place = f"{OF}/years/{year}"
    assert (await first.get(place)).headers["etag"] == '"0"'
    asked = {"ordinary_places": 25, "unaccompanied_minor_places": 2, "answer_by": world.now().date()}
    owner.request_places(OSLO, year, **asked)
    etag = (await first.until(place, lambda answer: answer.json()["awaits_resolution"])).headers["etag"]
    body = {
        "ordinary_places": 20, "unaccompanied_minor_places": 0, "resolved_on": str(world.now().date()),
        "case_number": "2026/1234",
    }  # fmt: skip
    done = await first.call("PUT", f"{place}/resolution", key="resolve", etag=etag, json=body)
    assert (done.status_code, done.json()["status"], done.headers["etag"]) == (200, "accepted", '"2"')
    seen = (await first.get(place)).json()
    assert (seen["resolution"]["case_number"], seen["awaits_resolution"]) == ("2026/1234", False)
    assert (seen["unaccompanied_minor"]["agreed"], seen["ordinary"]["left"]) == (0, 20)
    assert [one["version"] for one in seen["history"]] == [1, 2]
    assert seen["history"][1]["resolution"]["registered_by"].startswith("case-system ")
    late = await second.call("PUT", f"{place}/resolution", key="late", etag=etag, json=body | {"ordinary_places": 25})
    assert (late.status_code, late.json()["type"].rpartition(":")[2]) == (412, "changed-meanwhile")
    gone_on = body | {"ordinary_places": 25}
    again = await second.call("PUT", f"{place}/resolution", key="again", etag=late.headers["etag"], json=gone_on)
    assert again.status_code == 200


async def test_municipalities_are_kept_apart(owner: Owner, clients: Clients) -> None:
    """Bergen's token opens neither Oslo's address nor Oslo's list under its own; a reader changes nothing."""
    oslo, bergen, reader = clients(), clients(BERGEN, client_id="bergen"), clients(scope=READ_SCOPE)
    identity = add(owner, [1])
    one = f"{OF}/distribution-lists/{identity}"
    etag = (await oslo.until(one, lambda answer: answer.status_code == 200)).headers["etag"]
    body = {"decisions": decisions(1)}
    for path in (OF, one, f"{OF}/notices", one.replace(OSLO, BERGEN)):
        assert (await bergen.get(path)).status_code == 404
    for place in (one, one.replace(OSLO, BERGEN)):
        refused = await bergen.call("PUT", f"{place}/decisions", key="x", etag=etag, json=body)
        assert refused.status_code == 404
    assert (await reader.get(one)).status_code == 200
    assert (await reader.call("PUT", f"{one}/decisions", key="x", etag=etag, json=body)).status_code == 403
    overview = (await oslo.get(OF)).json()
    assert (overview["name"], overview["years"][0]["ordinary"]["agreed"]) == ("Oslo", 1850)
    assert "@" not in str(overview)
    assert all(getattr(kept, "list_id", "") != identity for _, kept in owner.taken)


async def test_a_silent_owner_is_followed_by_the_address_that_was_given(
    own_kafka: str, urls: Urls, owner: Owner, issuer: Issuer, tmp_path: Path
) -> None:
    """202 with a Location; when the owner answers, the address tells so, and so does the same request again."""
    async with system(urls, own_kafka, issuer, tmp_path, command_wait=0.3) as (_, clients):
        client = clients()
        one = f"{OF}/distribution-lists/{add(owner, [1])}"
        etag = (await client.until(one, lambda answer: answer.status_code == 200)).headers["etag"]
        body = {"decisions": decisions(1)}
        approved = None
        for key in ("approve", "approve"):
            approved = await client.call("PUT", f"{one}/approval", key=key, etag=etag, json=body)
        assert approved is not None
        etag = (await client.until(one, lambda answer: answer.json()["status"] == "approved")).headers["etag"]
        owner.silent = True
        sent = await client.call("PUT", f"{one}/answer", key="send", etag=etag)
        assert (sent.status_code, sent.json()["status"]) == (202, "pending")
        place = sent.headers["location"].removeprefix("/api/v1")
        assert (await client.get(place)).json()["status"] == "pending"
        owner.silent = False
        done = await client.until(place, lambda answer: answer.json()["status"] != "pending")
        assert done.json()["status"] == "accepted"
        again = await client.call("PUT", f"{one}/answer", key="send", etag=etag)
        assert (again.status_code, again.json()) == (200, done.json())
        answers = [kept for _, kept in owner.taken if isinstance(kept, SendAnswer) and kept.list_id in one]
        assert len({kept.accepted_at for kept in answers}) == 1


async def test_keys_are_forgotten_with_the_outcomes(
    own_kafka: str, urls: Urls, owner: Owner, issuer: Issuer, tmp_path: Path
) -> None:
    """A key that is a month old may name something else; a younger one may not."""
    del owner
    async with system(urls, own_kafka, issuer, tmp_path) as (running, _):
        api = running.parts.api
        assert api is not None
        pool, clock = api.requests.pool, running.parts.clock
        for name, days in (("old", 31), ("young", 29)):
            await pool.execute(
                "INSERT INTO gateway.api_request VALUES ($1, 'u', 'k-0301', 'save', 'L', 'x', $2)",
                name,
                clock.now() - timedelta(days=days),
            )
        async with Transactions(pool, "/test", clock).begin() as transaction:
            await forget(transaction)
        assert [row["command_id"] for row in await pool.fetch("SELECT command_id FROM gateway.api_request")] == [
            "young"
        ]
