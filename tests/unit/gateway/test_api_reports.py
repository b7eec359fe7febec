"""Reports between the lists through the API."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.municipality.reports import ReportHousing, ReportWeeklyPlaces
from gateway.commands.outcomes import Outcome
from tests.unit.gateway.api_fakes import Api, ApiReader
from tests.unit.gateway.fakes import FakeDesk
from tests.unit.gateway.report_samples import HOME, NAMED, SELF, homes, named, self_settlement, weekly
from tests.unit.gateway.samples import NOW, OSLO
from tests.unit.gateway.test_api_doors import HOMES, RIMA

OF = f"/municipalities/{OSLO}"
WEEKS = {"weeks": [{"week": "2027-W01", "places": 12}, {"week": "2026-W53", "places": 0}]}
WRITES: list[tuple[str, str, Any]] = [
    ("PUT", f"{OF}/weekly-places/weeks", WEEKS),
    ("PUT", f"{OF}/reports/{HOME}/housing", HOMES),
    ("PUT", f"{OF}/reports/{NAMED}/named-persons", {"persons": [RIMA], "tie": "other", "note": "Verge bor her"}),
    ("PUT", f"{OF}/reports/{SELF}/self-settlement",
     {"persons": [RIMA], "address": "Gata 1", "moves_in": "2027-01-15"}),
    ("PUT", f"{OF}/reports/{HOME}/confirmation", None),
    ("PUT", f"{OF}/reports/{HOME}/withdrawal", None),
]  # fmt: skip
EACH = pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=[path[20:] for _, path, _ in WRITES])


def api(*states: Any, outcome: Outcome | None = None) -> Api:
    return Api(reader=ApiReader(reports=[(state, 3) for state in states]), desk=FakeDesk(outcome))


def test_reports_are_told_with_version_and_history() -> None:
    """All kinds, or one; each with its ETag, whose version a change names; no pseudonym of anybody."""
    found = api(weekly(questioned_at=NOW), homes(), named(), self_settlement())
    items = found.get(f"{OF}/reports").json()["items"]
    assert [one["kind"] for one in items] == ["weekly_places", "housing", "named_persons", "self_settlement"]
    assert items[0]["weeks"] == [{"week": "2026-W48", "places": 6}, {"week": "2026-W53", "places": 0}]
    assert (items[1]["housing"]["bedrooms"], items[1]["persons"], items[2]["persons"]) == (3, None, 1)
    assert items[3]["self_settlement"]["persons"][1] == {"name": "Sami Eksempel", "duf_number": None}
    assert [one["kind"] for one in found.get(f"{OF}/reports?kind=housing").json()["items"]] == ["housing"]
    one = found.get(f"{OF}/reports/weekly-places")
    assert (one.headers["etag"], one.json()["version"], one.json()["history"][0]["by"]) == ('"3"', 3, "Ola Dahl")
    weeks = found.get(f"{OF}/weekly-places")
    assert (weeks.headers["etag"], weeks.json()["weeks"]) == ('"3"', items[0]["weeks"])
    first = found.get(f"{OF}/reports?limit=2").json()
    assert len(first["items"]) == 2
    assert first["next"].startswith(f"/api/v1{OF}/reports?limit=2&cursor=")
    assert found.get(f"{OF}/reports/{SELF[:-1]}0").status_code == 404
    assert found.get(f"{OF}/reports?kind=x").status_code == 400


def test_weeks_that_nobody_has_told_of_are_at_version_0() -> None:
    """Which is what the first telling names."""
    untold = api().get(f"{OF}/weekly-places")
    assert (untold.headers["etag"], untold.json()["version"], untold.json()["weeks"]) == ('"0"', 0, [])


@EACH
def test_a_write_is_the_pages_command(method: str, path: str, body: Any) -> None:
    """To the owner's topic, about the report, with the version of If-Match; the answer names the version after it."""
    report_id = "weekly-places" if "weekly" in path else path.split("/")[4]
    subject = f"{OSLO}/reports/{report_id}"
    found = api(outcome=Outcome(subject, 4))
    answer = found.call(method, path, match='"3"', json=body)
    assert (answer.status_code, answer.headers["etag"], answer.json()["subject"]) == (200, '"4"', subject)
    [command] = found.desk.sent
    assert (command.topic, command.subject) == ("municipality.commands.v1", subject)
    assert command.body.expected_version == 3  # type: ignore[attr-defined]


