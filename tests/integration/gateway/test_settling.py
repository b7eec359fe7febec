"""Placed and settled persons on a real database, and settling them by the API over a real broker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts import topics
from contracts.codes import PersonStatus
from contracts.distribution.v1 import MovedIn, RegisterSettlements
from contracts.weeks import week_of
from gateway.pages.format import today
from gateway.readmodel.reader import Reader
from gateway.readmodel.settling import PAGE_SIZE, Shown, find_households
from gateway.readmodel.surface import find_surface
from tests.browser.stage import world
from tests.browser.stage.owner import Owner
from tests.browser.stage.world import BERGEN, OSLO, OneList
from tests.integration.gateway.api_client import Client, system
from tests.integration.gateway.conftest import Urls
from tests.integration.gateway.machines import Issuer, issuing
from tests.integration.gateway.projecting import NOW, records, write

DAY = date(2026, 11, 20)


def placed(list_id: str, households: list[int], days_ago: int, settled: int = 0) -> OneList:
    """Give an answered list: everybody placed that long ago, the first ones settled since."""
    one = world.new_list(list_id, OSLO, households, days_left=5)
    on = DAY - timedelta(days=days_ago)
    one.persons = [
        person.model_copy(
            update={"placed_on": on, "status": PersonStatus.SETTLED, "settlement_date": DAY}
            if person.running_number <= settled
            else {"placed_on": on, "status": PersonStatus.PLACED}
        )
        for person in one.persons
    ]
    return one


async def test_what_is_missing_comes_first(database: Any, reading: Any) -> None:
    """Those placed longest ago first, households with one missing among them; then who has moved in; page by page."""
    lists = (
        placed("FL-2026-000501", [2, 1], 3, settled=2),
        placed("FL-2026-000502", [2], 9, settled=1),
        placed("FL-2026-000503", [1], 5),
        world.new_list("FL-2026-000504", OSLO, [2], days_left=5),
    )
    for one in lists:
        await write(database, *records(one))
    reader = Reader(reading)

    async def found(shown: Shown, page: int = 1, municipality_id: str = OSLO) -> list[tuple[str, int]]:
        households = (await find_households(reader, municipality_id, shown, page)).households
        return [(one.list_id[-3:], one.number) for one in households]

    waiting = [("502", 1), ("503", 1), ("501", 2)]
    assert await found(Shown.ALL) == [*waiting, ("501", 1)]
    assert await found(Shown.MISSING) == waiting
    assert await found(Shown.SETTLED) == [("501", 1)]
    assert await found(Shown.ALL, 2) == []
    assert await found(Shown.ALL, municipality_id=BERGEN) == []
    page = await find_households(reader, OSLO, Shown.SETTLED, 1)
    assert (page.total, page.persons, page.missing, page.pages) == (1, 6, 3, 1)
    assert (await find_surface(Reader(reading), OSLO, "u-1", NOW)).not_settled == page.missing
    assert [len(one.persons) for one in page.households] == [2]

    many = placed("FL-2026-000505", [1] * (PAGE_SIZE + 3), 20)
    await write(database, *records(many))
    first, second = await found(Shown.ALL, 1), await found(Shown.ALL, 2)
    assert [number for _, number in first] == list(range(1, PAGE_SIZE + 1))
    assert [*first, *second][PAGE_SIZE + 3 :] == [*waiting, ("501", 1)]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@pytest.fixture
def owner(own_kafka: str, tmp_path: Path) -> Iterator[Owner]:
    found = Owner(own_kafka, tmp_path)
    for municipality in world.municipalities():
        found.tell(topics.MUNICIPALITY_STATE, municipality.municipality_id, municipality, 1)
    found.start()
    yield found
    found.stop()


@pytest.fixture
async def client(own_kafka: str, urls: Urls, owner: Owner, issuer: Issuer, tmp_path: Path) -> AsyncIterator[Client]:
    del owner  # it only has to be there
    async with system(urls, own_kafka, issuer, tmp_path) as (_, made):
        yield made()


async def test_a_system_plans_and_settles(owner: Owner, client: Client) -> None:
    """Each write on the ETag of the one before, once under its key; the person tells the plan and every date."""
    one = world.answered("FL-2026-000511", 4)
    owner.add(one)
    path = f"/municipalities/{OSLO}/distribution-lists/{one.state.list_id}"
    seen = await client.until(path, lambda answer: answer.status_code == 200)
    now = today(world.now())

    async def write_to(what: str, body: Any, key: str, etag: str) -> Any:
        return await client.call("PUT", f"{path}/{what}", key=key, etag=etag, json=body)

    plan = {"running_numbers": [1, 2], "week": week_of(now)}
    planned = await write_to("settlement-plan", plan, str(uuid4()), seen.headers["etag"])
    assert (planned.status_code, planned.json()["status"]) == (200, "accepted")
    dates = {"persons": [{"running_number": n, "settlement_date": now.isoformat()} for n in (1, 2)]}
    key, etag = str(uuid4()), planned.headers["etag"]
    settled = await write_to("settlements", dates, key, etag)
    assert (await write_to("settlements", dates, key, etag)).content == settled.content
    earlier = (now - timedelta(days=1)).isoformat()
    corrected = {"persons": [{"running_number": 2, "settlement_date": earlier, "reason": "Kom dagen før"}]}
    old = await write_to("settlements", corrected, str(uuid4()), etag)
    assert old.status_code == 412
    assert (await write_to("settlements", corrected, str(uuid4()), settled.headers["etag"])).status_code == 200
    persons = (await client.get(path)).json()["persons"]
    assert persons[0]["planned"]["week"] == week_of(now)
    assert persons[0]["status"] == "settled"
    assert [(each["before"], each["settlement_date"], each["reason"]) for each in persons[1]["settlements"]] == [
        (None, now.isoformat(), None), (now.isoformat(), earlier, "Kom dagen før"),
    ]  # fmt: skip
    taken = {
        identity: body for identity, body in owner.asked(one.state.list_id) if isinstance(body, RegisterSettlements)
    }
    first = next(iter(taken.values()))
    assert first.persons == [MovedIn(running_number=number, settlement_date=now) for number in (1, 2)]
    wrong = {"running_numbers": [1], "week": "2027-W53"}
    refused = await write_to("settlement-plan", wrong, str(uuid4()), etag)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/week")
