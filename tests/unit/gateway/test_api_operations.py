"""What each operation does, and how it refuses."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from contracts.codes import LetterKind, LetterLanguage, Role
from contracts.distribution.v1 import ApproveList, ReturnToTreatment, SaveDecisions, SendAnswer
from contracts.letters.v1 import Document, LetterState
from contracts.notification.v1 import MarkNoticesRead
from gateway.api.failures import pointer
from gateway.app import make_app
from gateway.auth.cookies import Cookies
from gateway.commands.desk import Kind
from gateway.commands.outcomes import Outcome
from gateway.pages.assets import Asset, Assets
from gateway.pages.letter_store import LetterUnavailableError
from tests.unit.gateway.api_fakes import CHOSEN, Api, ApiReader, FakeLetters, token
from tests.unit.gateway.fakes import ASSETS, FakeDesk
from tests.unit.gateway.samples import LIST, NOW, OSLO, act, one_list, person
from tests.unit.gateway.test_api_doors import ANY, DECISIONS, OF, ONE, WRITES, api

ACCEPTED = Outcome(LIST, version=3)
DECLINES = {
    "decisions": [
        {"running_number": 1},
        {"running_number": 2, "accept": False, "reason": "other", "reason_text": "Vi har ingen ledig bolig."},
        {"running_number": 3, "accept": False, "reason": "capacity_reached"},
    ],
    "message": "Takk. 🙂",
}


def letter(number: int | None = 1, *, made: bool = True) -> LetterState:
    document = Document(object_key="letters/a.pdf", sha256="0" * 64, size=4, created_at=NOW)
    return LetterState(
        letter_id=ANY,
        municipality_id=OSLO,
        list_id=LIST,
        running_number=number,
        kind=LetterKind.LETTER_TO_PERSON,
        language=LetterLanguage.NYNORSK,
        planned_at=NOW,
        document=document if made else None,
    )


def test_the_overview_tells_agreement_and_places() -> None:
    """Places per year as the ledger has them; nobody's address."""
    found = api().get(OF).json()
    assert (found["name"], found["open_lists"], found["years"][0]["ordinary"]["left"]) == ("Oslo", 1, 10)
    assert "contacts" not in found


def test_lists_are_told_with_their_versions() -> None:
    """A page of them; no further page where there is no more."""
    [item] = api().get(f"{OF}/distribution-lists?status=open&year=2026").json()["items"]
    assert (item["list_id"], item["version"], item["counts"]["unaccompanied_minors"]) == (LIST, 1, 1)
    assert api().get(f"{OF}/distribution-lists").json()["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        "status=marker",
        "year=marker",
        "year=1999",
        "limit=0",
        "limit=101",
        "limit=marker",
        "cursor=marker",
        "cursor=",
        "cursor=MDAwMS0wMS0wMVQwMDowMDowMCsyMzowMCB4",
    ],
)
def test_a_wrong_parameter_is_named_and_not_repeated(query: str) -> None:
    """400 with the parameter's name; what it held is in no answer."""
    answer = api().get(f"{OF}/distribution-lists?{query}")
    assert answer.status_code == 400
    assert [one["parameter"] for one in answer.json()["errors"]] == [query.partition("=")[0]]
    assert "marker" not in answer.text


def test_one_list_has_its_persons_and_an_etag() -> None:
    """The ETag is the version; who has it already gets 304."""
    shown = one_list(version=7, changed=act("Ingrid"), message="Hei")
    found = Api(reader=ApiReader({LIST: shown}))
    answer = found.get(ONE)
    body = answer.json()
    assert (answer.headers["etag"], body["version"], body["message"]) == ('"7"', 7, "Hei")
    assert body["changed"] == {"by": "Ingrid", "at": "2026-11-24T09:30:00Z"}
    assert [one["running_number"] for one in body["persons"]] == [1, 2, 3]
    assert "u-1" not in answer.text
    assert found.get(ONE, headers={"If-None-Match": 'W/"7", "9"'}).status_code == 304
    assert found.get(ONE, headers={"If-None-Match": '"6"'}).status_code == 200


