"""Bodies, parameters and headers at the edges: each is answered by a problem with a name, and sends nothing."""

from __future__ import annotations

import json

import pytest

from contracts.distribution.v1 import SaveDecisions
from gateway.commands.outcomes import Outcome
from tests.unit.gateway.api_fakes import token
from tests.unit.gateway.samples import LIST
from tests.unit.gateway.test_api_doors import ANY, DECISIONS, OF, ONE, RESOLUTION, api

JSON = {"Content-Type": "application/json"}
DRAFT = f"{ONE}/decisions"
YEAR = f"{OF}/years/2027/resolution"


def named(message: str) -> bytes:
    """Put a text into a draft as it is, escapes and all."""
    return json.dumps(DECISIONS).encode()[:-1] + b', "message": ' + message.encode() + b"}"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(named(r'"\ud800"'), id="a lone high surrogate"),
        pytest.param(named(r'"a\udc00b"'), id="a lone low surrogate"),
        pytest.param(named(r'"\udc00\ud800"'), id="surrogates the wrong way round"),
        pytest.param(named(r'"\u0000"'), id="NUL as an escape"),
        pytest.param(named('"\x00"'), id="NUL as it is"),
        pytest.param(named('"x"').replace(b'"x"', b'"\xff"'), id="no UTF-8"),
        pytest.param(named('"x"').replace(b'"x"', b'"\xed\xa0\x80"'), id="a surrogate in UTF-8"),
        pytest.param(json.dumps(DECISIONS).encode("utf-16"), id="UTF-16"),
        pytest.param(named(json.dumps("x" * 10_001)), id="10,001 characters"),
        pytest.param(named(json.dumps("😀" * 10_001, ensure_ascii=False)), id="10,001 emoji"),
        pytest.param(named('"x"')[:-1], id="cut short"),
        pytest.param(named('"x"') + b"{}", id="two of them"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[" * 50_000, id="deep"),
        pytest.param(b'{"decisions": [{"running_number": ' + b"9" * 5_000 + b"}]}", id="a huge number"),
        pytest.param(b'{"decisions": [{"running_number": 1e400}]}', id="more than a float"),
        pytest.param(b'{"decisions": [{"running_number": NaN}]}', id="NaN"),
        pytest.param(b'{"decisions": [{"running_number": 1.5}]}', id="a half"),
        pytest.param(b'{"decisions": [{"running_number": -1}]}', id="below one"),
    ],
)
def test_a_body_that_cannot_be_is_a_problem(content: bytes) -> None:
    """400 or 422 with a name and without what came in; no command is sent."""
    found = api()
    answer = found.call("PUT", DRAFT, content=content, headers=JSON)
    assert answer.status_code in {400, 422}, answer.text
    name = answer.json()["type"].rpartition(":")[2]
    assert name in {"malformed-request", "invalid-body"}
    assert found.desk.sent == []


@pytest.mark.parametrize(
    "message",
    [
        "x" * 10_000,
        "😀" * 10_000,
        "👩‍👩‍👧‍👦 familie",
        "\u202bمرحبا\u202c og \u2067שלום\u2069",
        "\u202eevil",
        "é e\u0301 \ufeff\u200b",
        "\n\n",
        "",
    ],
)
def test_a_message_is_kept_as_it_is_written(message: str) -> None:
    """Ten thousand characters, emoji, right to left, marks of direction: every character reaches the owner."""
    found = api()
    found.desk.outcome = Outcome(LIST, version=3)
    answer = found.call("PUT", DRAFT, json=DECISIONS | {"message": message})
    assert answer.status_code == 200, answer.text
    [sent] = found.desk.sent
    assert isinstance(sent.body, SaveDecisions)
    assert sent.body.message == message


@pytest.mark.parametrize(
    ("day", "good"),
    [
        ("2028-02-29", True), ("2026-02-29", False), ("2026-02-30", False), ("2026-13-01", False),
        ("0000-01-01", False), ("10000-01-01", False), ("2026-W53-1", False),
        ("2026-01-01T00:00:00Z", True), ("2026-01-01T10:00:00Z", False),
        ("٢٠٢٦-٠١-٠١", False), ("2026-1-1", False), ("", False), (20260101, False), (None, False),
    ],
)  # fmt: skip
def test_a_day_is_one_of_the_calendar(day: object, good: bool) -> None:
    """29 February in a leap year only; a week or an hour is no day."""
    found = api()
    answer = found.call("PUT", YEAR, json=RESOLUTION | {"resolved_on": day})
    assert (answer.status_code == 202) is good, answer.text
    if not good:
        assert answer.json()["errors"][0]["pointer"] == "#/resolved_on"
        assert found.desk.sent == []


@pytest.mark.parametrize(
    "path",
    [
        "/municipalities/0301",  # a number, not the id: numbers change hands
        "/municipalities/k-9999",
        "/municipalities/k-0301%00",
        f"{OF}/years/99999999999999999999",
        f"{OF}/years/-1",
        f"{OF}/distribution-lists/%F0%9F%98%80",
        f"{OF}/distribution-lists/%FF",
        f"{OF}/distribution-lists/{'A' * 5_000}",
        f"{OF}/commands/{ANY.upper()}",
        f"{ONE}/letters/%00/pdf",
    ],
)
def test_a_path_to_nothing_is_not_found(path: str) -> None:
    """404, whatever is written in it: a municipality's old number, signs that no id has, a year beyond any."""
    answer = api().client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token()}"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), answer.text


@pytest.mark.parametrize(
    ("headers", "status", "name"),
    [
        ({"If-Match": '"99999999999999999999"'}, 412, "version-conflict"),
        ({"If-Match": 'W/"1"'}, 412, "version-conflict"),
        ({"If-Match": '"1", "2"'}, 412, "version-conflict"),
        ({"If-Match": '"01"'}, 412, "version-conflict"),
        ({"If-Match": "*"}, 428, "if-match-missing"),
        ({"If-Match": b'"\xc3\xa6"'}, 412, "version-conflict"),
        ({"Idempotency-Key": b"n\xc3\xb8kkel"}, 400, "idempotency-key-missing"),
        ({"Idempotency-Key": "x" * 201}, 400, "idempotency-key-missing"),
        ({"Idempotency-Key": "a b"}, 400, "idempotency-key-missing"),
        ({"Content-Type": "text/plain"}, 415, "not-json"),
        ({"Content-Type": "application/json; charset=utf-16"}, 202, ""),  # JSON is UTF-8 (RFC 8259), whatever is said
    ],
)
def test_a_header_that_cannot_be_is_told_by_name(headers: dict[str, str | bytes], status: int, name: str) -> None:
    """Versions that never are, keys that are none, another media type: nothing is sent."""
    found = api()
    sent: dict[str, str | bytes] = {
        "Authorization": f"Bearer {token()}",
        "If-Match": '"1"',
        "Idempotency-Key": "k",
        **JSON,
        **headers,
    }
    answer = found.client.put(f"/api/v1{DRAFT}", content=json.dumps(DECISIONS).encode(), headers=sent)  # type: ignore[arg-type]
    assert answer.status_code == status, answer.text
    assert answer.json().get("type", "").rpartition(":")[2] == name
    assert bool(found.desk.sent) is (status == 202)