def test_weeks_are_sorted_and_defaults_hold() -> None:
    """The order of the body does not matter; one home, with nothing special, is what is not said."""
    found = api(outcome=Outcome("x", 1))
    found.call("PUT", f"{OF}/weekly-places/weeks", match='"0"', json=WEEKS)
    found.call("PUT", f"{OF}/reports/{HOME}/housing", match='"0"', key="key-2", json=HOMES)
    weeks, housing = (command.body for command in found.desk.sent)
    assert isinstance(weeks, ReportWeeklyPlaces)
    assert [one.week for one in weeks.weeks] == ["2026-W53", "2027-W01"]
    assert isinstance(housing, ReportHousing)
    assert (housing.housing.homes, housing.housing.features, housing.housing.area) == (1, [], "")


@EACH
def test_a_write_names_a_version_and_a_key(method: str, path: str, body: Any) -> None:
    """428 without If-Match, 400 without a key, 412 with a tag that is none of ours; nothing is sent."""
    found = api()
    assert found.call(method, path, match=None, json=body).status_code == 428
    assert found.call(method, path, match='W/"3"', json=body).status_code == 412
    assert found.call(method, path, match='"3"', key=None, json=body).status_code == 400
    assert found.desk.sent == []


@EACH
def test_the_same_key_is_one_write(method: str, path: str, body: Any) -> None:
    """Sent again it is the same command; with another body the key is refused."""
    found = api(outcome=Outcome("x", 4))
    for _ in range(2):
        assert found.call(method, path, match='"3"', key="k", json=body).status_code == 200
    assert len({command.command_id for command in found.desk.sent}) == 1
    assert found.call(method, path, match='"4"', key="k", json=body).status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("weekly-places/weeks", {"weeks": [{"week": "2025-W53", "places": 1}]}, "/weeks/0/week"),
        ("weekly-places/weeks", {"weeks": [{"week": "2026-W53", "places": -1}]}, "/weeks/0/places"),
        (f"reports/{HOME}/housing", HOMES | {"bedrooms": 21}, "/bedrooms"),
        (f"reports/{HOME}/housing", HOMES | {"rooms": 2}, "/rooms"),
        (f"reports/{HOME}/housing", HOMES | {"area": "a\x00"}, "/area"),
        (f"reports/{NAMED}/named-persons", {"persons": [], "tie": "child"}, "/persons"),
        (f"reports/{NAMED}/named-persons", {"persons": [RIMA], "tie": "other"}, "/note"),
        (f"reports/{NAMED}/named-persons", {"persons": [{"name": " "}], "tie": "child"}, "/persons/0/name"),
        (f"reports/{SELF}/self-settlement",
         {"persons": [RIMA], "address": "Gata 1", "moves_in": "2027-02-29"}, "/moves_in"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_is_told_by_field(path: str, body: Any, pointer: str) -> None:
    """422 with a pointer to what is wrong, and no value in it."""
    found = api()
    answer = found.call("PUT", f"{OF}/{path}", match='"0"', json=body)
    assert answer.status_code == 422
    assert f"#{pointer}" in {error["pointer"] for error in answer.json()["errors"]}
    assert found.desk.sent == []


def test_a_week_named_twice_is_a_body_that_is_not_valid() -> None:
    """Neither of the two can be meant."""
    twice = {"weeks": [{"week": "2026-W53", "places": 1}, {"week": "2026-W53", "places": 2}]}
    answer = api().call("PUT", f"{OF}/weekly-places/weeks", match='"0"', json=twice)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("problem", "status"),
    [("report-not-found", 404), ("report-closed", 409), ("changed-meanwhile", 412), ("week-over", 422),
     ("week-too-far-ahead", 422), ("date-too-far-away", 422)],
)  # fmt: skip
def test_the_owners_refusal_is_a_problem(problem: str, status: int) -> None:
    """By its type, with the version as it stands."""
    found = api(outcome=Outcome("x", 5, problem, {"week": "2026-W47"}))
    answer = found.call("PUT", f"{OF}/weekly-places/weeks", match='"3"', json=WEEKS)
    assert (answer.status_code, answer.headers["etag"]) == (status, '"5"')
    assert answer.json()["type"] == f"urn:problem-type:fordeling:{problem}"


@pytest.mark.parametrize("report_id", ["x", "weekly-places", HOME.upper(), "%00"])
def test_an_id_that_is_no_uuid_is_no_report(report_id: str) -> None:
    """404, for reading and for writing; weekly places are not taken back."""
    found = api()
    assert found.call("PUT", f"{OF}/reports/{report_id}/housing", match='"0"', json=HOMES).status_code == 404
    assert found.call("PUT", f"{OF}/reports/{report_id}/withdrawal", match='"0"').status_code == 404
    assert found.desk.sent == []
