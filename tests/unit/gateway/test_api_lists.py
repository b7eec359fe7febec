"""Lists through the API: filters, pages, files, and a placed person by number."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import structlog

from contracts.codes import PersonStatus
from gateway.api import cursors
from gateway.readmodel.lists import Place, Sort
from tests.unit.gateway.api_fakes import READER_TOKEN, Api, ApiReader
from tests.unit.gateway.samples import LIST, OSLO, one_list, person
from tests.unit.gateway.test_api_doors import OF, ONE, SEARCH

LISTS = f"{OF}/distribution-lists"
DUF = "202612345678"


def api(*more: str, **changes: Any) -> Api:
    return Api(reader=ApiReader({name: one_list(list_id=name) for name in (LIST, *more)}, **changes))


def test_lists_are_filtered_as_asked() -> None:
    """Each parameter reaches the question; the next page asks for the same."""
    found = api("FL-2026-000124")
    query = "number=fl-2026&status=open&year=2026&due_within=7&due_to=2026-11-26&sort=deadline&limit=1"
    body = found.get(f"{LISTS}?{query}").json()
    asked = found.reader.lists_asked[-1]
    assert asked == asked | {
        "order": (Sort.DEADLINE, False), "status": "open", "year": 2026, "number": "FL-2026",
        "due_from": date(2026, 11, 24), "due_to": date(2026, 11, 26), "awaiting": True,
    }  # fmt: skip
    assert (body["total"], [one["list_id"] for one in body["items"]]) == (2, [LIST])
    following = body["next"].removeprefix("/api/v1")
    assert following.startswith(f"{LISTS}?number=fl-2026&status=open&year=2026&due_to=2026-11-26&due_within=7&")
    second = found.get(following).json()
    assert ([one["list_id"] for one in second["items"]], second["next"]) == (["FL-2026-000124"], None)
    asked = found.reader.lists_asked[-1]
    assert (asked["after"], asked["after_id"], asked["order"]) == (0, LIST, (Sort.DEADLINE, False))
    found.get(f"{LISTS}?overdue=true")
    asked = found.reader.lists_asked[-1]
    assert (asked["due_to"], asked["awaiting"]) == (date(2026, 11, 23), True)


@pytest.mark.parametrize(
    "query",
    ["number=FL_1", "number=", "due_within=-1", "due_within=367", "due_from=yesterday", "sort=marker", "overdue=maybe"],
)
def test_a_wrong_filter_is_named(query: str) -> None:
    """400, by the parameter's name."""
    answer = api().get(f"{LISTS}?{query}")
    assert answer.status_code == 400
    assert [one["parameter"] for one in answer.json()["errors"]] == [query.partition("=")[0]]


def test_a_cursor_is_of_one_order() -> None:
    """A place among deadlines is none among numbers."""
    cursor = cursors.write_place(Sort.DEADLINE, Place(9824, LIST))
    assert cursors.read_place(Sort.DEADLINE, cursor) == Place(9824, LIST)
    answer = api().get(f"{LISTS}?sort=number&cursor={cursor}")
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:problem-type:fordeling:invalid-cursor")


@pytest.mark.parametrize("place", [f"{LISTS}/export", f"{ONE}/persons/export"])
def test_lists_and_persons_are_taken_as_files(place: str) -> None:
    """CSV, or a workbook where that is asked for; by the name that they are saved under."""
    found = api()
    comma = found.get(place, bearer=READER_TOKEN)
    assert comma.content.startswith("\ufeffFordeling;".encode())
    assert comma.headers["content-disposition"].endswith('.csv"')
    book = found.client.get(f"/api/v1{place}?format=xlsx", headers={"Authorization": f"Bearer {READER_TOKEN}"})
    assert (book.content[:2], book.headers["content-type"].split(".")[-1]) == (b"PK", "sheet")
    assert found.get(f"{place}?format=pdf").status_code == 400


def test_a_placed_person_is_found_by_a_body() -> None:
    """By who may read; the number is in no answer and no log."""
    placed = person(2, status=PersonStatus.PLACED, placed_on=date(2026, 11, 24))
    found = api(placed=[(placed, DUF)])
    with structlog.testing.capture_logs() as logs:
        answer = found.call("POST", SEARCH, bearer=READER_TOKEN, json={"duf_number": DUF})
    assert answer.json() == {
        "items": [
            {
                "list_id": LIST,
                "running_number": 2,
                "status": "placed",
                "placed_on": "2026-11-24",
                "settlement_date": None,
            }
        ]
    }
    assert DUF not in answer.text + str(logs)
    assert found.call("POST", SEARCH, json={"duf_number": "202612345679"}).json() == {"items": []}


@pytest.mark.parametrize("number", ["20261234567", "2026 12345678", 202612345678, "٢٠٢٦١٢٣٤٥٦٧٨", None])
def test_what_is_no_duf_number_is_named_and_not_repeated(number: object) -> None:
    """422 with a pointer."""
    answer = api().call("POST", SEARCH, json={"duf_number": number})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/duf_number")
    assert str(number) not in answer.text


def test_another_municipalitys_person_is_not_found() -> None:
    """As one that is not there."""
    elsewhere = person(2, status=PersonStatus.PLACED, municipality_id="k-4601")
    assert api(placed=[(elsewhere, DUF)]).call("POST", SEARCH, json={"duf_number": DUF}).json() == {"items": []}
    assert OSLO in SEARCH
