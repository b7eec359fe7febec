"""Every door, tried as everybody who may not: nothing is shown, nothing is done, and nothing hints that it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.browser.stage.world import OSLO
from tests.integration.gateway.conftest import Urls
from tests.integration.gateway.isolation.callers import FORBIDDEN, LOGIN, UNKNOWN, Caller, callers, namings
from tests.integration.gateway.isolation.count import PAGE, written
from tests.integration.gateway.isolation.doors import CREATES, Door, doors, missing
from tests.integration.gateway.isolation.requests import Request, seen
from tests.integration.gateway.isolation.stage import OF_BERGEN, OF_OSLO, SECRET_OF_BERGEN, Stage, standing
from tests.unit.gateway.api_fakes import token
from tests.unit.gateway.fakes import Desktop

pytestmark = pytest.mark.timeout(600)


def test_every_route_has_a_class() -> None:
    """A new page, operation or event stream fails here until it says whom it is for, and is then tried as everybody."""
    without, gone = missing(Desktop().app)
    assert without == [], f"add these to CLASSES in isolation/doors.py, with whom they are for: {without}"
    assert gone == [], f"these routes are gone; take them out of isolation/doors.py: {gone}"


def test_the_documentation_has_the_count() -> None:
    """docs/security.md says how many combinations are tried: as many as there are."""
    text = PAGE.read_text()
    assert text == written(text, doors(Desktop().app)), "python -m tests.integration.gateway.isolation.count"


def rightful(door: Door) -> Caller:
    """Give somebody who may."""
    if door.of_operators:
        return Caller("operator", 200, "operator")
    return Caller("its own", 200, bearer=token()) if door.of_api else Caller("its own", 200, "writer")


KNOWN = [OF_OSLO.command, OF_BERGEN.command]
READS_BY_POST = ("/sok", "/helse", "/folder/health", "/persons/search")
WRITTEN = "SELECT count(*) FROM gateway.audit WHERE NOT allowed"


async def test_each_door_opens_to_who_may(urls: Urls) -> None:
    """Else the rest of these tests would prove nothing: the right one is let in, and what they send is sent."""
    faults = []
    async with standing(urls) as stage:
        for door in of_somebody(stage):
            stage.published.sent.clear()
            answer = await Request(door, stage.oslo).send(stage, rightful(door))
            if lacking := lacks(answer.headers):
                faults.append(f"{door.name}: without {lacking}")
            sent = int(door.method != "GET" and not door.template.endswith(READS_BY_POST))
            there = answer.headers.get("location", "").partition("?")[0] != "/logg-inn"
            if answer.status_code not in {200, 202, 303} or not there or len(stage.published.sent) != sent:
                faults.append(f"{door.name}: {answer.status_code}, {len(stage.published.sent)} commands")
    assert not faults, "\n".join(faults)


@pytest.mark.heavy
async def test_nobody_gets_in_who_may_not(urls: Urls) -> None:
    """Each is answered as for what is not there, headers and body alike; nothing is sent, each try is written down."""
    faults = []
    async with standing(urls) as stage:
        for door in doors(stage.app):
            for caller in callers(door):
                before = await stage.owner.fetchval(WRITTEN)
                here = await Request(door, stage.oslo).send(stage, caller)
                if (door.of_municipality or door.of_operators) and await stage.owner.fetchval(WRITTEN) != before + 1:
                    faults.append(f"{door.name} as {caller.name}: not written down")
                # who is of the municipality knows that it is there, and is not told about anything else
                none = replace(stage.nobody, municipality_id=OSLO) if caller.status == FORBIDDEN else stage.nobody
                if door.of_operators:  # nothing behind it is anybody's: one's own municipality is on the page's menu
                    none = stage.oslo
                nowhere = await Request(door, none).send(stage, caller)
                if seen(here, stage.oslo) != seen(nowhere, none):
                    faults.append(f"{door.name} as {caller.name}: differs from what is not there")
                if lacking := lacks(here.headers):
                    faults.append(f"{door.name} as {caller.name}: without {lacking}")
                if here.status_code != caller.status:
                    faults.append(f"{door.name} as {caller.name}: {here.status_code}, not {caller.status}")
                at_login = here.headers.get("location", "").startswith("/logg-inn?neste=")
                if caller.status == LOGIN and not at_login:
                    faults.append(f"{door.name} as {caller.name}: not sent to log in")
        assert stage.published.sent == []
        kept = await stage.owner.fetchval("SELECT count(*) FROM gateway.command WHERE command_id <> ALL($1)", KNOWN)
        assert kept == 0
    assert not faults, "\n".join(faults)


@pytest.mark.heavy
async def test_what_is_anothers_is_as_what_is_not_there(urls: Urls) -> None:
    """Its id in path, query, form or body is answered as one that nobody has, and no command goes to its owner."""
    faults = []
    async with standing(urls) as stage:
        for door in of_municipalities(stage):
            for naming in namings(door):
                answers = []
                before = await stage.owner.fetchval(WRITTEN)
                for of in (stage.bergen, stage.nobody):
                    stage.published.sent.clear()
                    answer = await Request(door, stage.oslo, naming, of).send(stage, rightful(door))
                    answers.append((*seen(answer, of), len(stage.published.sent)))
                    faults += [f"{door.name} with {naming.name}: {fault}" for fault in told_of(stage, answer.text)]
                if answers[0] != answers[1]:
                    faults.append(f"{door.name} with {naming.name}: differs from what is not there")
                if naming.within == "path" and door.name not in CREATES and answers[0][0] != UNKNOWN:
                    faults.append(f"{door.name} with {naming.name}: {answers[0][0]}")
                if answers[0][0] == UNKNOWN and await stage.owner.fetchval(WRITTEN) != before + 2:
                    faults.append(f"{door.name} with {naming.name}: not written down")
    assert not faults, "\n".join(faults)


HEADERS = {
    "content-security-policy": "frame-ancestors 'none'",
    "strict-transport-security": "max-age=",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""What every answer about a municipality carries, refusals and files included (ASVS 3.4, 14.3.2)."""


def lacks(headers: Mapping[str, str]) -> list[str]:
    """Tell which headers are not there, or not so, and whether the policy lets anything inline through."""
    found = [name for name, part in HEADERS.items() if part not in headers.get(name, "")]
    return [*found, "unsafe-inline"] if "unsafe" in headers.get("content-security-policy", "") else found


def told_of(stage: Stage, text: str) -> list[str]:
    """Tell what of Bergen's was shown or sent."""
    found = ["a word of theirs is shown"] if SECRET_OF_BERGEN in text else []
    for _, key, value in stage.published.sent:
        if key != stage.oslo.municipality_id or f'"municipality_id":"{stage.oslo.municipality_id}"' not in value:
            found.append("a command is not for one's own municipality")
        if stage.bergen.municipality_id in value:
            found.append("a command names another municipality")
    return found


def of_somebody(stage: Stage) -> list[Door]:
    """Give the doors that are one municipality's or the operators'."""
    return [door for door in doors(stage.app) if door.of_municipality or door.of_operators]


def of_municipalities(stage: Stage) -> list[Door]:
    """Give the doors that are one municipality's."""
    return [door for door in doors(stage.app) if door.of_municipality]
