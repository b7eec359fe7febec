"""What the OpenAPI document says of every operation there is: a new one is held to the same."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from gateway.api.completing import METHODS
from gateway.api.limits import Limits
from tests.unit.gateway.api_fakes import Api, document, token
from tests.unit.gateway.test_api_doors import ALL, OF, ONE, RESOLUTION, api

STANDING = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
WHOLE = {"listMunicipalities", "listLetters", "listRequestLetters", "getAnswerStatistics"}
"""Lists that are short by what they are: municipalities of a token, letters of one case, two sums for each year."""
ASKS = {"searchPlacedPersons"}
"""Posts that change nothing: what is asked for may stand in no address."""

DOCUMENT = document().content
EVERY = {
    item[method]["operationId"]: (method, path, item[method])
    for path, item in DOCUMENT["paths"].items()
    for method in METHODS
    if method in item
}
OPERATIONS = pytest.mark.parametrize("name", EVERY)
LOOKS = {"lookAtHealth"}
"""What is posted to be read: each is a look of its own, written down, and sends no command."""
WRITES = pytest.mark.parametrize(
    "name", [name for name, (method, *_) in EVERY.items() if method != "get" and name not in LOOKS | ASKS]
)


def parameters(operation: Any) -> dict[str, Any]:
    return {one["name"]: one for one in operation.get("parameters", ())}


def links_to(name: str) -> list[Any]:
    return [
        answer["links"][name]
        for _, _, operation in EVERY.values()
        for answer in operation["responses"].values()
        if name in answer.get("links", {})
    ]


def whole(schema: Any) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


@OPERATIONS
def test_every_operation_tells_who_may_and_how_often(name: str) -> None:
    """Token, scope, limit and a bad day are documented, with the headers that tell where a client stands."""
    _, path, operation = EVERY[name]
    answers = operation["responses"]
    assert {"401", "403", "429", "503"} <= answers.keys()
    assert operation["security"]
    assert not STANDING & answers["401"]["headers"].keys()
    for status in answers.keys() - {"401"}:
        assert answers[status]["headers"].keys() >= STANDING, status
    assert "WWW-Authenticate" in answers["401"]["headers"]
    assert all("Retry-After" in answers[status]["headers"] for status in ("429", "503"))
    if "{" in path:
        assert "404" in answers


@WRITES
def test_every_write_names_itself_and_what_it_is_upon(name: str) -> None:
    """Idempotency-Key always; If-Match on what has a version, with 412, 428, and operations that give the ETag."""
    method, _, operation = EVERY[name]
    given, answers = parameters(operation), operation["responses"]
    assert given["Idempotency-Key"]["required"]
    assert {"200", "202", "400", "404", "422"} <= answers.keys()
    assert {"Location", "Retry-After"} <= answers["202"]["headers"].keys()
    if "requestBody" in operation:
        assert {"413", "415"} <= answers.keys()
    if method != "post":  # what is posted is new, or has no version
        assert given["If-Match"]["required"]
        assert {"409", "412", "428"} <= answers.keys()
        assert "ETag" in answers["200"]["headers"]
        assert "ETag" in answers["412"]["headers"]
        assert any("header.If-Match" in link["parameters"] for link in links_to(name))


@OPERATIONS
def test_every_list_is_paged(name: str) -> None:
    """A limit, a place to go on from, and `next`; or it is one that cannot grow."""
    method, _, operation = EVERY[name]
    content = operation["responses"]["200"].get("content", {}).get("application/json")
    if method != "get" or content is None or name in WHOLE:
        return
    schema = DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    if "items" in schema["properties"]:
        assert "next" in schema["properties"]
        assert parameters(operation).keys() & {"cursor", "after"}
        assert parameters(operation)["limit"]["schema"]["maximum"] <= 100


@OPERATIONS
def test_no_parameter_is_null(name: str) -> None:
    """A parameter is there or it is not; those of a path, and versions and keys, have a form."""
    for one in parameters(EVERY[name][2]).values():
        schema = one["schema"]
        assert {"type": "null"} not in schema.get("oneOf", [])
        assert "null" not in schema.get("type", "")
        if one["in"] == "path":
            assert one["required"]


@OPERATIONS
def test_what_an_operation_needs_is_told_by_another(name: str) -> None:
    """Ids are never made up by clients: some answer links to each operation that wants one."""
    _, path, _ = EVERY[name]
    if path.count("{"):
        assert links_to(name)


def test_bodies_are_documented_with_all_their_rules() -> None:
    """An unknown field, a NUL, a decline without reason, a text too long: the document refuses them as the API does."""
    schemas = DOCUMENT["components"]["schemas"]
    number = {"running_number": 1}
    for good, body in [
        (True, number),
        (True, number | {"accept": True, "reason": None, "reason_text": None}),
        (True, number | {"accept": False, "reason": "security"}),
        (True, number | {"accept": False, "reason": "other", "reason_text": "Ingen bolig 🏠 \u202bعربي"}),
        (False, number | {"accept": False}),
        (False, number | {"reason": "security"}),
        (False, number | {"accept": False, "reason": "other", "reason_text": " \n"}),
        (False, number | {"accept": False, "reason": "security", "reason_text": "x" * 10_001}),
        (False, number | {"accept": False, "reason": "security", "reason_text": "a\x00"}),
        (False, number | {"typo": 1}),
    ]:
        assert whole(schemas["DecisionBody"]).is_valid(body) is good, body
        answer = api().call("PUT", f"{ONE}/approval", json={"decisions": [body]})
        assert (answer.json().get("type", "").endswith("invalid-body")) is not good, body
    for text, good in [("Trengs heis?", True), (" \n", False), ("", False), ("a\x00", False), ("x" * 10_001, False)]:
        assert whole(schemas["QuestionBody"]).is_valid({"text": text}) is good, text
        answer = api().call("POST", f"{ONE}/messages", json={"text": text})
        assert (answer.json().get("type", "").endswith("invalid-body")) is not good, text
    for case_number, good in [
        ("2026/1234", True), ("Sak 12 Å", True), ("", False), (" 1", False), ("a\nb", False), ("a\u202eb", False),
        ("a\x7f", False), ("x" * 200, True), ("x" * 201, False),
    ]:  # fmt: skip
        body = RESOLUTION | {"case_number": case_number}
        assert whole(schemas["ResolutionBody"]).is_valid(body) is good, case_number
        answer = api().call("PUT", f"{OF}/years/2027/resolution", json=body)
        assert (answer.json().get("type", "").endswith("invalid-body")) is not good, case_number


@pytest.mark.parametrize(("method", "path", "body"), ALL, ids=lambda value: str(value)[:60])
def test_every_answer_tells_where_the_client_stands(method: str, path: str, body: Any) -> None:
    """Also a refused one; the last one allowed is the last one answered."""
    found = api(per_minute=1)
    first = found.call(method, path, json=body)
    assert first.headers["RateLimit-Remaining"] == "0"
    second = found.call(method, path, json=body)
    assert (second.status_code, second.headers["RateLimit-Limit"]) == (429, "1")
    assert 1 <= int(second.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("path", "methods"),
    [(f"{ONE}/approval", "DELETE, OPTIONS, PUT"), (f"{ONE}/answer", "OPTIONS, PUT"), (ONE, "GET, OPTIONS")],
)
def test_options_names_every_method(path: str, methods: str) -> None:
    """Of the path, not of the handler that was there first; another method is told the same with 405."""
    found = Api()
    headers = {"Authorization": f"Bearer {token()}"}
    assert found.client.options(f"/api/v1{path}", headers=headers).headers["allow"] == methods
    refused = found.client.request("PATCH", f"/api/v1{path}", headers=headers)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (405, "method-not-allowed")
    assert set(refused.headers["allow"].split(", ")) == set(methods.split(", "))


def test_a_minute_is_a_minute() -> None:
    """The window ends after sixty seconds, and tells how long it lasts."""
    time = iter([0.0, 30.0, 59.9, 60.0])
    limits = Limits(2, seconds=lambda: next(time))
    standings = [limits.take("a") for _ in range(4)]
    assert [(one.allowed, one.remaining, one.reset) for one in standings] == [
        (True, 1, 60), (True, 0, 30), (False, 0, 1), (True, 1, 60),
    ]  # fmt: skip
