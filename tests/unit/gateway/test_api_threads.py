"""Asking IMDi by the API, and reading what was written."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.distribution.threads_v1 import AskQuestion
from gateway.commands.desk import Kind
from gateway.commands.outcomes import Outcome
from tests.unit.gateway.api_fakes import Api, ApiReader
from tests.unit.gateway.fakes import FakeDesk
from tests.unit.gateway.samples import LIST
from tests.unit.gateway.test_api_doors import ONE, api
from tests.unit.gateway.test_question_pages import asked_about

MESSAGES = f"{ONE}/messages"
STAIRS = {"running_number": 2, "text": "Holder det med heis?"}


def write(found: Api, body: Any) -> Any:
    return found.call("POST", MESSAGES, json=body, match=None)


def test_messages_are_read_in_their_order_a_page_at_a_time() -> None:
    """With who wrote and whose thread it is in; a page names the next, the last one none; the list tells how many."""
    found = Api(reader=ApiReader({LIST: asked_about()}))
    first = found.get(f"{MESSAGES}?limit=2").json()
    assert [(one["number"], one["running_number"], one["by"]) for one in first["items"]] == [
        (1, 2, "Kari Nordmann"), (2, None, "Kari Nordmann"),
    ]  # fmt: skip
    last = found.get(first["next"].removeprefix("/api/v1")).json()
    assert [(one["number"], one["by_imdi"], one["by"]) for one in last["items"]] == [(3, True, "IMDi")]
    assert last["next"] is None
    whole = found.get(ONE).json()
    assert (whole["messages"], whole["awaiting_reply"]) == (3, 1)


def test_a_question_needs_no_version_and_is_sent_once() -> None:
    """It fits whatever version the list has; the same key is the same command."""
    found = api(desk=FakeDesk(Outcome(LIST, version=2)))
    answers = [write(found, STAIRS) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["etag"] == '"2"'
    first, second = found.desk.sent
    assert first.command_id == second.command_id
    assert (first.kind, first.subject) == (Kind.ASK, LIST)
    assert isinstance(first.body, AskQuestion)
    assert (first.body.running_number, first.body.text) == (2, STAIRS["text"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"running_number": 2}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": " \n"}, "/text"),
        ({"text": "a" * 10_001}, "/text"),
        ({"text": "NUL \x00"}, "/text"),
        ({"text": "Hei?", "running_number": 0}, "/running_number"),
        ({"text": "Hei?", "person": 2}, "/person"),
    ],
)
def test_a_wrong_question_is_refused_by_field(body: dict[str, Any], pointer: str) -> None:
    """422 with a pointer, never what came in; nothing is sent."""
    found = api(desk=FakeDesk(Outcome(LIST, version=2)))
    answer = write(found, body)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"#{pointer}"]
    assert found.desk.sent == []


@pytest.mark.parametrize("slug", ["already-answered", "list-withdrawn", "person-withdrawn", "thread-full"])
def test_what_the_owner_refuses_is_a_conflict(slug: str) -> None:
    """409 under the name the owner gave."""
    answer = write(api(desk=FakeDesk(Outcome(LIST, 4, slug, {"at": "2026-11-24T09:30:00+00:00"}))), STAIRS)
    assert answer.status_code == 409
    assert answer.json()["type"] == f"urn:problem-type:fordeling:{slug}"