def test_letters_are_told_and_read() -> None:
    """What is made has an address and a hash; what waits has not."""
    found = api()
    found.reader.lists[LIST] = replace(one_list(), letters=(letter(), letter(2, made=False)))
    made, waiting = found.get(f"{ONE}/letters").json()["items"]
    assert (made["size"], waiting["pdf"], waiting["sha256"]) == (4, None, None)
    assert made["pdf"] == f"/api/v1{ONE}/letters/{ANY}/pdf"
    found.reader.letters[ANY] = letter()
    answer = found.get(made["pdf"].removeprefix("/api/v1"))
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF", "application/pdf")
    found.reader.letters[ANY] = letter(made=False)
    assert found.get(f"{ONE}/letters/{ANY}/pdf").status_code == 404
    assert found.get(f"{ONE}/letters/marker/pdf").status_code == 404


def test_a_letter_that_cannot_be_read_is_503() -> None:
    """The store's trouble is not the client's."""

    class Broken(FakeLetters):
        async def read(self, _document: Any) -> bytes:
            raise LetterUnavailableError

    found = api(letters=Broken())
    found.reader.letters[ANY] = letter()
    assert found.get(f"{ONE}/letters/{ANY}/pdf").status_code == 503


def test_notices_are_as_this_client_has_read_them() -> None:
    """Another's reading is not told."""
    answer = api().get(f"{OF}/notices?unread=true&limit=5")
    assert answer.json()["items"][0]["read"] is False
    assert "somebody" not in answer.text


def test_a_write_is_the_command_a_form_would_send() -> None:
    """Decisions, message, version and actor reach the owner; the answer has the version after it."""
    found = api(desk=FakeDesk(ACCEPTED))
    answer = found.call("PUT", f"{ONE}/approval", json=DECLINES, match='"5"')
    assert (answer.status_code, answer.headers["etag"], answer.json()["status"]) == (200, '"3"', "accepted")
    [command] = found.desk.sent
    body = command.body
    assert isinstance(body, ApproveList)
    assert (command.kind, command.subject, command.municipality_id) == (Kind.APPROVE, LIST, OSLO)
    assert (body.expected_version, body.message) == (5, "Takk. 🙂")
    assert [one.accept for one in body.decisions] == [True, False, False]
    assert (body.actor.role, body.actor.display_name) == (Role.SETTLEMENT_WRITER, "case-system (0192:958935420)")
    assert (body.actor.user_id, command.command_id) == (command.user_id, answer.json()["command_id"])
    assert UUID(command.command_id)


@pytest.mark.parametrize(
    ("method", "path", "body", "made"),
    [
        ("PUT", f"{ONE}/decisions", DECISIONS, SaveDecisions),
        ("DELETE", f"{ONE}/approval", None, ReturnToTreatment),
        ("PUT", f"{ONE}/answer", None, SendAnswer),
        ("POST", f"{OF}/notices/read", {"notice_ids": ["n-1"]}, MarkNoticesRead),
    ],
)
def test_each_write_has_its_command(method: str, path: str, body: Any, made: type) -> None:
    """An answer counts from when its key was first used."""
    found = api(desk=FakeDesk(ACCEPTED))
    assert found.call(method, path, json=body).status_code == 200
    [command] = found.desk.sent
    assert isinstance(command.body, made)
    if isinstance(command.body, SendAnswer):
        assert command.body.accepted_at == NOW - timedelta(minutes=1)


def test_the_same_key_is_the_same_command() -> None:
    """Sent again: one id. Another body, version, list or operation under it: 422. Another client: its own."""
    found = api(desk=FakeDesk(ACCEPTED))
    path = f"{ONE}/decisions"
    first, again = (found.call("PUT", path, json=DECISIONS) for _ in range(2))
    assert first.json() == again.json()
    assert len({command.command_id for command in found.desk.sent}) == 1
    for answer in (
        found.call("PUT", path, json=DECLINES),
        found.call("PUT", path, json=DECISIONS, match='"2"'),
        found.call("PUT", f"{ONE}/approval", json=DECISIONS),
        found.call("PUT", f"{ONE}/answer"),
    ):
        assert answer.status_code == 422
        assert answer.json()["type"] == "urn:problem-type:fordeling:idempotency-key-reused"
    other = found.call("PUT", path, json=DECLINES, bearer=token(client_id="another"))
    assert other.status_code == 200
    assert other.json()["command_id"] != first.json()["command_id"]


