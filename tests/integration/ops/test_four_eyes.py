"""Four eyes through a whole stack: from the command line to the page and the owner, and that all agree afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from random import Random
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest

from contracts.distribution.v1 import ApproveList, SendAnswer
from contracts.topics import DISTRIBUTION_COMMANDS, IMDI_LISTS
from ops import broker
from ops.demo.conversation import Command, Conversation
from ops.demo.lists import DemoList, Stage, distribution_list
from ops.demo.load import _case, _common
from ops.embedded.waiting import wait_until
from ops.errors import UserError
from ops.inbound import Inbound
from ops.testing.stacks import RunningStack, fordeling

pytestmark = pytest.mark.heavy

LIST, NUMBER, ID = "FL-2026-750001", "3314", "k-3314"
SECONDS = 90.0


def required(environment: Mapping[str, str], database: str, statement: str) -> bool:
    with psycopg.connect(environment[f"{database}_DATABASE_URL"], autocommit=True) as connection:
        return bool(row := connection.execute(statement.encode()).fetchone()) and bool(row[0])


def told(stack: RunningStack, *words: str) -> dict[str, object]:
    done = fordeling("four-eyes", *words, "--json", "--data-dir", str(stack.data_dir))
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_operations_require_four_eyes(stack: RunningStack) -> None:
    """Told, on, kept by distribution and the pages, the approver refused, off again, sent; reconcile finds nothing."""
    environment, now = stack.environment, datetime.now(ZoneInfo("Europe/Oslo"))
    assert told(stack, NUMBER)["four_eyes"] is False
    assert told(stack, NUMBER, "on", "--as", "Kari Drift")["four_eyes"] is True
    assert told(stack, ID)["four_eyes"] is True
    kept = f"SELECT required FROM municipality_four_eyes WHERE municipality_id = '{ID}'"
    shown = f"SELECT body -> 'four_eyes' FROM readmodel.municipality WHERE municipality_id = '{ID}'"
    assert wait_until(lambda: required(environment, "DISTRIBUTION", kept), SECONDS)
    assert wait_until(lambda: required(environment, "GATEWAY", shown), SECONDS)

    body = distribution_list(Random(LIST), municipality_number=NUMBER, persons=2, today=now.date(), list_id=LIST)
    inbound = [Inbound(0, IMDI_LISTS, body)]
    broker.publish(environment["KAFKA_BOOTSTRAP_SERVERS"], inbound, now, lambda _done: None)
    conversation = Conversation(environment["KAFKA_BOOTSTRAP_SERVERS"], now)
    conversation.hear(lambda: LIST in conversation.versions, "the list")
    case = _case(Random(LIST), DemoList(body, Stage.ANSWERED))
    approve = ApproveList(**_common(case), decisions=case.decisions)
    approving = Command(str(uuid4()), DISTRIBUTION_COMMANDS, ID, LIST, approve)
    case.version = conversation.ask([approving])[approving.name]
    send = SendAnswer(**_common(case), accepted_at=now)
    sent = Command(str(uuid4()), DISTRIBUTION_COMMANDS, ID, LIST, send)
    refusal = ""
    try:
        conversation.ask([sent])
    except UserError as error:
        refusal = str(error)
    assert "four-eyes-required" in refusal

    assert told(stack, NUMBER, "off")["four_eyes"] is False
    assert wait_until(lambda: not required(environment, "DISTRIBUTION", kept), SECONDS)
    conversation.ask([Command(str(uuid4()), DISTRIBUTION_COMMANDS, ID, LIST, send)])
    agree = fordeling("reconcile", "--wait", "90", "--data-dir", str(stack.data_dir))
    assert agree.returncode == 0, agree.stdout + agree.stderr


def test_a_municipality_that_is_not_there_is_named(stack: RunningStack) -> None:
    """In one line, with exit status 1."""
    done = fordeling("four-eyes", "9999", "on", "--data-dir", str(stack.data_dir))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "fordeling: MUNICIPALITY: there is none with the number or id 9999.\n"
