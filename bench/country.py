"""A whole stack, all municipalities ready to answer, and lists that are published to it, watched and answered."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import psutil
import psycopg
from confluent_kafka import Producer

from contracts.codes import ContactRole, Role
from contracts.distribution.v1 import ApproveList, Decision, SendAnswer
from contracts.envelope import Envelope, encode_headers
from contracts.fields import Actor
from contracts.imdi.v1 import PublishDistributionList
from contracts.municipality.v1 import Contact, RegisterContacts
from contracts.topics import DISTRIBUTION_COMMANDS, IMDI_LISTS, MUNICIPALITY_COMMANDS
from ops import broker
from ops.demo.conversation import Command, Conversation
from ops.demo.spread import OSLO, division
from ops.demo.year import Year, lines
from ops.inbound import Inbound, read
from ops.stack.opening import known
from ops.stack.status import memory_bytes
from ops.stack.supervisor import Supervisor
from ops.testing.stacks import RunningStack, running_stack

PATIENCE = 900.0
APPROVED = 3
"""The version of a list that was approved as it came: received, under treatment, approved."""
LOOK = 0.1
ACTOR = Actor(user_id="bench", display_name="Bench", role=Role.SETTLEMENT_WRITER)
SYSTEM = Actor(user_id="bench", display_name="Bench", role=Role.SYSTEM)
MEBIBYTE = 1024 * 1024
PERSONS_A_LIST = 3.8
OURS = ("distribution", "municipality", "notification", "gateway")
"""Our processes that a list passes, letters apart."""
PAPERS_A_LIST = 2
"""Beside one for each person: the decision, and the answer that is kept."""

RECEIVED = {
    "lists in the read model": ("GATEWAY", "SELECT count(*) FROM readmodel.distribution_list"),
    "persons in the read model": ("GATEWAY", "SELECT count(*) FROM readmodel.person"),
    "notices": ("NOTIFICATION", "SELECT count(*) FROM notice WHERE kind = 'list_received'"),
    "lists with a mail": ("NOTIFICATION", "SELECT count(DISTINCT notice_id) FROM mail"),
    "places in the ledger": ("MUNICIPALITY", "SELECT coalesce(sum(requested + placed), 0) FROM ledger_list"),
}
ANSWERED = {
    "answered lists in the read model": (
        "GATEWAY", "SELECT count(*) FROM readmodel.distribution_list WHERE status = 'answered'",
    ),
    "open folders": ("GATEWAY", "SELECT count(*) FROM readmodel.person_folder"),
    "placed in the ledger": ("MUNICIPALITY", "SELECT coalesce(sum(placed), 0) FROM ledger_list"),
    "ledgers' lists in the read model": (
        "GATEWAY", "SELECT coalesce(sum((body ->> 'placed')::integer), 0) FROM readmodel.ledger_list",
    ),
}  # fmt: skip
LETTERED = {
    "letters to persons made": (
        "LETTERS", "SELECT count(*) FROM letter WHERE kind = 'letter_to_person' AND created_at IS NOT NULL",
    ),
    "answers kept": ("LETTERS", "SELECT count(*) FROM letter WHERE kind = 'answer' AND created_at IS NOT NULL"),
    "decisions sent": (
        "LETTERS", "SELECT count(*) FROM letter WHERE kind = 'placement_decision' AND handed_over_at IS NOT NULL",
    ),
    "letters to persons sent": (
        "LETTERS", "SELECT count(*) FROM letter WHERE kind = 'letter_to_person' AND handed_over_at IS NOT NULL",
    ),
}  # fmt: skip
REQUESTED = {
    "requests sent": ("LETTERS", "SELECT count(*) FROM letter WHERE kind = 'request' AND handed_over_at IS NOT NULL")
}


@dataclass
class Country:
    """A running stack that everybody has contacts in."""

    stack: RunningStack
    processes: Mapping[str, int]
    supply: Iterator[Inbound]
    with_letters: bool = False
    connections: dict[str, psycopg.Connection[tuple[int]]] = field(default_factory=dict)

    def take(self, count: int) -> list[Inbound]:
        """Invent the next lists of the year; nobody is on two."""
        return list(itertools.islice(self.supply, count))

    def publish(self, lists: Sequence[Inbound]) -> None:
        """Publish as IMDi does."""
        broker.publish(self.stack.environment["KAFKA_BOOTSTRAP_SERVERS"], lists, datetime.now(OSLO), lambda _: None)

    def counts(self, of: Mapping[str, tuple[str, str]]) -> dict[str, int]:
        """Ask the databases how far they are."""
        return {name: self._ask(database, statement) for name, (database, statement) in of.items()}

    def _ask(self, database: str, statement: str) -> int:
        if database not in self.connections:
            url = self.stack.environment[f"{database}_DATABASE_URL"]
            self.connections[database] = psycopg.connect(url, autocommit=True)
        row = self.connections[database].execute(statement.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def until(self, of: Mapping[str, tuple[str, str]], wanted: Mapping[str, int]) -> None:
        """Wait until the counts are as wanted. Raises TimeoutError, with how far it came.

        One after the other: to count a year's rows ten times a second takes of the cores that are measured.
        """
        end = time.monotonic() + PATIENCE
        for name, asked in of.items():
            while self._ask(*asked) < wanted[name]:
                if time.monotonic() > end:
                    found = self.counts(of)
                    missing = (one for one in of if found[one] < wanted[one])
                    raise TimeoutError("; ".join(f"{found[one]} of {wanted[one]} {one}" for one in missing))
                time.sleep(LOOK)

    def receive(self, lists: Sequence[Inbound]) -> float:
        """Publish lists and wait until all is projected and noticed; gives the seconds."""
        before, persons = self.counts(RECEIVED), sum(len(body(one).persons) for one in lists)
        added = dict.fromkeys(RECEIVED, len(lists))
        added |= dict.fromkeys(("persons in the read model", "places in the ledger"), persons)
        begun = time.monotonic()
        self.publish(lists)
        self.until(RECEIVED, {name: before[name] + added[name] for name in RECEIVED})
        return time.monotonic() - begun

    def answer(self, lists: Sequence[Inbound]) -> float:
        """Approve and send every list, all accepted, and wait until all is placed and counted; gives the seconds.

        Where there are letters: until each of these lists' letters is made, and sent.
        """
        asked = ANSWERED | (LETTERED if self.with_letters else {})
        before, persons = self.counts(asked), sum(len(body(one).persons) for one in lists)
        added = dict.fromkeys(asked, persons)
        of_lists = {"answered lists in the read model", "answers kept", "decisions sent"}
        added |= dict.fromkeys(of_lists & asked.keys(), len(lists))
        records = [record for one in lists for record in _answer(body(one))]
        producer = Producer({
            "bootstrap.servers": self.stack.environment["KAFKA_BOOTSTRAP_SERVERS"],
            "partitioner": "murmur2_random", "enable.idempotence": True,
        })  # fmt: skip
        begun = time.monotonic()
        for key, value, headers in records:
            producer.produce(DISTRIBUTION_COMMANDS.name, value, key, headers=headers)
            producer.poll(0)
        producer.flush(PATIENCE)
        self.until(asked, {name: before[name] + added[name] for name in asked})
        return time.monotonic() - begun

    def cpu(self) -> dict[str, float]:
        """Tell the processor seconds that each process, with its children, has taken so far."""
        return {name: _cpu(pid) for name, pid in self.processes.items()}

    def memory(self) -> dict[str, float]:
        """Tell the MiB (PSS) of each process, with its children."""
        return {name: memory_bytes(pid) / MEBIBYTE for name, pid in self.processes.items()}


def body(inbound: Inbound) -> PublishDistributionList:
    """Tell the list of a message that publishes one."""
    assert isinstance(inbound.body, PublishDistributionList)
    return inbound.body


def _answer(listed: PublishDistributionList) -> Iterator[tuple[str, bytes, dict[str, str | bytes | None]]]:
    common = {"list_id": listed.list_id, "municipality_id": f"k-{listed.municipality_number}", "actor": ACTOR}
    every = [Decision(running_number=person.running_number) for person in listed.persons]
    now = datetime.now(OSLO)
    commands = (
        ApproveList(**common, expected_version=1, decisions=every),
        SendAnswer(**common, expected_version=APPROVED, accepted_at=now),
    )
    for command in commands:
        name = str(uuid5(NAMESPACE_URL, f"bench:{command.message_type}:{listed.list_id}"))
        envelope = Envelope(name, "/fordeling/bench", command.message_type, listed.list_id, now)
        value = command.model_dump_json().encode()
        yield f"k-{listed.municipality_number}", value, dict(encode_headers(envelope))


def _cpu(pid: int) -> float:
    spent = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
    return spent


@contextmanager
def country(
    folder: Path, lists: int, *, with_letters: bool = False, environment: Mapping[str, str] | None = None
) -> Iterator[Country]:
    """Keep a stack in which every municipality is asked for the year and has somebody to be told.

    lists: how many may be taken. with_letters: without, the letters' processes are stopped: they are measured apart.
    environment: what the stack's processes are told beside their own.
    """
    with running_stack(folder, "--no-demo", environment=environment) as stack:
        if not with_letters:
            _stop_letters(folder)
        processes = {one["name"]: one["pid"] for one in stack.status()["processes"] if one["pid"]}
        year = Year(datetime.now(OSLO).year, 7, lists, round(PERSONS_A_LIST * lists))
        made = Country(stack, processes, _invented(replace(year, requests=False)), with_letters)
        requests = list(itertools.takewhile(lambda one: one.topic is not IMDI_LISTS, _invented(year)))
        _open(made, requests)
        if with_letters:
            made.until(REQUESTED, dict.fromkeys(REQUESTED, len(requests)))
        try:
            yield made
        finally:
            for connection in made.connections.values():
                connection.close()


def _invented(year: Year) -> Iterator[Inbound]:
    for line in lines(year):
        [message], _ = read(line)
        yield message


def _stop_letters(folder: Path) -> None:
    with Supervisor(known(folder)).asked() as supervisor:
        for process in supervisor.supervisor.getAllProcessInfo():
            if str(process["name"]).startswith("letters"):
                supervisor.supervisor.stopProcess(f"{process['group']}:{process['name']}")


def _open(made: Country, requests: Sequence[Inbound]) -> None:
    """Have every municipality asked for places, and give each a contact who is written to."""
    conversation = Conversation(made.stack.environment["KAFKA_BOOTSTRAP_SERVERS"], datetime.now(OSLO), PATIENCE)
    ids = [f"k-{place.number}" for place in division()]
    conversation.hear(lambda: all(name in conversation.states for name in ids), "the register of municipalities")
    made.publish(requests)
    conversation.ask([_contact(name, conversation.versions[name]) for name in ids])
    year = datetime.now(OSLO).year
    conversation.hear(
        lambda: all(conversation.states.get(f"{name}/{year}", {}).get("request") is not None for name in ids),
        "the year's requests",
    )


def _contact(municipality_id: str, version: int) -> Command:
    said = RegisterContacts(
        municipality_id=municipality_id,
        contacts=[Contact(name="Kari Bench", email="kari@bench.example", roles=[ContactRole.SETTLEMENT_WRITER])],
        expected_version=version,
        actor=SYSTEM,
    )
    name = str(uuid5(NAMESPACE_URL, f"bench:contact:{municipality_id}"))
    return Command(name, MUNICIPALITY_COMMANDS, municipality_id, municipality_id, said)
