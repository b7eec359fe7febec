"""Rehearsals: a database restored to an earlier hour, and Kafka lost; with load before, between and after.

``make rehearse`` runs them and writes what was measured; docs/runbooks/disaster.md tells the steps.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contracts import codes
from contracts.distribution.v1 import DraftDecision, SaveDecisions
from contracts.envelope import EPOCH
from contracts.fields import Actor
from contracts.topics import DISTRIBUTION_COMMANDS, IMDI_LISTS, TOPICS
from ops import broker
from ops.demo.lists import distribution_list
from ops.inbound import Inbound
from ops.testing.stacks import running_stack
from tests.integration.ops.disaster import OURS, Rehearsal, nothing_twice_or_otherwise, until
from tests.integration.ops.tampering import work_on_lists

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

BACKED_UP, LOST_HOUR, AFTERWARDS = 700001, 710001, 720001
MEANWHILE = 730001
REPAIR = ("reconcile", "--repair", "--quiet", "5", "--wait", "120")


@pytest.fixture
def rehearsal(scratch: Path, request: pytest.FixtureRequest) -> Iterator[Rehearsal]:
    """Start a stack of its own."""
    with running_stack(scratch / request.node.name[:24], "--no-demo") as running:
        yield Rehearsal(running)


def publish(rehearsal: Rehearsal, number: int, municipality: str = "0301", persons: int = 3) -> Inbound:
    """Publish a list as IMDi; gives it."""
    now = datetime.now(ZoneInfo("Europe/Oslo"))
    made = distribution_list(
        Random(f"rehearsal {number}"),
        municipality_number=municipality,
        persons=persons,
        today=now.date(),
        list_id=f"FL-2026-{number}",
    )
    message = Inbound(0, IMDI_LISTS, made)
    send(rehearsal, message)
    return message


def send(rehearsal: Rehearsal, *messages: Inbound) -> None:
    bootstrap = rehearsal.environment["KAFKA_BOOTSTRAP_SERVERS"]
    broker.publish(bootstrap, messages, datetime.now(ZoneInfo("Europe/Oslo")), lambda _n: None)


def versions(rehearsal: Rehearsal) -> dict[str, tuple[int, str]]:
    """Tell every list's version and status in distribution's database."""
    rows = rehearsal.query("distribution", "SELECT list_id, version, status FROM distribution_list")
    return {row[0]: (row[1], row[2]) for row in rows}


def test_a_database_restored_to_before(rehearsal: Rehearsal, tmp_path: Path) -> None:
    """Distribution's database goes back; all that was done since is there again, and nobody is told otherwise."""
    bootstrap = rehearsal.environment["KAFKA_BOOTSTRAP_SERVERS"]
    lists = work_on_lists(bootstrap, BACKED_UP)
    rehearsal.agrees()
    backed_up_at = datetime.now(UTC)
    rehearsal.back_up("distribution", tmp_path / "backup")

    lists += work_on_lists(bootstrap, LOST_HOUR)
    publish(rehearsal, MEANWHILE + 1, persons=1)
    publish(rehearsal, MEANWHILE + 1, persons=2)  # another content under one id: it goes back
    until(lambda: f"FL-2026-{MEANWHILE + 1}" in versions(rehearsal), "the last list")
    until(lambda: bool(rehearsal.records("distribution.rejections.v1")), "the rejection")
    rehearsal.agrees()
    before, stood = rehearsal.told(), versions(rehearsal)
    assert len(before.answers) >= 6
    assert before.rejections
    lost_at = datetime.now(UTC)

    rehearsal.timed("stop", lambda: rehearsal.stop("distribution"))
    rehearsal.timed("restore the backup", lambda: rehearsal.restore("distribution", tmp_path / "backup"))
    assert len(versions(rehearsal)) < len(stood)
    publish(rehearsal, MEANWHILE)
    since = (backed_up_at - timedelta(minutes=1)).isoformat()
    done = rehearsal.timed(
        "read again", lambda: rehearsal.command("recover", "database", "distribution", "--since", since)
    )
    rehearsal.timed("start", lambda: rehearsal.start("distribution"))
    repaired = rehearsal.timed(
        "compare and repair", lambda: rehearsal.command("reconcile", "--repair", "--wait", "120")
    )

    assert repaired["clean"]
    assert done["epoch"] == 1
    assert done["parked"] == 0
    assert done["handled"] > 0
    now = versions(rehearsal)
    lost = [list_id for list_id in stood if now.get(list_id) != stood[list_id]]
    assert lost == []
    assert f"FL-2026-{MEANWHILE}" in now
    # What differs from what was told is the moment a list was received, to the second.
    assert {line.rpartition(": ")[2] for line in done["differs"]} <= {"different"}
    nothing_twice_or_otherwise(before, rehearsal.told(), lists)
    state = rehearsal.query("gateway", "SELECT min(sequence) FROM readmodel.distribution_list")
    assert state[0][0] > EPOCH

    work_on_lists(bootstrap, AFTERWARDS)
    rehearsal.agrees()
    nothing_twice_or_otherwise(before, rehearsal.told(), lists)
    rehearsal.figures |= {
        "rehearsal": "a database restored to before",
        "backup_age_seconds": round((lost_at - backed_up_at).total_seconds()),
        "messages_read_again": done["records"],
        "messages_that_were_missing": done["handled"],
        "told_otherwise": len(done["differs"]),
        "lists_lost": len(lost),
        "rpo_seconds": 0,
    }
    rehearsal.write("database")


