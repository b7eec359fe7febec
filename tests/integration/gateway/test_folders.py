"""Person folders and looks at them, over a real database and broker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts import topics
from contracts.codes import PersonStatus, Role
from contracts.distribution.v1 import PersonFolderState
from gateway.bootstrap import Gateway
from gateway.folders.looks import Channel, LookNotRecordedError, Looks, Part, Purpose, Refusal, Viewer, Wanted
from gateway.readmodel.folders import find_folder, has_folder
from gateway.readmodel.reader import Reader
from tests.browser.stage import world
from tests.browser.stage.owner import Owner
from tests.browser.stage.settling import HEALTH, folders
from tests.browser.stage.world import BERGEN, OSLO, OneList
from tests.integration.gateway.api_client import Client, Clients, system
from tests.integration.gateway.conftest import Urls
from tests.integration.gateway.machines import Issuer, issuing
from tests.integration.gateway.projecting import received, records, write

VIEWER = Viewer("u-1", "Kari Nordmann", Role.SETTLEMENT_WRITER, Channel.PAGE)
PURPOSE = {"Look-Purpose": "housing"}
LOOKS = """
SELECT municipality_id, running_number, part, user_id, display_name, role, channel, purpose, purpose_text, refusal,
       allowed FROM gateway.look WHERE list_id = $1 ORDER BY look_id
"""


def wanted(one: OneList, number: int = 1, **changes: Any) -> Wanted:
    of = {"municipality_id": OSLO, "part": Part.IDENTIFIED, "purpose": Purpose.SETTLEMENT} | changes
    return Wanted(list_id=one.state.list_id, running_number=number, **of)


def told(one: OneList) -> list[Any]:
    found = [received(f"{one.state.list_id}/{each.running_number}", each, one.version) for each in folders(one)]
    return [*records(one), *found]


async def test_a_folder_is_there_while_both_topics_say_so(database: Any, reading: Any) -> None:
    """Placed and told: open, to the municipality alone. Withdrawn on the one or erased on the other: closed."""
    one, reader = world.answered("FL-2026-000301", 3), Reader(reading)
    who = (OSLO, one.state.list_id)
    await write(database, *records(one))
    assert not await has_folder(reader, *who, 1)
    await write(database, *told(one))
    found = await find_folder(reader, *who, 1, health=False)
    assert found is not None
    assert found.identity.given_name == next(folders(one)).given_name
    assert (found.identity.health_note, found.person.needs, found.household) == (None, [], (1, 2))
    with_health = await find_folder(reader, *who, 1, health=True)
    assert with_health is not None
    assert with_health.identity.health_note == HEALTH
    assert not await has_folder(reader, *who, 3)  # declined
    assert not await has_folder(reader, BERGEN, one.state.list_id, 1)

    gone = one.persons[0].model_copy(update={"status": PersonStatus.WITHDRAWN})
    await write(database, received(f"{one.state.list_id}/1", gone, 9))
    assert await find_folder(reader, *who, 1, health=True) is None
    await write(database, received(f"{one.state.list_id}/2", None, 9, PersonFolderState.message_type))
    assert await find_folder(reader, *who, 2, health=True) is None
    assert await database.fetchval("SELECT count(*) FROM readmodel.person_folder") == 1


async def test_a_look_has_committed_before_anything_else_is_done(database: Any, reading: Any) -> None:
    """Whatever becomes of the request afterwards; its time is the database's; words are kept as they were."""
    one = world.answered("FL-2026-000302", 3)
    looks = Looks(reading)
    await looks.record(VIEWER, wanted(one, part=Part.HEALTH, purpose=Purpose.OTHER, purpose_text="Møte 🙂"))
    await looks.record(Viewer("u-2", "Ola", None, Channel.API), wanted(one, purpose=None), Refusal.NO_ACCESS)
    rows = [tuple(row) for row in await database.fetch(LOOKS, one.state.list_id)]
    assert rows == [
        (OSLO, 1, "health", "u-1", "Kari Nordmann", "settlement_writer", "page", "other", "Møte 🙂", None, True),
        (OSLO, 1, "identified", "u-2", "Ola", None, "api", None, None, "no-access", False),
    ]
    assert await database.fetchval("SELECT bool_and(now() - at < interval '1 minute') FROM gateway.look")


