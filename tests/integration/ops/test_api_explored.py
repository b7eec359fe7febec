"""Schemathesis over every operation that the gateway documents, with all its checks, against a whole stack."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ops.testing.stacks import RunningStack, fordeling, running_stack
from tests.exploring.explorer import Explorer, Who
from tests.integration.ops.systems import Imdi, System, a_list, now, request_places

SECONDS = 540.0
pytestmark = [pytest.mark.heavy, pytest.mark.timeout(SECONDS + 360)]  # the first test starts the stack too

OURS, OURS_NUMBER = "4207", "964967369"
"""Flekkefjord: no other test's."""
ANOTHER = "964965781"
SEED = os.environ.get("EXPLORING_SEED", "20261126")
EXAMPLES = os.environ.get("EXPLORING_EXAMPLES", "20")


@pytest.fixture(scope="module")
def explored(scratch: Path) -> Iterator[RunningStack]:
    """Start a stack that only this file uses: whatever it is sent would stand in others' way."""
    with running_stack(scratch / "explored", "--no-demo") as started:
        yield started


@pytest.fixture(scope="module")
def system(explored: RunningStack) -> System:
    """Give the municipality a year and lists of one, two and three persons, some of them answered."""
    environment, today = explored.environment, now().date()
    imdi = Imdi(environment["KAFKA_BOOTSTRAP_SERVERS"])
    identities = [f"FL-2026-73{number:04}" for number in range(12)]
    imdi.publish(
        request_places(OURS, today.year, 40, 4, today + timedelta(days=30)),
        *(a_list(identity, OURS, 1 + place % 3) for place, identity in enumerate(identities)),
    )
    found = System(explored.url, environment["MASKINPORTEN_ISSUER"], OURS_NUMBER)
    found.until("/distribution-lists?limit=100", lambda body: len(body["items"]) == len(identities))
    for identity in identities[:2]:
        place = f"/distribution-lists/{identity}"
        persons = found.get(place).body["persons"]
        body = {"decisions": [{"running_number": one["running_number"]} for one in persons]}
        approved = found.write("PUT", f"{place}/approval", body, etag=found.get(place).etag)
        assert found.write("PUT", f"{place}/answer", etag=approved.etag).status == 200
        found.until(f"{place}/letters", lambda body: all(one["pdf"] for one in body["items"]) and body["items"])
    return found


@pytest.fixture
def explorer(system: System, tmp_path: Path) -> Explorer:
    return Explorer(system.url, system.issuer, system.municipality_id, tmp_path)


def test_everything_is_as_documented(explorer: Explorer, system: System) -> None:
    """Whatever a municipality's system sends, valid or not: an answer of the document, and never a fault of ours."""
    done = explorer.explore(
        Who(system.organisation, system.audience),
        *("--checks", "all", "--seed", SEED, "--max-examples", EXAMPLES, "--continue-on-failure"),
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout


@pytest.mark.parametrize(
    ("who", "options"),
    [
        ("nobody", ()),
        ("another audience", ()),
        ("no scope", ()),
        ("another municipality", ("--exclude-path", "/api/v1/municipalities")),
    ],
)
def test_who_may_not_is_refused_everywhere(
    explorer: Explorer, system: System, who: str, options: tuple[str, ...]
) -> None:
    """Every operation, asked as it wants to be: 401 without a token for us, 403 without scope, 404 for another's."""
    chosen = {
        "nobody": Who("", system.audience, expected=(401,)),
        "another audience": Who(system.organisation, "http://elsewhere.example/api/v1", expected=(401,)),
        "no scope": Who(system.organisation, system.audience, "ks:other:read", expected=(403,)),
        "another municipality": Who(ANOTHER, system.audience, expected=(404,)),
    }[who]
    done = explorer.explore(
        chosen,
        *("--checks", "all", "--seed", SEED, "--max-examples", "3"),
        *("--mode", "positive", "--phases", "fuzzing", *options),
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_agree_afterwards(explored: RunningStack, system: System) -> None:
    """What was answered under all that is in the databases, on topics and in the ledger alike."""
    del system
    done = fordeling("reconcile", "--json", "--wait", "120", "--data-dir", str(explored.data_dir))
    findings = {one["entity"]: one.get("findings") for one in json.loads(done.stdout)["entities"]}
    assert done.returncode == 0, {name: found for name, found in findings.items() if found} or done.stderr
