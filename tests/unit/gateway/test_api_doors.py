"""Who gets in through the API: every operation, tried as each who may not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contracts.codes import ListStatus
from gateway.auth.machines import READ_SCOPE
from tests.unit.gateway.api_fakes import READER_TOKEN, Api, ApiReader, FakeIssuer, FakeMunicipalities, token
from tests.unit.gateway.fakes import Desktop
from tests.unit.gateway.samples import LIST, OSLO, one_list, user

OF = f"/municipalities/{OSLO}"
ONE = f"{OF}/distribution-lists/{LIST}"
ANY = "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c22"
RESOLUTION = {
    "ordinary_places": 20, "unaccompanied_minor_places": 0, "resolved_on": "2026-11-20", "case_number": "2026/1234",
}  # fmt: skip
HOMES = {"bedrooms": 3, "persons": 5, "available_from": "2026-12-01"}
RIMA = {"name": "Rima Eksempel"}
DECISIONS = {"decisions": [{"running_number": number} for number in (1, 2, 3)]}
GETS = [
    OF,
    f"{OF}/distribution-lists",
    f"{OF}/distribution-lists/export",
    ONE,
    f"{ONE}/persons/export",
    f"{OF}/statistics/answers",
    f"{ONE}/letters",
    f"{ONE}/messages",
    f"{ONE}/letters/{ANY}/pdf",
    f"{ONE}/persons/1/folder",
    f"{ONE}/archive",
    f"{OF}/notices",
    f"{OF}/years/2027",
    f"{OF}/years/2027/letters",
    f"{OF}/years/2027/letters/{ANY}/pdf",
    f"{OF}/ledger?year=2026",
    f"{OF}/reports",
    f"{OF}/reports/{ANY}",
    f"{OF}/weekly-places",
    f"{OF}/commands/{ANY}",
]
WRITES: list[tuple[str, str, Any]] = [
    ("PUT", f"{ONE}/decisions", DECISIONS),
    ("PUT", f"{ONE}/approval", DECISIONS),
    ("DELETE", f"{ONE}/approval", None),
    ("PUT", f"{ONE}/answer", None),
    ("POST", f"{ONE}/messages", {"running_number": 2, "text": "Holder det med heis?"}),
    ("PUT", f"{ONE}/settlements", {"persons": [{"running_number": 1, "settlement_date": "2026-11-24"}]}),
    ("PUT", f"{ONE}/settlement-plan", {"running_numbers": [1], "week": "2026-W53"}),
    ("POST", f"{OF}/notices/read", {"notice_ids": ["n-1"]}),
    ("PUT", f"{OF}/years/2027/resolution", RESOLUTION),
    ("PUT", f"{OF}/weekly-places/weeks", {"weeks": [{"week": "2026-W53", "places": 4}]}),
    ("PUT", f"{OF}/reports/{ANY}/housing", HOMES),
    ("PUT", f"{OF}/reports/{ANY}/named-persons", {"persons": [RIMA], "tie": "sibling"}),
    ("PUT", f"{OF}/reports/{ANY}/self-settlement", {"persons": [RIMA], "address": "Gata 1", "moves_in": "2027-01-15"}),
    ("PUT", f"{OF}/reports/{ANY}/confirmation", None),
    ("PUT", f"{OF}/reports/{ANY}/withdrawal", None),
]
LOOKS: list[tuple[str, str, Any]] = [("POST", f"{ONE}/persons/1/folder/health", {"purpose": "housing"})]
"""They add a row on who looked, and send no command."""
SEARCH = f"{OF}/persons/search"
READING: list[tuple[str, str, Any]] = [("POST", SEARCH, {"duf_number": "202612345678"})]
"""What is asked by POST and changes nothing: the reading scope is enough."""

ALL = [*(("GET", path, None) for path in GETS), *READING, *WRITES, *LOOKS]
OPERATIONS = pytest.mark.parametrize(("method", "path", "body"), ALL, ids=lambda value: str(value)[:60])


def api(**changes: Any) -> Api:
    return Api(reader=ApiReader({LIST: one_list(status=ListStatus.RECEIVED)}), **changes)


def test_the_operations_here_are_all_there_are() -> None:
    """A new operation must be added to these tests."""
    served = {
        (method.upper(), re.sub(r"\{[^}]+\}", "?", path))
        for path, item in api().document.content["paths"].items()
        for method in item
        if method in {"get", "put", "post", "delete", "patch"}
    }
    known = {
        (
            method,
            path.partition("?")[0]
            .replace("/1/", "/?/")
            .replace(ANY, "?")
            .replace(OSLO, "?")
            .replace(LIST, "?")
            .replace("2027", "?"),
        )
        for method, path, _ in ALL
    }
    assert served == {(method, f"/api/v1{path}") for method, path in known} | {("GET", "/api/v1/municipalities")}


@OPERATIONS
def test_nobody_is_told_to_bring_a_token(method: str, path: str, body: Any) -> None:
    """401 with a challenge; a cookie of the pages is none."""
    found = api()
    found.client.cookies.set("__Host-okt", "a-session")
    answer = found.call(method, path, bearer=None, json=body)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="fordeling"')
    assert answer.json()["type"] == "urn:problem-type:fordeling:token-missing"
    assert found.desk.sent == []


@pytest.mark.parametrize(
    "bad",
    [token(exp=1_700_000_000), token(aud="https://elsewhere.example"), token(iss="https://other.example"), "x.y.z"],
    ids=["expired", "another audience", "another issuer", "forged"],
)
def test_a_bad_token_opens_nothing(bad: str) -> None:
    """401 from every operation, without a word on what is wrong with it."""
    found = api()
    for method, path, body in ALL:
        answer = found.call(method, path, bearer=bad, json=body)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="fordeling", error="invalid_token"'
        assert set(answer.json()) == {"type", "title", "status"}
    assert found.desk.sent == []


@OPERATIONS
def test_without_the_scope_nothing_is_done(method: str, path: str, body: Any) -> None:
    """403 names the scope: reading needs one, writing another."""
    found = api()
    reads = method == "GET" or path == SEARCH
    answer = found.call(method, path, bearer=token(scope="ks:other") if reads else READER_TOKEN, json=body)
    assert answer.status_code == 403
    wanted = READ_SCOPE if reads else "ks:fordeling:write"
    assert answer.headers["www-authenticate"] == (
        f'Bearer realm="fordeling", error="insufficient_scope", scope="{wanted}"'
    )
    assert found.desk.sent == []


@OPERATIONS
def test_another_municipality_is_as_one_that_does_not_exist(method: str, path: str, body: Any) -> None:
    """The same 404 to the byte, whether the municipality exists or not."""
    found = api(municipalities=FakeMunicipalities({"958935420": ("k-4601", "Bergen")}))
    theirs = found.call(method, path, json=body)
    nowhere = found.call(method, path.replace(OSLO, "k-9999"), json=body)
    assert (theirs.status_code, theirs.content) == (404, nowhere.content)
    assert nowhere.status_code == 404
    assert found.desk.sent == []


@pytest.mark.parametrize(("method", "path", "body"), [one for one in ALL if LIST in one[1]])
def test_another_municipalitys_list_is_not_there(method: str, path: str, body: Any) -> None:
    """One's own municipality in the path, another's list id: the same 404 as for a list that is not."""
    found = api()
    foreign = one_list(municipality_id="k-4601")
    found.reader.lists = {LIST: foreign}
    theirs = found.call(method, path, json=body)
    nowhere = found.call(method, path.replace(LIST, "FL-2026-000999"), json=body)
    odd = found.call(method, path.replace(LIST, "%00"), json=body)
    assert {theirs.status_code, nowhere.status_code, odd.status_code} == {404}
    assert theirs.content == nowhere.content == odd.content
    assert found.desk.sent == []


def test_a_reader_reads_and_the_municipalities_are_told() -> None:
    """The read scope opens every GET; an organisation that is no municipality gets an empty list."""
    found = api()
    assert found.get("/municipalities", bearer=READER_TOKEN).json() == {
        "items": [
            {"municipality_id": OSLO, "name": "Oslo", "href": f"/api/v1/municipalities/{OSLO}", "successor": None}
        ]
    }
    assert found.get(ONE, bearer=READER_TOKEN).status_code == 200
    stranger = token(consumer={"authority": "iso6523-actorid-upis", "ID": "0192:999999999"})
    assert found.get("/municipalities", bearer=stranger).json() == {"items": []}


def test_a_provider_that_is_down_is_503() -> None:
    """A token can neither be believed nor refused: try again."""
    answer = api(issuer=FakeIssuer(down=True)).get(ONE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["type"] == "urn:problem-type:fordeling:token-provider-unavailable"


def test_a_client_is_told_how_much_it_may_ask() -> None:
    """Headers on every answer to a known client, refusals included; beyond it 429, and another is not touched."""
    found = api(per_minute=2)
    first, second, third = (found.get(path) for path in (OF, f"{OF}/commands/x", OF))
    assert [one.headers["ratelimit-remaining"] for one in (first, second, third)] == ["1", "0", "0"]
    assert [one.status_code for one in (first, second, third)] == [200, 404, 429]
    assert first.headers["ratelimit-limit"] == "2"
    assert 0 < int(third.headers["retry-after"]) <= 60
    assert found.get(OF, bearer=token(client_id="another")).status_code == 200
    assert "ratelimit-limit" not in found.call("GET", OF, bearer=None).headers


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("POST", "/municipalities"), ("GET", f"{OF}/x/y")])
def test_what_is_not_there_is_told_as_a_problem(method: str, path: str) -> None:
    """No page of ours for a program, and no cookie."""
    answer = api().client.request(method, f"/api/v1{path}")
    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "set-cookie" not in answer.headers


def test_no_answer_sets_a_cookie_and_all_carry_the_headers() -> None:
    """Programs have no session; nothing is kept on the way."""
    answer = api().get(ONE)
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_form_of_a_browser_is_not_a_request() -> None:
    """415 for anything but JSON: no other site can send it without asking first."""
    found = api()
    answer = found.call("PUT", f"{ONE}/decisions", content="{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_what_breaks_tells_no_value() -> None:
    """500 as a problem."""
    found = api()
    found.reader.broken = True
    answer = found.client.get(f"/api/v1{ONE}", headers={"Authorization": f"Bearer {token()}"})
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "urn:problem-type:fordeling:internal-error", "title": "Something went wrong here", "status": 500,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "tag", "title"),
    [("", "en", "There is no such thing"), ("nb-NO", "nb", "Det finnes ikke"),
     ("nn, en;q=0.5", "nn", "Det finst ikkje"), ("de", "en", "There is no such thing")],
)  # fmt: skip
def test_a_problems_title_is_in_the_language_asked_for(header: str, tag: str, title: str) -> None:
    """By Accept-Language alone, English where it names none of ours; the type is the same in each."""
    answer = Desktop(user()).client.get("/api/v1/nowhere", headers={"Accept-Language": header})
    assert answer.json() == {"type": "urn:problem-type:fordeling:not-found", "title": title, "status": 404}
    assert (answer.headers["content-language"], answer.headers["vary"]) == (tag, "Accept-Language")
