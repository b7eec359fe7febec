"""Persons are erased from a whole stack: every table of every database, the object store, the read model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

from contracts.codes import DeclineReason, Role
from contracts.distribution.threads_v1 import AskQuestion
from contracts.distribution.v1 import (
    ApproveList,
    Decision,
    MovedIn,
    RegisterSettlements,
    SendAnswer,
)
from contracts.envelope import Message
from contracts.erasure import ErasureReason, Papers
from contracts.fields import Actor
from contracts.imdi.v1 import ErasePersons, ReplyInThread
from contracts.topics import DISTRIBUTION_COMMANDS
from ops.demo.conversation import Command, Conversation
from ops.demo.lists import distribution_list
from ops.embedded.waiting import wait_until
from ops.testing.stacks import RunningStack, fordeling
from tests.integration.ops.test_withdrawal import publish, rows

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]

LIST, MUNICIPALITY, NUMBER = "FL-2026-760001", "k-3310", "3310"
MARK = "Kvitkvalen"
"""In every text of the list, and nowhere else in the stack."""
SERVICES = ("DISTRIBUTION", "MUNICIPALITY", "NOTIFICATION", "LETTERS", "GATEWAY")
SECONDS = 90.0
ACTOR = Actor(user_id="user-erasure", display_name="Kari Nordmann", role=Role.SETTLEMENT_WRITER)
OSLO = ZoneInfo("Europe/Oslo")

TABLES = """
SELECT schemaname, tablename FROM pg_catalog.pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""
HOLDING = """
SELECT count(*) FROM {table} AS one
WHERE one::text LIKE '%' || {marker} || '%' OR one::text LIKE '%' || encode({marker}::bytea, 'hex') || '%'
"""


def holding(environment: Mapping[str, str], *markers: str) -> dict[str, int]:
    """Count the rows of each table of each database that hold one of the markers, as text or within bytes."""
    found: dict[str, int] = {}
    for service in SERVICES:
        with psycopg.connect(environment[f"{service}_DATABASE_URL"], autocommit=True) as connection:
            for place in connection.execute(TABLES.encode()).fetchall():
                table = sql.Identifier(*place)
                for marker in markers:
                    query = sql.SQL(HOLDING).format(table=table, marker=sql.Literal(marker))
                    [count] = connection.execute(query).fetchone() or (0,)
                    if count:
                        found[f"{service.lower()}: {'.'.join(place)}"] = count
    return found


def objects(environment: Mapping[str, str]) -> list[Path]:
    """List the objects of the list."""
    folder = Path(environment["OBJECT_STORE_URL"].removeprefix("file://"))
    return [path for path in folder.rglob("*") if path.is_file() and LIST in str(path)]


def places(environment: Mapping[str, str]) -> list[tuple[Any, ...]]:
    """Tell what the ledger has of the list."""
    held = f"SELECT year, requested, placed, settled FROM ledger_list WHERE list_id = '{LIST}'"
    return rows(environment, "MUNICIPALITY", held)


def ask(talk: Conversation, name: str, body: Message) -> None:
    """Send one command, and hear the list's state that it led to: the next command names its version."""
    command = Command(str(uuid5(NAMESPACE_URL, f"erasure/{name}")), DISTRIBUTION_COMMANDS, MUNICIPALITY, LIST, body)
    reached = talk.ask([command])[command.name]
    talk.hear(lambda: talk.versions[LIST] >= reached, f"the list's version {reached}")


def common(talk: Conversation) -> dict[str, Any]:
    head = {"list_id": LIST, "municipality_id": MUNICIPALITY, "actor": ACTOR}
    return head | {"expected_version": talk.versions[LIST]}