IN_FLIGHT = """
INSERT INTO gateway.command
    (command_id, municipality_id, user_id, kind, subject, created_at, sent_at, message)
VALUES (%s, %s, 'rehearsal', 'save', %s, now(), now() - interval '1 hour', %s)
"""


def put_a_command_in_flight(rehearsal: Rehearsal, list_id: str, municipality_id: str) -> str:
    """Have the gateway believe that Kafka has a command of which no owner ever heard; gives its id."""
    [(version, persons)] = rehearsal.query(
        "distribution",
        "SELECT version, (SELECT array_agg(running_number) FROM person AS p WHERE p.list_id = l.list_id)"
        " FROM distribution_list AS l WHERE list_id = %s",
        list_id,
    )
    command = SaveDecisions(
        list_id=list_id,
        municipality_id=municipality_id,
        expected_version=version,
        actor=Actor(user_id="rehearsal", display_name="Rehearsal", role=codes.Role.SETTLEMENT_WRITER),
        decisions=[DraftDecision(running_number=number, accept=True) for number in sorted(persons)],
        message="in flight",
    )
    message = {
        "topic": DISTRIBUTION_COMMANDS.name,
        "type": SaveDecisions.message_type,
        "body": command.model_dump(mode="json"),
    }
    command_id = str(uuid4())
    rehearsal.query("gateway", IN_FLIGHT, command_id, municipality_id, list_id, json.dumps(message))
    return command_id


def test_kafka_lost(rehearsal: Rehearsal) -> None:
    """The broker is gone with all it held; each service goes on from its database, and what was in flight arrives."""
    bootstrap = rehearsal.environment["KAFKA_BOOTSTRAP_SERVERS"]
    lists = work_on_lists(bootstrap, BACKED_UP)
    rehearsal.agrees()
    # In flight when it happens: a list that nobody has handled, an event that nobody has heard, a command.
    rehearsal.stop("municipality", "notification", "letters")
    heard = publish(rehearsal, MEANWHILE)
    until(lambda: f"FL-2026-{MEANWHILE}" in versions(rehearsal), "the list")
    until(lambda: rehearsal.query("distribution", "SELECT count(*) FROM outbox") == [(0,)], "an empty outbox")
    before = rehearsal.told()
    events = len(rehearsal.records("distribution.events.v1"))
    rehearsal.stop("distribution")
    unheard = publish(rehearsal, MEANWHILE + 1)

    rehearsal.timed("lose Kafka", rehearsal.lose_kafka)
    del rehearsal.figures["steps"]["lose Kafka"]  # that is the disaster, and no part of mending it
    command = put_a_command_in_flight(rehearsal, lists[0], "k-0301")
    rehearsal.timed("stop", lambda: rehearsal.stop("gateway"))
    done = rehearsal.timed("make topics", lambda: rehearsal.command("recover", "kafka"))
    rehearsal.timed("start", lambda: rehearsal.start(*OURS))
    repaired = rehearsal.timed(
        "compare and repair", lambda: rehearsal.command("reconcile", "--repair", "--wait", "120")
    )

    assert repaired["clean"]
    assert done["topics"] == len(TOPICS)
    assert datetime.fromisoformat(done["last_received"][IMDI_LISTS.name]) > datetime.now(UTC) - timedelta(hours=1)
    begun = time.monotonic()
    outcome = "SELECT accepted FROM gateway.command_outcome WHERE command_id = %s"
    until(lambda: rehearsal.query("gateway", outcome, command) == [(True,)], "the command's outcome")
    rehearsal.figures["command_in_flight_answered_after_seconds"] = round(time.monotonic() - begun, 1)
    assert len(rehearsal.records("distribution.events.v1")) >= events
    holds = "SELECT count(*) FROM ledger_list WHERE list_id = %s"
    assert rehearsal.query("municipality", holds, heard.body.list_id) == [(1,)], "an event in flight was lost"
    nothing_twice_or_otherwise(before, rehearsal.told(), lists)

    missing = [one for one in (heard, unheard) if one.body.list_id not in versions(rehearsal)]
    assert missing == [unheard]  # only IMDi has it
    send(rehearsal, heard, unheard)  # as it is asked to
    until(lambda: unheard.body.list_id in versions(rehearsal), "the list that was lost")
    work_on_lists(bootstrap, AFTERWARDS)
    rehearsal.agrees()
    nothing_twice_or_otherwise(before, rehearsal.told(), lists)
    rehearsal.figures |= {
        "rehearsal": "Kafka lost",
        "events_told_again": events,
        "lists_only_imdi_had": len(missing),
        "rpo_seconds": 0,
        "rpo_of_what_imdi_sent_unhandled": "until IMDi publishes it again",
    }
    rehearsal.write("kafka")
