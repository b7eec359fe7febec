"""Years and resolutions through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.municipality.v1 import LedgerChangeState, RegisterResolution
from gateway.commands.outcomes import Outcome
from tests.unit.gateway.api_fakes import Api, ApiReader
from tests.unit.gateway.fakes import FakeDesk
from tests.unit.gateway.samples import NOW, OSLO
from tests.unit.gateway.test_agreements import ASKED, MADE, year
from tests.unit.gateway.test_api_doors import RESOLUTION

YEAR = f"/municipalities/{OSLO}/years/2027"


def api(outcome: Outcome | None = None, **of_year: Any) -> Api:
    reader = ApiReader(years={2027: year(**of_year)}, version=3)
    reader.changes = [LedgerChangeState(municipality_id=OSLO, year=2027, version=1, at=NOW, request=ASKED)]
    return Api(reader=reader, desk=FakeDesk(outcome))


def test_a_year_is_told_with_its_version_and_history() -> None:
    """The ETag is the version; no resolution is null, and whether one is waited for is said."""
    answer = api().get(YEAR)
    body = answer.json()
    assert (answer.headers["etag"], body["version"]) == ('"3"', 3)
    assert (body["resolution"], body["awaits_resolution"], body["ordinary"]["agreed"]) == (None, True, None)
    assert [(one["version"], one["request"]["ordinary_places"]) for one in body["history"]] == [(1, 25)]
    resolved = api(resolution=MADE).get(YEAR).json()
    assert (resolved["resolution"]["registered_by"], resolved["awaits_resolution"]) == ("Ola Dahl", False)


@pytest.mark.parametrize(("wanted", "status"), [("2026", 200), ("2028", 200), ("2029", 404), ("2025", 404), ("x", 404)])
def test_a_year_that_nothing_happened_in_is_there_where_it_is_open(wanted: str, status: int) -> None:
    """At version 0, which is what the first resolution names."""
    answer = api().get(YEAR.replace("2027", wanted))
    assert answer.status_code == status
    if status == 200:
        assert (answer.headers["etag"], answer.json()["history"]) == ('"0"', [])


def test_a_resolution_is_registered() -> None:
    """As the page's form would; the answer names the year's version after it."""
    found = api(Outcome(f"{OSLO}/2027", 4))
    answer = found.call("PUT", f"{YEAR}/resolution", match='"3"', json=RESOLUTION)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"4"')
    assert (answer.json()["status"], answer.json()["subject"]) == ("accepted", f"{OSLO}/2027")
    [command] = found.desk.sent
    assert (command.topic, command.subject) == ("municipality.commands.v1", f"{OSLO}/2027")
    assert isinstance(command.body, RegisterResolution)
    assert (command.body.unaccompanied_minor_places, command.body.expected_version) == (0, 3)
    assert not command.body.more_than_requested


def test_the_same_key_is_one_resolution() -> None:
    """Again the same: the same command; another number under the key is refused."""
    found = api(Outcome(f"{OSLO}/2027", 4))
    for _ in range(2):
        assert found.call("PUT", f"{YEAR}/resolution", match='"3"', json=RESOLUTION).status_code == 200
    assert len({command.command_id for command in found.desk.sent}) == 1
    other = found.call("PUT", f"{YEAR}/resolution", match='"3"', json=RESOLUTION | {"ordinary_places": 21})
    assert (other.status_code, other.json()["type"].rpartition(":")[2]) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ordinary_places": None}, "#/ordinary_places"),
        ({"ordinary_places": ""}, "#/ordinary_places"),
        ({"unaccompanied_minor_places": -1}, "#/unaccompanied_minor_places"),
        ({"ordinary_places": 100_001}, "#/ordinary_places"),
        ({"ordinary_places": 1.5}, "#/ordinary_places"),
        ({"resolved_on": "28.01.2026"}, "#/resolved_on"),
        ({"case_number": " "}, "#/case_number"),
        ({"case_number": "a\x00"}, "#/case_number"),
        ({"places": 1}, "#/places"),
    ],
)
def test_a_body_that_is_not_right_is_told_by_field(changes: dict[str, Any], pointer: str) -> None:
    """422 and where; nothing is sent."""
    found = api()
    answer = found.call("PUT", f"{YEAR}/resolution", json=RESOLUTION | changes)
    assert answer.status_code == 422
    assert pointer in {one["pointer"] for one in answer.json()["errors"]}
    assert found.desk.sent == []


def test_a_number_that_is_left_out_is_not_zero() -> None:
    """Each number is to be there."""
    body = {name: value for name, value in RESOLUTION.items() if name != "unaccompanied_minor_places"}
    assert api().call("PUT", f"{YEAR}/resolution", json=body).status_code == 422


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        ("changed-meanwhile", 412),
        ("more-than-requested", 409),
        ("resolved-in-the-future", 422),
        ("resolved-too-early", 422),
        ("year-over", 422),
        ("role-may-not-write", 403),
    ],
)
def test_an_owners_refusal_is_its_problem(problem: str, status: int) -> None:
    """With the year's present version, to read before going on."""
    answer = api(Outcome(f"{OSLO}/2027", 5, problem, {})).call("PUT", f"{YEAR}/resolution", json=RESOLUTION)
    assert (answer.status_code, answer.headers["etag"]) == (status, '"5"')
    assert answer.json()["type"] == f"urn:problem-type:fordeling:{problem}"
    assert answer.json()["current_version"] == 5


def test_a_resolution_names_what_it_was_made_upon() -> None:
    """428 without If-Match; of a year that is not open there is nothing to name: 404."""
    found = api()
    assert found.call("PUT", f"{YEAR}/resolution", match=None, json=RESOLUTION).status_code == 428
    late = year(year=2029, request=ASKED.model_copy(update={"received_at": NOW - timedelta(days=1)}))
    found.reader.years = {2029: late}
    assert found.call("PUT", f"{YEAR.replace('2027', '2030')}/resolution", json=RESOLUTION).status_code == 404
    assert found.desk.sent == []