@pytest.mark.parametrize("key", [None, "", "x" * 201, "two words"])
def test_a_write_without_a_key_is_not_sent(key: str | None) -> None:
    """400: a write that cannot be repeated safely is not begun."""
    found = api()
    for method, path, body in WRITES:
        assert found.call(method, path, json=body, key=key).status_code == 400
    assert found.desk.sent == []


@pytest.mark.parametrize(
    ("match", "status"),
    [(None, 428), ("*", 428), ("", 428), ('W/"1"', 412), ("1", 412), ('"1", "2"', 412), ('"marker"', 412),
     ('"' + "9" * 30 + '"', 412)],
)  # fmt: skip
def test_a_write_names_the_version_it_is_for(match: str | None, status: int) -> None:
    """428 where it names none, 412 where what it names cannot be the list's."""
    found = api()
    for method, path, body in WRITES:
        if LIST in path and method != "POST":  # a question fits every version
            answer = found.call(method, path, json=body, match=match)
            assert answer.status_code == status
            assert "marker" not in answer.text
    assert found.desk.sent == []


@pytest.mark.parametrize(
    ("problem", "status"),
    [("version-conflict", 412), ("already-answered", 409), ("wrong-status", 409), ("not-approved", 409),
     ("persons-differ", 422), ("reason-missing", 422), ("invalid-command", 422), ("list-not-found", 404),
     ("role-may-not-write", 403), ("newer-than-we-are", 409)],
)  # fmt: skip
def test_an_owners_refusal_is_a_problem(problem: str, status: int) -> None:
    """Its type, what it is about, and the list's version to go on from."""
    found = api(desk=FakeDesk(Outcome(LIST, 9, problem, {"by": "Ingrid"})))
    answer = found.call("PUT", f"{ONE}/decisions", json=DECISIONS)
    body = answer.json()
    assert (answer.status_code, body["status"], answer.headers["etag"]) == (status, status, '"9"')
    assert body["type"] == f"urn:problem-type:fordeling:{problem}"
    assert (body["params"], body["current_version"]) == ({"by": "Ingrid"}, 9)
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_not_known_yet_is_followed() -> None:
    """202 with an address that tells pending, then the outcome; to this client only."""
    found = api()
    answer = found.call("PUT", f"{ONE}/decisions", json=DECISIONS)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    place = answer.headers["location"].removeprefix("/api/v1")
    assert found.get(place).json()["status"] == "pending"
    found.desk.outcome = Outcome(LIST, 4, "wrong-status")
    refused = found.get(place)
    assert (refused.status_code, refused.json()["status"]) == (200, "refused")
    assert refused.json()["problem"]["status"] == 409
    found.desk.outcome = ACCEPTED
    assert found.get(place).json()["version"] == 3
    assert found.get(place, bearer=token(client_id="another")).status_code == 404


def test_a_broker_that_is_away_is_503() -> None:
    """Nothing is lost: the same key may be sent again."""
    found = api(desk=FakeDesk(ACCEPTED, broker=False))
    answer = found.call("PUT", f"{ONE}/decisions", json=DECISIONS)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    found.desk.broker = True
    assert found.call("PUT", f"{ONE}/decisions", json=DECISIONS).status_code == 200


def test_too_many_commands_are_503_and_taken_later() -> None:
    """With when to come back; the same key is the same command then."""
    found = api(desk=FakeDesk(ACCEPTED, busy=True))
    answer = found.call("PUT", f"{ONE}/decisions", json=DECISIONS)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem-type:fordeling:too-many-commands")
    assert int(answer.headers["retry-after"]) > 0
    found.desk.busy = False
    assert found.call("PUT", f"{ONE}/decisions", json=DECISIONS).status_code == 200


def test_a_database_that_is_away_is_503() -> None:
    """It is nobody's fault and passes: told with when to come back."""
    found = api()
    found.reader.broken = TimeoutError()
    answer = found.get(ONE)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem-type:fordeling:database-unavailable")
    assert int(answer.headers["retry-after"]) > 0


