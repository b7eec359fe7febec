"""A question and its reply through a whole stack: to IMDi, back to the pages, a notice, and all agree afterwards."""

from __future__ import annotations

import json
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from contracts.codes import Role
from contracts.distribution.threads_v1 import AskQuestion
from contracts.fields import Actor
from contracts.topics import DISTRIBUTION_COMMANDS, DISTRIBUTION_QUESTIONS, DISTRIBUTION_REJECTIONS, IMDI_LISTS
from ops import broker
from ops.demo.conversation import Command, Conversation
from ops.demo.lists import distribution_list
from ops.embedded.waiting import wait_until
from ops.inbound import Inbound
from ops.testing.stacks import RunningStack, fordeling
from tests.integration.ops.test_reply_clock import rows

pytestmark = pytest.mark.heavy

LIST = "FL-2026-730001"
SECONDS = 90.0
KARI = Actor(user_id="test", display_name="Kari Nordmann", role=Role.SETTLEMENT_WRITER)


def imdi_writes(stack: RunningStack, *arguments: str) -> None:
    """Have IMDi reply from the command line."""
    written = fordeling("demo", "reply", LIST, "--municipality", "3305", *arguments)
    assert written.returncode == 0, written.stderr
    message = stack.data_dir / "reply.json"
    message.write_text(written.stdout, encoding="utf-8")
    sent = fordeling("publish", str(message), "--data-dir", str(stack.data_dir))
    assert sent.returncode == 0, sent.stdout + sent.stderr


def reconciled(stack: RunningStack, *options: str) -> None:
    done = fordeling("reconcile", "--json", *options, "--wait", "90", "--data-dir", str(stack.data_dir))
    document = json.loads(done.stdout)
    findings = {one["entity"]: one.get("findings") for one in document["entities"] if one.get("findings")}
    assert done.returncode == 0, findings or done.stdout + done.stderr


def test_a_question_goes_round_and_all_agree(stack: RunningStack) -> None:
    """Asked as the gateway does; IMDi reads it, replies, and writes unasked; a wrong reply comes back by field."""
    environment, now = stack.environment, datetime.now(ZoneInfo("Europe/Oslo"))
    bootstrap = environment["KAFKA_BOOTSTRAP_SERVERS"]
    body = distribution_list(Random(LIST), municipality_number="3305", persons=2, today=now.date(), list_id=LIST)
    broker.publish(bootstrap, [Inbound(0, IMDI_LISTS, body)], now, lambda _done: None)
    talk = Conversation(bootstrap, now)
    talk.hear(lambda: LIST in talk.states, "the list")
    question = AskQuestion(
        list_id=LIST, municipality_id="k-3305", running_number=2, text="Holder det med heis?", actor=KARI
    )
    talk.ask([Command("00000000-0000-4000-8000-000073000001", DISTRIBUTION_COMMANDS, "k-3305", LIST, question)])
    asked = fordeling("watch", "--json", "--from-beginning", "--count", "1", "--list", LIST, "--seconds", "60",
                      "--data-dir", str(stack.data_dir))  # fmt: skip
    told = json.loads(asked.stdout)
    assert (told["topic"], told["body"]["text"]) == (DISTRIBUTION_QUESTIONS.name, "Holder det med heis?")

    imdi_writes(stack, "--person", "2", "--text", "Heis holder.")
    imdi_writes(stack, "--text", "Alle kan komme i uke 3.")
    imdi_writes(stack, "--person", "9", "--text", "Ja.")
    shown = f"SELECT number, body ->> 'text' FROM readmodel.thread_message WHERE list_id = '{LIST}' ORDER BY number"
    conversation = [(1, "Holder det med heis?"), (2, "Heis holder."), (3, "Alle kan komme i uke 3.")]
    assert wait_until(lambda: rows(environment, "GATEWAY", shown) == conversation, SECONDS)
    notices = f"SELECT count(*) FROM notice WHERE list_id = '{LIST}' AND kind = 'imdi_wrote'"
    assert wait_until(lambda: rows(environment, "NOTIFICATION", notices) == [(2,)], SECONDS)
    errors = []
    stop = broker.deadline(SECONDS)
    for seen in broker.follow(bootstrap, [DISTRIBUTION_REJECTIONS.name], from_beginning=True, stop=stop):
        if seen is not None and seen.headers.get("ce_subject") == LIST:
            errors = json.loads(seen.value or b"")["errors"]
            break
    assert [(error["path"], error["code"]) for error in errors] == [("running_number", "unknown-person")]
    reconciled(stack)


def test_a_lost_message_is_found_and_told_again(stack: RunningStack) -> None:
    """A row that the pages lost is told again from the database."""
    environment = stack.environment
    lost = f"DELETE FROM readmodel.thread_message WHERE list_id = '{LIST}' AND number = 2 RETURNING number"
    assert rows(environment, "GATEWAY", lost) == [(2,)]
    fordeling("reconcile", "--repair", "--wait", "90", "--data-dir", str(stack.data_dir))
    back = f"SELECT body ->> 'text' FROM readmodel.thread_message WHERE list_id = '{LIST}' AND number = 2"
    assert wait_until(lambda: rows(environment, "GATEWAY", back) == [("Heis holder.",)], SECONDS)
    reconciled(stack)


def test_a_wrong_reply_is_one_line() -> None:
    """The option is named; no stack is needed, nothing is published."""
    for option, value in (("--text", " "), ("--id", "a b")):
        given = {"--text": "Ja."} | {option: value}
        done = fordeling("demo", "reply", LIST, *(part for pair in given.items() for part in pair))
        assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
        assert option in done.stderr
