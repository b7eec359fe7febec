"""The reply clock through a whole stack: a deadline that passes, one that IMDi moves, and that all agree afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from contracts.imdi.v1 import PublishDistributionList
from contracts.topics import IMDI_LISTS
from ops import broker
from ops.demo.lists import distribution_list
from ops.embedded.waiting import wait_until
from ops.inbound import Inbound
from ops.testing.stacks import RunningStack, fordeling

LIST = "FL-2026-720001"
SECONDS = 90.0

# As if the list had come twelve days ago: the next fact that its clock tells carries it all on.
AGE = "UPDATE distribution_list SET received_at = received_at - interval '12 days', deadline = deadline - 12"


def rows(environment: Mapping[str, str], database: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(environment[f"{database}_DATABASE_URL"], autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def shown(environment: Mapping[str, str], what: str) -> Any:
    """Read something of the list as the pages have it; None while they do not have it."""
    found = rows(environment, "GATEWAY", f"SELECT body -> '{what}' FROM readmodel.distribution_list"
                                         f" WHERE list_id = '{LIST}'")  # fmt: skip
    return found[0][0] if found else None


def offered(today: Any) -> PublishDistributionList:
    return distribution_list(Random(LIST), municipality_number="3305", persons=2, today=today, list_id=LIST)


def test_a_deadline_passes_is_moved_and_all_agree(stack: RunningStack) -> None:
    """Overdue: shown, a notice, an event; moved from the command line: no longer so; reconcile finds nothing."""
    environment, now = stack.environment, datetime.now(ZoneInfo("Europe/Oslo"))
    inbound = [Inbound(0, IMDI_LISTS, offered(now.date()))]
    broker.publish(environment["KAFKA_BOOTSTRAP_SERVERS"], inbound, now, lambda _done: None)
    assert wait_until(lambda: shown(environment, "overdue") is False, SECONDS)
    with psycopg.connect(environment["DISTRIBUTION_DATABASE_URL"], autocommit=True) as connection:
        assert connection.execute(f"{AGE} WHERE list_id = '{LIST}'".encode()).rowcount == 1
    assert wait_until(lambda: shown(environment, "overdue") is True, SECONDS)
    notices = f"SELECT kind FROM notice WHERE list_id = '{LIST}' ORDER BY posted_at, kind"
    assert wait_until(
        lambda: rows(environment, "NOTIFICATION", notices) == [("list_received",), ("list_overdue",)], SECONDS
    )

    deadline = (now.date() + timedelta(days=9)).isoformat()
    words = fordeling("demo", "extend", LIST, "--deadline", deadline, "--municipality", "3305")
    assert words.returncode == 0, words.stderr
    message = stack.data_dir / "extension.json"
    message.write_text(words.stdout, encoding="utf-8")
    sent = fordeling("publish", str(message), "--data-dir", str(stack.data_dir))
    assert sent.returncode == 0, sent.stdout + sent.stderr
    assert wait_until(lambda: shown(environment, "deadline") == deadline, SECONDS)
    assert shown(environment, "overdue") is False
    assert wait_until(lambda: ("deadline_extended",) in rows(environment, "NOTIFICATION", notices), SECONDS)

    done = fordeling("reconcile", "--json", "--wait", "90", "--data-dir", str(stack.data_dir))
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    findings = {one["entity"]: one.get("findings") for one in document["entities"] if one.get("findings")}
    assert done.returncode == 0, findings or done.stdout + done.stderr


def test_a_wrong_deadline_is_one_line() -> None:
    """The option is named; no stack is needed, nothing is published."""
    done = fordeling("demo", "extend", LIST, "--deadline", "i morgen")
    assert done.returncode == 2
    assert "--deadline" in done.stderr
    assert "Traceback" not in done.stderr
    done = fordeling("demo", "extend", "liste 1", "--deadline", "2026-12-08")
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
    assert "LIST" in done.stderr
