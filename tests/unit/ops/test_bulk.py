"""Following what is published together: each message counts once, whatever follows from it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import typer

from contracts.envelope import decode_headers
from contracts.topics import DISTRIBUTION_EVENTS, DISTRIBUTION_REJECTIONS, MUNICIPALITY_EVENTS
from ops.broker import Seen
from ops.bulk import Rejected, Tally, bulk_id
from ops.commands.following import follow, tell
from ops.inbound import read
from tests.unit.ops.test_inbound import NOW

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
LIST = json.loads((EXAMPLES / "imdi.publish-distribution-list.v1.full.json").read_text())
BULK = "2026-48-utsending"
TWO = "\n".join(json.dumps(LIST | {"list_id": f"FL-2026-{number:06}"}) for number in (1, 2))


def seen(topic: str, kind: str, cause: str, bulk: str | None = BULK, body: Any = None) -> Seen:
    headers = {"ce_type": kind, "ce_subject": "FL-2026-000001", "ce_causationid": cause}
    headers |= {"ce_correlationid": bulk} if bulk else {}
    return Seen(topic, 0, 0, "k", headers, json.dumps(body or {}).encode())


def received(cause: str, bulk: str | None = BULK) -> Seen:
    return seen(DISTRIBUTION_EVENTS.name, "distribution.list-received.v1", cause, bulk)


def rejected(cause: str, *codes: str) -> Seen:
    errors = [{"path": "persons[0].identity.duf_number", "code": code, "message": "No."} for code in codes]
    body = {"municipality_number": "0301", "errors": errors}
    return seen(DISTRIBUTION_REJECTIONS.name, "distribution.rejection.v1", cause, body=body)


def test_a_bulks_messages_have_its_id_and_the_same_ones_are_the_same_bulk() -> None:
    """As the correlation that services hand on; the order makes no difference."""
    messages, _ = read(TWO)
    assert bulk_id(messages) == bulk_id(list(reversed(messages))) != bulk_id(messages[:1])
    assert decode_headers(messages[0].headers(NOW, BULK)).correlation_id == BULK
    assert decode_headers(messages[0].headers(NOW)).correlation_id is None
    assert decode_headers(messages[0].headers(NOW)).id == messages[0].message_id


def test_each_message_counts_once() -> None:
    """A repeat says nothing new, nor does what follows in the ledger; what is of another bulk is not ours."""
    tally = Tally(BULK, 3)
    words = (received("a"), received("a"), received("b", "another"), received("c", None))
    assert [tally.note(one) for one in words] == [True, False, False, False]
    moved = seen(MUNICIPALITY_EVENTS.name, "municipality.places-moved.v1", "distribution.list-received.v1:FL:1")
    assert not tally.note(moved)
    asked = seen(MUNICIPALITY_EVENTS.name, "municipality.places-requested.v1", "r")
    assert tally.note(asked)
    assert tally.note(rejected("b", "on-open-list", "deadline-past", "on-open-list"))
    assert (len(tally.accepted), len(tally.rejected), tally.waiting) == (2, 1, 0)
    assert tally.reasons == {"on-open-list": 1, "deadline-past": 1}
    assert tally.rejected["b"] == Rejected(
        "FL-2026-000001",
        "0301",
        [("persons[0].identity.duf_number", code, "No.") for code in ("on-open-list", "deadline-past", "on-open-list")],
    )


def test_who_published_knows_its_messages_by_their_ids() -> None:
    """So what was said of the same message in another bulk counts too; how many there are may be unknown else."""
    tally = Tally(BULK, 2, {"a", "b"})
    assert tally.note(received("a", "another"))
    assert not tally.note(received("c"))
    assert (tally.heard, tally.waiting) == (1, 1)
    assert Tally(BULK).waiting is None
    assert tally.document() == {
        "bulk": BULK, "expected": 2, "accepted": 1, "rejected": 0, "waiting": 1, "reasons": {}, "rejections": [],
    }  # fmt: skip


def test_following_ends_when_something_is_heard_of_all_or_there_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    """What comes afterwards is not waited for; without news it ends after its patience, and says what it lacks."""
    whole = Tally(BULK, 2)
    left = iter([None, received("a"), rejected("b", "deadline-past"), received("c")])
    follow(whole, left, 60)
    assert (whole.heard, next(left)) == (2, received("c"))
    partly = Tally(BULK, 3)
    follow(partly, itertools.chain([received("a")], itertools.repeat(None)), 0)
    with pytest.raises(typer.Exit) as ended:
        tell(partly, as_json=False)
    assert ended.value.exit_code == 1
    told = capsys.readouterr().out
    assert "1 accepted, 0 rejected, 2 without a word of 3" in told
    assert f"fordeling bulk {BULK} --expect 3" in told


def test_rejections_are_told_by_reason_and_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    """With the field and what is wrong with it; exit code 1. A bulk with nothing wrong ends well."""
    tally = Tally(BULK, 2)
    tally.note(rejected("a", "on-open-list"))
    tally.note(rejected("b", "on-open-list", "deadline-past"))
    with pytest.raises(typer.Exit):
        tell(tally, as_json=False)
    told = capsys.readouterr().out
    assert "Rejected, by reason: 2 × on-open-list, 1 × deadline-past" in told
    assert "persons[0].identity.duf_number: No. [deadline-past]" in told
    good = Tally(BULK, 1)
    good.note(received("a"))
    tell(good, as_json=True)
    assert json.loads(capsys.readouterr().out)["accepted"] == 1
