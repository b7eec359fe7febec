"""The document and the API agree where schemathesis has once found that they did not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from litestar import Litestar, put
from litestar.params import JSONBody
from pydantic import BaseModel

from gateway.api import completing
from gateway.exports import csv_file, xlsx_file
from tests.unit.gateway.report_samples import NAMED, SELF
from tests.unit.gateway.test_api_document import DOCUMENT, EVERY, parameters, whole
from tests.unit.gateway.test_api_doors import OF, ONE, RIMA, api

SCHEMAS = DOCUMENT["components"]["schemas"]
LISTS = f"{OF}/distribution-lists"
WEEKS = f"{OF}/weekly-places/weeks"
PLACES = {"places": 1}


def another_body() -> type[BaseModel]:
    class Body(BaseModel):
        weeks: int

    return Body


class Body(BaseModel):
    week: str


@put("/api/one")
async def one(data: JSONBody[Body]) -> None:
    del data


@put("/api/other")
async def other(data: Any) -> None:
    del data


other.fn.__annotations__["data"] = JSONBody[another_body()]  # type: ignore[misc]


def test_two_bodies_of_one_name_are_found_out() -> None:
    """The document has one schema a name: the second body would be described as the first."""
    with pytest.raises(AssertionError, match="two bodies are called Body"):
        completing.document(Litestar([one, other]))


@pytest.mark.parametrize(
    ("week", "good"),
    [
        ("2026-W53", True), (None, True), ("2026-W01", True), ("2025-W53", False), ("2026-W54", False),
        ("2026-53", False), ("", False), ({"year": 2026, "week": 53}, False),
    ],
)  # fmt: skip
def test_a_week_is_written_in_one_way(week: Any, good: bool) -> None:
    """A plan's week is a text as in weekly places, or null; the document and the service refuse the same."""
    body = {"running_numbers": [1], "week": week}
    assert whole(SCHEMAS["PlanBody"]).is_valid(body) is good
    answer = api().call("PUT", f"{ONE}/settlement-plan", match='"1"', json=body)
    assert (answer.json().get("type", "").endswith("invalid-body")) is not good, answer.text
    assert good or answer.json()["errors"][0]["pointer"] == "#/week"


def test_no_body_and_no_answer_parts_a_week_from_its_year() -> None:
    """Wherever the document has a week, it is one text."""
    weeks = {
        (name, field): json.dumps(schema)
        for name, one in SCHEMAS.items()
        for field, schema in one.get("properties", {}).items()
        if field == "week"
    }
    assert {name for name, _ in weeks} >= {"PlanBody", "PlannedWeek", "WeekPlacesBody", "WeekPlaces", "WeekChange"}
    assert [name for name, schema in weeks.items() if '"type": "string"' not in schema or "integer" in schema] == []


@pytest.mark.parametrize(("name", "place"), [("exportDistributionLists", LISTS), ("exportPersons", f"{ONE}/persons")])
def test_a_file_is_of_a_documented_kind(name: str, place: str) -> None:
    """CSV and the workbook, and the header that names the file."""
    told = EVERY[name][2]["responses"]["200"]
    assert told["content"].keys() == {csv_file.MEDIA_TYPE, xlsx_file.MEDIA_TYPE}
    for kind in ("csv", "xlsx"):
        headers = api().get(f"{place}/export?format={kind}").headers
        assert headers["content-type"].partition(";")[0] in told["content"]
        assert "Content-Disposition" in told["headers"]
        assert "content-disposition" in headers


@pytest.mark.parametrize("place", [LISTS, f"{LISTS}/export"])
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("year=null", "year"), ("year=null&year=null", "year"), ("year=2026&year=2027", "year"), ("sort=null", "sort"),
        ("overdue=null", "overdue"), ("due_within=-1", "due_within"), ("due_within=367", "due_within"),
    ],
)  # fmt: skip
def test_a_shared_filter_is_taken_once_and_as_what_it_is(place: str, query: str, name: str) -> None:
    """Also what a dependency reads is refused twice, as ``null``, and beyond its documented bounds."""
    answer = api().get(f"{place}?{query}")
    assert answer.status_code == 400, answer.content
    assert [one["parameter"] for one in answer.json()["errors"]] == [name]


def test_a_renamed_parameter_is_taken_once() -> None:
    """By the name that requests have, not the program's."""
    answer = api().get(f"{LISTS}/export?format=csv&format=xlsx")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "format")


@pytest.mark.parametrize("name", ["listDistributionLists", "exportDistributionLists"])
def test_a_bound_of_zero_is_documented(name: str) -> None:
    """The framework leaves it out where a parameter may be missing."""
    schema = parameters(EVERY[name][2])["due_within"]["schema"]
    assert (schema["minimum"], schema["maximum"]) == (0, 366)


@pytest.mark.parametrize(
    ("schema", "path", "body", "good"),
    [
        ("NamedPersonsBody", f"{OF}/reports/{NAMED}/named-persons", {"persons": [RIMA]} | said, good)
        for said, good in [
            ({"tie": "child"}, True), ({"tie": "child", "note": " "}, True), ({"tie": "other", "note": "Verge"}, True),
            ({"tie": "other"}, False), ({"tie": "other", "note": " \n"}, False), ({"tie": "else"}, False),
        ]
    ] + [
        ("SelfSettlementBody", f"{OF}/reports/{SELF}/self-settlement",
         {"persons": [{"name": name}], "address": address, "moves_in": "2027-01-15"}, good)
        for name, address, good in [("Rima", "Gata 1", True), (" ", "Gata 1", False), ("Rima", "\n", False)]
    ] + [
        ("WeeklyPlacesBody", WEEKS, {"weeks": [{"week": week} | PLACES]}, good)
        for week, good in [
            ("2026-W52", True), ("2026-W53", True), ("2025-W53", False), ("2000-W53", False), ("2099-W53", True),
            ("2026-W00", False), ("2026-W54", False), ("2100-W01", False), ("2025-W01", True),
        ]
    ],
)  # fmt: skip
def test_a_report_is_refused_where_its_document_refuses_it(schema: str, path: str, body: Any, good: bool) -> None:
    """The tie `other` without words, a name of spaces, a week 53 of a year with 52."""
    assert whole(SCHEMAS[schema]).is_valid(body) is good
    answer = api().call("PUT", path, match='"0"', json=body)
    assert (answer.json().get("type", "").endswith("invalid-body")) is not good, answer.text


def test_a_week_named_twice_is_refused_by_its_own_name() -> None:
    """No schema can tell it, so it is no ``invalid-body``."""
    found = api()
    body = {"weeks": [{"week": "2026-W53", "places": places} for places in (1, 2)]}
    answer = found.call("PUT", WEEKS, match='"0"', json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:problem-type:fordeling:week-named-twice")
    assert answer.json()["errors"][0]["pointer"] == "#/weeks"
    assert found.desk.sent == []
