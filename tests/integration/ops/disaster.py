"""What a rehearsal of a disaster is made of: a stack, what it told the world, and its parts taken away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import xmlrpc.client
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
from psycopg import sql

from contracts.envelope import decode_headers
from ops.embedded import postgres
from ops.embedded.http import get_ok
from ops.reconcile.report import Report
from ops.reconcile.run import Patience, reconcile
from ops.stack.choices import reopen
from ops.stack.environment import Stack
from ops.stack.programs import PROGRAMS
from ops.stack.supervisor import Supervisor
from ops.testing.stacks import RunningStack, fordeling
from ops.topics.records import Record, held

OURS = [program.name for program in PROGRAMS]
PATIENCE = Patience(quiet=12, longest=150)
SECONDS = 150.0


@dataclass(frozen=True)
class Told:
    """What the world has been told: of it nothing may be taken back, changed or said twice.

    answers: by list, the messages' ids with their bodies; replies: by command, what was said of it.
    mails: copies of each by its own id; shipments: of each letter, by our reference.
    """

    answers: Mapping[str, Mapping[str, Any]]
    rejections: frozenset[str]
    replies: Mapping[str, frozenset[str]]
    mails: Counter[str]
    shipments: Counter[str]


@dataclass
class Rehearsal:
    """One rehearsal on a running stack. ``figures``: what is measured, written as JSON at the end."""

    running: RunningStack
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> Mapping[str, str]:
        """What the stack's processes are told."""
        return self.running.environment

    @property
    def stack(self) -> Stack:
        """The stack."""
        found = reopen(self.running.data_dir)
        assert found is not None
        return found

    # Processes.

    def stop(self, *names: str) -> None:
        """Have the supervisor stop processes, all at once, and wait until they have ended."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda name: self._rpc("stopProcess", name, True), names))

    def start(self, *names: str) -> None:
        """Have the supervisor start processes, and wait until each of ours is ready."""
        for name in names:
            self._rpc("startProcess", name, False)
        for program in PROGRAMS:
            if program.name in names:
                url = program.ready_url(self.environment)
                until(lambda url=url: get_ok(url), f"{program.name} ready")  # type: ignore[misc]

    def kill(self, name: str) -> None:
        """Send SIGKILL, and keep the supervisor from starting it again."""
        with self._supervisor() as (_proxy, processes):
            os.kill(int(processes[name]["pid"]), signal.SIGKILL)
        until(lambda: self._stays_stopped(name), f"{name} stopped")

    def _stays_stopped(self, name: str) -> bool:
        # Between a death that it has seen and the next start the supervisor takes no order, and then starts it.
        with suppress(xmlrpc.client.Fault):
            self._rpc("stopProcess", name, True)
        with self._supervisor() as (_proxy, processes):
            return bool(processes[name]["statename"] == "STOPPED")

    def _rpc(self, method: str, name: str, wait: bool) -> None:
        with self._supervisor() as (proxy, processes):
            getattr(proxy.supervisor, method)(f"{processes[name]['group']}:{name}", wait)

    @contextmanager
    def _supervisor(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        supervisor = Supervisor(self.stack)
        with supervisor.asked() as proxy:
            yield proxy, {info["name"]: info for info in supervisor.processes()}

    # Databases.

    def tool(self, name: str, *arguments: str) -> None:
        """Run a tool of PostgreSQL's."""
        subprocess.run([str(postgres.programs() / name), *arguments], check=True, capture_output=True)

    def back_up(self, service: str, file: Path) -> None:
        """Take a backup of a service's database."""
        self.tool("pg_dump", "--format=custom", f"--file={file}", self.url(service))

    def restore(self, service: str, file: Path) -> None:
        """Put a backup in the place of a service's database, whoever is connected to it."""
        parts = urlsplit(self.url(service))
        name, owner = parts.path.lstrip("/"), parts.username or ""
        with psycopg.connect(self.stack.postgres().url(), autocommit=True) as connection:
            identifier = sql.Identifier(name)
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(identifier, sql.Identifier(owner)))
        self.tool("pg_restore", "--no-owner", f"--dbname={self.url(service)}", str(file))

    def url(self, service: str) -> str:
        """Tell the URL of a service's database."""
        return self.environment[f"{service.upper()}_DATABASE_URL"]

    def query(self, service: str, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Ask, or change, a service's database."""
        with psycopg.connect(self.url(service), autocommit=True) as connection:
            done = connection.execute(statement.encode(), arguments)
            return done.fetchall() if done.description else []

    # Kafka.

    def lose_kafka(self) -> None:
        """Kill the broker and wipe all that it holds; an empty one comes in its place."""
        self.kill("kafka")
        kafka = self.stack.kafka()
        shutil.rmtree(kafka.home)
        kafka.prepare()
        self._rpc("startProcess", "kafka", False)
        until(kafka.ready, "Kafka ready")

    def records(self, topic: str) -> list[Record]:
        """Read all that a topic holds."""
        return held(self.environment["KAFKA_BOOTSTRAP_SERVERS"], topic)

    # What is so.

    def told(self) -> Told:
        """Gather what the world has been told so far."""
        answers: dict[str, dict[str, Any]] = defaultdict(dict)
        for record in self.records("distribution.answers.v1"):
            envelope = decode_headers(record.headers)
            body = json.loads(record.value or b"")
            assert answers[envelope.subject].setdefault(envelope.id, body) == body, "one id, two answers"
        replies: dict[str, set[str]] = defaultdict(set)
        for record in self.records("distribution.replies.v1"):
            replies[record.key_text].add((record.value or b"").decode())
        return Told(
            answers=answers,
            rejections=frozenset(
                decode_headers(record.headers).id for record in self.records("distribution.rejections.v1")
            ),
            replies={command: frozenset(said) for command, said in replies.items()},
            mails=self._mails(),
            shipments=self._shipments(),
        )

    def _mails(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for file in self.stack.layout.mail.glob("*.eml"):
            with file.open("rb") as mail:
                found[str(BytesHeaderParser().parse(mail)["Message-ID"])] += 1
        return found

    def _shipments(self) -> Counter[str]:
        answer = httpx.get(f"{self.environment['SVARUT_URL']}/admin/forsendelser", timeout=10, trust_env=False)
        answer.raise_for_status()
        return Counter(one["eksternReferanse"] for one in answer.json())

    def agrees(self) -> Report:
        """Wait until everything agrees."""
        report = reconcile(self.environment, PATIENCE)
        assert report.clean, f"{self.parked()}\n{report.document()}"
        return report

    def parked(self) -> dict[str, Any]:
        """Tell what waits among the dead letters, without its content."""
        statement = "SELECT reader, subject, type, error, fields::text FROM dead_letter ORDER BY id"
        return {name: found for name in OURS if (found := self.query(name, statement))}

    def command(self, *arguments: str) -> dict[str, Any]:
        """Run ``fordeling … --json`` on the stack; it must end well."""
        done = fordeling(*arguments, "--json", "--data-dir", str(self.running.data_dir))
        assert done.returncode == 0, f"{self.parked()}\n{done.stdout}{done.stderr}"
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def timed(self, name: str, step: Callable[[], Any]) -> Any:
        """Do a step and note how long it took."""
        begun = time.monotonic()
        found = step()
        self.figures.setdefault("steps", {})[name] = round(time.monotonic() - begun, 1)
        return found

    def write(self, name: str) -> None:
        """Write the figures where FORDELING_REHEARSALS says, if it does."""
        self.figures["rto_seconds"] = round(sum(self.figures["steps"].values()), 1)
        if folder := os.environ.get("FORDELING_REHEARSALS"):
            file = Path(folder, f"{name}.json")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(self.figures, indent=2) + "\n")


def until(condition: Callable[[], Any], what: str) -> None:
    """Ask until it is so."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.2)


def nothing_twice_or_otherwise(before: Told, after: Told, lists: Sequence[str]) -> None:
    """Hold that what was told before stands, is the same, and was not done again."""
    for list_id in lists:
        then, now = before.answers.get(list_id, {}), after.answers.get(list_id, {})
        assert now == then, f"{list_id} was answered otherwise: {then} became {now}"
    assert before.rejections <= after.rejections
    for command, said in before.replies.items():
        assert after.replies.get(command, said) == said, f"{command} was answered otherwise"
    assert all(copies == 1 for copies in after.mails.values()), "a mail came twice"
    assert all(copies == 1 for copies in after.shipments.values()), "a letter was sent twice"
    assert before.mails.keys() <= after.mails.keys()
    assert before.shipments.keys() <= after.shipments.keys()