async def test_looks_at_several_are_written_together(database: Any, reading: Any) -> None:
    """Of each part there is, all of them or none; of nobody no row."""
    one, looks = world.answered("FL-2026-000305", 2), Looks(reading)
    await looks.record_all(VIEWER, [wanted(one, n, part=part) for n, part in enumerate(Part, start=1)])
    await looks.record_all(VIEWER, [])
    with pytest.raises(LookNotRecordedError):
        await looks.record_all(VIEWER, [wanted(one, 90), wanted(one, 91, purpose=None)])
    rows = await database.fetch(LOOKS, one.state.list_id)
    assert [(row["running_number"], row["part"]) for row in rows] == [
        (number, part.value) for number, part in enumerate(Part, start=1)
    ]


async def test_looks_are_only_ever_added(database: Any, reading: Any) -> None:
    """Neither changed nor taken away, by the tables' owner either; an allowed one always says why."""
    one = world.answered("FL-2026-000303", 3)
    await Looks(reading).record(VIEWER, wanted(one))
    for statement in (
        "UPDATE gateway.look SET display_name = 'Nobody'",
        "DELETE FROM gateway.look",
        "TRUNCATE gateway.look",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.execute(statement)
    assert await database.fetchval("SELECT count(*) FROM gateway.look WHERE list_id = $1", one.state.list_id) == 1
    with pytest.raises(LookNotRecordedError, match="CheckViolationError"):
        await Looks(reading).record(VIEWER, wanted(one, purpose=None))


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
async def running(
    own_kafka: str, urls: Urls, owner: Owner, issuer: Issuer, tmp_path: Path
) -> AsyncIterator[tuple[Gateway, Clients]]:
    del owner  # it only has to be there
    async with system(urls, own_kafka, issuer, tmp_path) as found:
        yield found


async def test_a_folder_opens_with_the_placement_and_closes_with_the_withdrawal(
    owner: Owner, running: tuple[Gateway, Clients], database: Any
) -> None:
    """From the topics to the wire: not before, only to that municipality, no longer after; every look in the table."""
    _, clients = running
    one = world.new_list("FL-2026-000311", OSLO, [2], days_left=5)
    owner.add(one)
    client, theirs = clients(), clients(BERGEN)
    of_list = f"/municipalities/{OSLO}/distribution-lists/{one.state.list_id}"
    path = f"{of_list}/persons/1/folder"
    await client.until(of_list, lambda answer: answer.status_code == 200)
    assert (await look(client, path)).status_code == 404

    placed = world.answered(one.state.list_id, 0)
    owner.add(placed)
    await client.until(of_list, lambda answer: answer.json()["status"] == "answered")
    await client.until(path, lambda answer: answer.status_code == 400)
    answer = await look(client, path)
    assert answer.json()["given_name"] == next(folders(placed)).given_name
    health = await client.call("POST", f"{path}/health", json={"purpose": "housing"})
    assert health.json()["health_note"] == HEALTH
    assert (await look(theirs, path)).status_code == 404

    owner.withdraw(placed, 1)
    await client.until(path, lambda answer: answer.status_code == 404)
    rows = await database.fetch(LOOKS, one.state.list_id)
    assert [(row["part"], row["purpose"]) for row in rows if row["allowed"]] == [
        ("identified", "housing"), ("health", "housing"),
    ]  # fmt: skip
    assert {row["refusal"] for row in rows if not row["allowed"]} == {"not-open", "no-purpose", "no-access"}


async def test_without_its_row_nobody_is_shown(owner: Owner, running: tuple[Gateway, Clients], database: Any) -> None:
    """The table takes nothing: 503, and no name on the wire; once it does again, the folder is shown."""
    _, clients = running
    one = world.answered("FL-2026-000312", 2)
    owner.add(one)
    client = clients()
    path = f"/municipalities/{OSLO}/distribution-lists/{one.state.list_id}/persons/1/folder"
    await client.until(path, lambda answer: answer.status_code == 400)
    await database.execute("ALTER TABLE gateway.look ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    answer = await look(client, path)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem-type:fordeling:look-not-recorded")
    assert next(folders(one)).given_name not in answer.text
    await database.execute("ALTER TABLE gateway.look DROP CONSTRAINT full_disk")
    assert (await look(client, path)).status_code == 200


async def look(client: Client, path: str) -> Any:
    answer = await client.http.get(path, headers=PURPOSE)
    client.document.check(answer)
    return answer
