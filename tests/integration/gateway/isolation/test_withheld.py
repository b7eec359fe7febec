"""What is withheld until a person is placed: on the wire, in the read model and in its files, from IMDi on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from contracts import codes, topics
from contracts.distribution import v1
from contracts.fields import Actor
from gateway.auth.machines import READ_SCOPE
from ops.testing.databases import Databases
from tests.browser.stage.world import BERGEN, MUNICIPALITIES, OSLO
from tests.integration.gateway.conftest import Urls
from tests.integration.gateway.isolation.callers import Caller, consumer
from tests.integration.gateway.isolation.doors import Door, doors
from tests.integration.gateway.isolation.requests import Request
from tests.integration.gateway.isolation.stage import Ids, Stage, standing
from tests.integration.gateway.isolation.withheld import (
    LIST,
    MARKED,
    MARKS,
    Distribution,
    distribution,
    in_files,
    in_tables,
    marks_in,
    seen_in,
)
from tests.unit.distribution.samples import AT
from tests.unit.gateway.api_fakes import token

pytestmark = pytest.mark.timeout(600)

KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
AT_VERSION = {"list_id": LIST, "municipality_id": OSLO, "actor": KARI}
DECISIONS = [v1.Decision(running_number=number) for number in (1, 2)]
OWN = {
    "writer": (Caller("writer", 200, "writer"), Caller("program that writes", 200, bearer=token())),
    "reader": (Caller("reader", 200, "reader"), Caller("program that reads", 200, bearer=token(scope=READ_SCOPE))),
}
"""Who is of the municipality, on pages and by the API."""
ENDS = "POST /logg-ut"
"""Who went through these would be turned away from the rest."""
ANY_FILE = {"digest": "0", "path": "0"}
FOREIGN = (
    Caller("another's writer", 404, "other"),
    Caller("another's program", 404, bearer=token(consumer=consumer(MUNICIPALITIES[BERGEN][4]))),
)


@asynccontextmanager
async def asked(urls: Urls, url: str) -> AsyncIterator[tuple[Stage, Distribution, Ids]]:
    """Set the stage, with a marked list that Oslo has received beside what it has."""
    async with standing(urls) as stage, distribution(url, stage.owner) as owner:
        yield stage, owner, replace(stage.oslo, list_id=LIST)


@pytest.fixture
def url(databases: Databases) -> str:
    """Make distribution's database."""
    return databases.migrated("services.distribution.migrations")


def caller_of(door: Door, callers: tuple[Caller, Caller]) -> Caller:
    """Choose who uses the door: a program where it is the API's."""
    return callers[1] if door.of_api else callers[0]


async def walked(stage: Stage, ids: Ids, callers: tuple[Caller, Caller]) -> tuple[Mapping[str, set[str]], int]:
    """Go through every door; what was seen behind which, and how many answers were not refusals."""
    seen, let_in = {}, 0
    for door in doors(stage.app):
        if door.name.startswith(ENDS):
            continue
        request = Request(door, ids)
        request.values |= ANY_FILE
        answer = await request.send(stage, caller_of(door, callers))
        let_in += answer.status_code < 400
        if marks := seen_in(answer):
            seen[door.name] = marks
    return seen, let_in


@pytest.mark.heavy
async def test_nothing_withheld_is_shown_or_kept_before_the_person_is_placed(
    urls: Urls, databases: Databases, url: str
) -> None:
    """Behind no door, to no role, in no table or file of the gateway, on no topic: as received, and as approved."""
    whole = databases.superuser(urls.owner)
    async with asked(urls, url) as (stage, owner, ids):
        for role in OWN.values():
            seen, let_in = await walked(stage, ids, role)
            assert (seen, let_in > 50) == ({}, True)
        approve = v1.ApproveList(**AT_VERSION, expected_version=1, decisions=DECISIONS)
        version = await owner.command(approve)
        seen, let_in = await walked(stage, ids, OWN["writer"])
        assert (seen, let_in > 50) == ({}, True)
        assert (await in_tables(whole), await in_files(whole)) == ({}, {})
        assert owner.told(topics.DISTRIBUTION_STATE)
        assert not owner.told(topics.PERSON_FOLDERS)
        assert not {record.topic for record in owner.sent if marks_in(_all_of(record))}

        await owner.command(v1.SendAnswer(**AT_VERSION, expected_version=version, accepted_at=AT))
        await _shown_to_its_own_alone(stage, ids)
        assert {*(await in_tables(whole))} >= {"readmodel.person_folder"}
        assert "readmodel.person_folder" in await in_files(whole)
        marked = {record.topic for record in owner.sent if marks_in(_all_of(record))}
        assert marked == {topics.PERSON_FOLDERS.name}


async def _shown_to_its_own_alone(stage: Stage, ids: Ids) -> None:
    """See all of it behind the folder's doors, each field somewhere; and nothing behind any door to somebody else."""
    seen, _ = await walked(stage, ids, OWN["writer"])
    folder = "{list_id:str}/personer/{running_number:int}"
    assert any(name.endswith(folder) for name in seen)
    assert set().union(*seen.values()) == set(MARKS)
    seen, _ = await walked(stage, ids, FOREIGN)
    assert seen == {}


@pytest.mark.heavy
async def test_who_is_withheld_is_not_found_by_number(urls: Urls, url: str) -> None:
    """Before they are placed: a search by their DUF number is answered as one by a number that nobody has."""
    async with asked(urls, url) as (stage, _owner, ids):
        [page] = [door for door in doors(stage.app) if door.name.endswith("fordelinger/sok") and door.method == "POST"]
        [operation] = [door for door in doors(stage.app) if door.name.endswith("persons/search")]
        for door, named in ((page, "form"), (operation, "body")):
            answers = []
            for number in (str(MARKED["duf_number"]), "202577799999"):
                request = Request(door, ids)
                getattr(request, named).update({"sok": number} if door is page else {"duf_number": number})
                answer = await request.send(stage, caller_of(door, OWN["writer"]))
                answers.append((answer.status_code, answer.text.replace(number, "?").replace(stage.form_token, "")))
            assert answers[0] == answers[1]
            assert LIST not in answers[0][1]


def _all_of(record: object) -> bytes:
    """Give key, headers and body of a record."""
    return repr(record).encode()