@pytest.fixture(scope="module")
def numbers(stack: RunningStack) -> Iterator[list[str]]:
    """Have a list worked on to its end, each text with the marker; gives its persons' numbers."""
    environment, now = stack.environment, datetime.now(OSLO)
    body = distribution_list(
        Random(LIST), municipality_number=NUMBER, persons=2, today=now.date(), list_id=LIST
    )  # fmt: skip
    persons = []
    for person in body.persons:
        address = person.identity.address.model_copy(update={"lines": [f"{MARK}-gate 2"], "city": f"{MARK}-by"})
        names = {"given_name": f"{MARK}-fornavn", "family_name": f"{MARK}-etternavn", "health_note": f"{MARK}-helse"}
        identity = person.identity.model_copy(update=names | {"address": address})
        own = {"occupation": f"{MARK}-yrke", "needs_note": f"{MARK}-behov", "household": person.running_number}
        persons.append(person.model_copy(update=own | {"identity": identity}))
    talk = Conversation(environment["KAFKA_BOOTSTRAP_SERVERS"], now)
    publish(environment, body.model_copy(update={"persons": persons}))
    talk.hear(lambda: LIST in talk.states, "the list")
    asked = {"list_id": LIST, "municipality_id": MUNICIPALITY, "actor": ACTOR}
    ask(talk, "ask", AskQuestion(**asked, running_number=2, text=f"{MARK}-spørsmål?"))
    ask(talk, "ask-list", AskQuestion(**asked, text=f"{MARK}-listespørsmål?"))
    reply = ReplyInThread(
        list_id=LIST, municipality_number=NUMBER, running_number=2, reply_id="r-1", text=f"{MARK}-svar."
    )
    publish(environment, reply)
    talk.hear(lambda: talk.states[LIST]["messages"] == 3, "IMDi's reply")
    decisions = [
        Decision(running_number=1),
        Decision(running_number=2, accept=False, reason=DeclineReason.OTHER, reason_text=f"{MARK}-grunn"),
    ]
    ask(talk, "approve", ApproveList(**common(talk), decisions=decisions, message=f"{MARK}-beskjed"))
    ask(talk, "send", SendAnswer(**common(talk), accepted_at=datetime.now(OSLO)))
    # Answer, decision and the person's letter; what is sent is sent before the person is gone.
    made = f"SELECT count(*) FROM letter WHERE list_id = '{LIST}' AND object_key IS NOT NULL"
    assert wait_until(lambda: rows(environment, "LETTERS", made) == [(3,)], SECONDS)
    talk.hear(lambda: talk.states[f"{LIST}/1"]["status"] == "placed", "the placement")
    moved = MovedIn(running_number=1, settlement_date=now.date())
    ask(talk, "settle", RegisterSettlements(**common(talk), persons=[moved]))
    return [number for one in persons for number in (one.identity.duf_number, one.identity.identity_number or "?")]


def test_nothing_is_left_but_figures(stack: RunningStack, numbers: list[str]) -> None:
    """By table, object and page: no word, name or number; status, places and sums stand, and all agrees still."""
    environment = stack.environment
    shown = f"SELECT count(*) FROM readmodel.person_folder WHERE list_id = '{LIST}'"
    assert wait_until(lambda: rows(environment, "GATEWAY", shown) == [(1,)], SECONDS)
    settled = f"SELECT count(*) FROM readmodel.person WHERE list_id = '{LIST}' AND status = 'settled'"
    assert wait_until(lambda: rows(environment, "GATEWAY", settled) == [(1,)], SECONDS)
    assert wait_until(lambda: sum(row[3] for row in places(environment)) == 1, SECONDS)
    before, ledger = holding(environment, MARK, *numbers), places(environment)
    assert {place.split(": ")[0] for place in before} == {"distribution", "letters", "gateway"}
    assert len(objects(environment)) == 3
    found = fordeling("privacy", "find", f"{LIST}/1", "--json", "--data-dir", str(stack.data_dir))
    held = {(one["store"], one["what"]) for one in json.loads(found.stdout) if one["rows"]}
    assert found.returncode == 1
    assert {("distribution", "who the person is"), ("letters", "papers"), ("gateway", "person folder")} <= held

    erased = ErasePersons(
        list_id=LIST, municipality_number=NUMBER, persons=[1, 2], reason=ErasureReason.REGISTERED_WRONGLY,
        papers=Papers.ERASE,
    )  # fmt: skip
    publish(environment, erased)
    shown = f"SELECT body ->> 'erased_persons' FROM readmodel.distribution_list WHERE list_id = '{LIST}'"
    assert wait_until(lambda: rows(environment, "GATEWAY", shown) == [("2",)], SECONDS)
    for number in (1, 2):
        said = ("privacy", "find", f"{LIST}/{number}", "--data-dir", str(stack.data_dir))
        gone = wait_until(lambda said=said: fordeling(*said).returncode == 0, SECONDS)  # type: ignore[misc]
        assert gone, fordeling(*said).stdout
    assert wait_until(lambda: not objects(environment), SECONDS)
    assert holding(environment, MARK, *numbers) == {}

    assert places(environment) == ledger
    kept = "SELECT running_number, status, reason, settlement_date IS NOT NULL FROM person"
    assert rows(environment, "DISTRIBUTION", f"{kept} WHERE list_id = '{LIST}' ORDER BY 1") == [
        (1, "settled", None, True),
        (2, "declined", "other", False),
    ]
    told = f"SELECT count(*) FROM readmodel.letter WHERE list_id = '{LIST}' AND body ->> 'erased_at' IS NOT NULL"
    assert wait_until(lambda: rows(environment, "GATEWAY", told) == [(3,)], SECONDS)


def test_everything_agrees_afterwards(stack: RunningStack, numbers: list[str]) -> None:
    """Databases, topics and pages tell the same of erased persons, words and papers."""
    assert numbers
    done = fordeling("reconcile", "--json", "--wait", "90", "--data-dir", str(stack.data_dir))
    document = json.loads(done.stdout)
    findings = {one["entity"]: one.get("findings") for one in document["entities"] if one.get("findings")}
    assert done.returncode == 0, findings or done.stdout + done.stderr