WRONG: list[tuple[str, Any, set[str]]] = [
    ("approval", {"decisions": [{"running_number": 1, "accept": False}]}, {"#/decisions/0"}),
    ("approval", {"decisions": [{"running_number": 1, "accept": False, "reason": "other"}]}, {"#/decisions/0"}),
    ("decisions", {"decisions": []}, {"#/decisions"}),
    ("decisions", {"decisions": [{"running_number": 0}, {"running_number": "marker"}], "message": "marker" * 2000},
     {"#/decisions/0/running_number", "#/decisions/1/running_number", "#/message"}),
    ("decisions", {"decisions": [{"running_number": 1, "reason": "marker"}]}, {"#/decisions/0/reason"}),
    ("decisions", {"decisions": [{"running_number": 1, "reason_txt": "marker"}]}, {"#/decisions/0/reason_txt"}),
    ("decisions", {**DECISIONS, "message": "marker\x00"}, {"#/message"}),
    ("decisions", ["marker"], {"#"}),
    ("decisions", {}, {"#/decisions"}),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "body", "pointers"), WRONG)
def test_a_wrong_body_is_told_field_by_field(operation: str, body: Any, pointers: set[str]) -> None:
    """422 with a JSON pointer for each, and no value; the key is not used up."""
    found = api(desk=FakeDesk(ACCEPTED))
    answer = found.call("PUT", f"{ONE}/{operation}", json=body)
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == pointers
    assert "marker" not in answer.text
    assert found.call("PUT", f"{ONE}/{operation}", json=DECISIONS).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [("", 422), ("{", 400), ("nonsense", 400), (b"\xff{", 400), ("[" * 100_000, 400), ("x" * 2_000_001, 413)],
    ids=["nothing", "cut off", "words", "no text", "deep", "large"],
)
def test_what_is_no_json_is_told(content: str | bytes, status: int) -> None:
    """What cannot be read is the client's to mend: never 500."""
    answer = api().call("PUT", f"{ONE}/decisions", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status


def test_all_ten_thousand_characters_go_through() -> None:
    """The longest message, right to left and with emoji, unchanged."""
    message = ("مرحبا 🙂 " * 1250)[:10_000]
    found = api(desk=FakeDesk(ACCEPTED))
    assert found.call("PUT", f"{ONE}/decisions", json={**DECISIONS, "message": message}).status_code == 200
    assert json.loads(found.desk.sent[0].body.model_dump_json())["message"] == message


def test_pointers_name_every_part() -> None:
    """As RFC 6901 writes them in a URI."""
    assert pointer("decisions[2].reason") == "#/decisions/2/reason"
    assert (pointer(""), pointer("[3]"), pointer("a[0][1]")) == ("#", "#/3", "#/a/0/1")


def test_persons_have_their_dates() -> None:
    """Placed and settled persons tell when."""
    settled = person(1, placed_on=date(2024, 2, 29), settlement_date=date(2024, 3, 1))
    found = Api(reader=ApiReader({LIST: one_list(settled)}))
    [told] = found.get(ONE).json()["persons"]
    assert (told["placed_on"], told["settlement_date"]) == ("2024-02-29", "2024-03-01")


def test_the_document_is_openapi_of_today() -> None:
    """OpenAPI 3.1, with the scheme that opens it."""
    found = api()
    assert found.document.content["openapi"].startswith("3.1")
    assert set(found.document.content["components"]["securitySchemes"]) == {"maskinporten"}


def test_the_page_loads_only_what_we_serve() -> None:
    """Every script and style of the page is a file of ours, which is there."""
    names = ("swagger-ui/swagger-ui.css", "swagger-ui/swagger-ui-bundle.js", "api-docs.js")
    files = {name: Asset("text/plain", b"content", None) for name in names}
    parts: Any = SimpleNamespace(settings=CHOSEN, cookies=Cookies(CHOSEN.secure))
    app = make_app(parts, Assets({**ASSETS.files, **files}, "0"))
    browser = TestClient(app, base_url="https://fordeling.example")
    page = browser.get("/api/v1/docs")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert (page.status_code, len(addresses)) == (200, 5)
    for address in addresses:
        assert address.startswith("/")
        assert browser.get(address).status_code == 200
    assert not re.search(r"<style|\sstyle=|<script>", page.text)
    assert "script-src 'self';" in page.headers["content-security-policy"]
