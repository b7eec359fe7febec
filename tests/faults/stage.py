"""The stack as a fault sees it: processes, places in the code, databases, topics, and the parts outside."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import psycopg
from psycopg.rows import dict_row

from ops.embedded.http import get_ok
from ops.embedded.ports import LOOPBACK, free_ports
from ops.paths import ROOT
from ops.stack.environment import Stack
from ops.stack.programs import PROGRAMS, Stage as StartStage
from ops.stack.supervisor import Supervisor
from tests.faults.told import Told

if TYPE_CHECKING:
    from tests.faults.clients.imdi import Imdi
    from tests.faults.plan import Plan

T = TypeVar("T")
SERVICES = ("distribution", "municipality", "notification", "letters", "gateway")
PAUSE_SECONDS = 0.05
PATIENCE_SECONDS = 60.0


class Kind(StrEnum):
    """Kinds of stacks; each is started once a run, for all faults that need it."""

    PLAIN = "plain"
    """As ``fordeling up`` starts it."""
    CLUSTER = "cluster"
    """The same over three Kafka nodes."""
    SMALL_DISK = "small-disk"
    """The same with PostgreSQL on a small file system of its own."""


class NotSoError(AssertionError):
    """What was waited for did not come about in time, or a fault could not do what it is to do."""


@dataclass(frozen=True, slots=True)
class Municipality:
    """One that belongs to a fault alone. ``number``: four digits; writers: addresses of its settlement writers."""

    number: str
    organisation_number: str
    name: str
    writers: Sequence[str] = ()

    @property
    def id(self) -> str:
        """Its id inside the system."""
        return f"k-{self.number}"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that operations are told of: a line of a process's log with level error or worse."""

    process: str
    level: str
    event: str
    line: Mapping[str, Any]

    def text(self) -> str:
        """Write it so that a regular expression can look for it."""
        return f"{self.process} {self.level} {self.event} {json.dumps(self.line, ensure_ascii=False, sort_keys=True)}"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the code at which something has been told to happen, once."""

    file: Path

    @property
    def fired(self) -> bool:
        """Whether it has happened."""
        return self.file.with_name(f"{self.file.name}.done").exists()

    def take_back(self) -> None:
        """Let it not happen any more."""
        self.file.unlink(missing_ok=True)


@dataclass
class Machine:
    """A running stack, for all faults of its kind.

    faults: the folder named by FORDELING_FAULTS. parts: what a kind of stack has beside the others, by name.
    """

    kind: Kind
    stack: Stack
    environment: Mapping[str, str]
    faults: Path
    parts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Stage:
    """One fault's view of a running stack.

    random: seeded by the run's seed and the fault's name, for what the fault itself does.
    told: the fault's ledger. imdi: publishes and tells the ledger so. plan: draws up lists that are this fault's.
    opened_at: when the fault began, seconds since the epoch.
    """

    machine: Machine
    name: str
    random: random.Random
    plan: Plan
    told: Told
    imdi: Imdi
    opened_at: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self._log_starts = {process: self._log_size(process) for process in SERVICES}
        self._http = httpx.Client(timeout=10, trust_env=False)

    @property
    def municipalities(self) -> Sequence[Municipality]:
        """The fault's own: nobody else's in the whole run."""
        return self.plan.municipalities

    # Waiting.

    def wait(self, condition: Callable[[], T], what: str, seconds: float = PATIENCE_SECONDS) -> T:
        """Ask until the condition gives something true, and give that. Raises NotSoError naming ``what``."""
        deadline = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > deadline:
                raise NotSoError(f"{self.name}: {what} did not come about within {seconds:.0f} s")
            time.sleep(PAUSE_SECONDS)

    def hold(self, seconds: float) -> None:
        """Let a fault last. The one sleep there is: how long something is broken is part of what is tried."""
        time.sleep(seconds)

    # Processes, by their names in ``fordeling status``.

    @property
    def supervisor(self) -> Supervisor:
        """The stack's supervisor; a new connection each time, so that threads may ask side by side."""
        return Supervisor(self.machine.stack)

    def pid(self, process: str) -> int | None:
        """Tell the process id; None while it does not run."""
        infos = self.supervisor.processes()
        found = next((info for info in infos if info["name"] == process), None)
        assert found is not None, f"no process is named {process}"
        return int(found["pid"]) or None

    def signal(self, process: str, number: signal.Signals) -> int:
        """Send a signal to a process itself, not to its children; gives its id."""
        pid = self.wait(lambda: self.pid(process), f"{process} running")
        os.kill(pid, number)
        return pid

    def kill(self, process: str) -> None:
        """Send SIGKILL and wait until another one runs; that it is ready is not waited for."""
        old = self.signal(process, signal.SIGKILL)
        self.wait(lambda: self.pid(process) not in (None, old), f"another {process}")

    @contextmanager
    def frozen(self, process: str) -> Iterator[int]:
        """Stop a process (SIGSTOP) for as long as the block lasts."""
        pid = self.signal(process, signal.SIGSTOP)
        try:
            yield pid
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def stop(self, process: str) -> None:
        """Have the supervisor stop a process in order, and wait until it has ended."""
        self._rpc("stopProcess", process, True)

    def start(self, process: str) -> None:
        """Have the supervisor start a process that was stopped; that it is ready is not waited for."""
        self._rpc("startProcess", process, False)

    def restart(self, process: str, seconds: float = 90) -> None:
        """Stop a process in order, start it, and wait until it is ready."""
        self.stop(process)
        self.start(process)
        self.wait_ready(process, seconds=seconds)

    def ready(self, process: str) -> bool:
        """Whether one of our processes says that it is ready."""
        [program] = [program for program in PROGRAMS if program.name == process]
        return get_ok(program.ready_url(self.machine.environment))

    def wait_ready(self, *processes: str, seconds: float = 90) -> None:
        """Wait until these of our processes are ready; all where none is named."""
        for process in processes or SERVICES:
            self.wait(lambda process=process: self.ready(process), f"{process} ready", seconds)

    @contextmanager
    def replica(self, service: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run one more process of a service beside the supervised one, for as long as the block lasts."""
        [port] = free_ports(1)
        [program] = [program for program in PROGRAMS if program.name == service]
        log = self.machine.stack.layout.log(f"{service}-replica")
        environment = {**os.environ, **self.machine.environment, "FORDELING_FAULTS": str(self.machine.faults)}
        environment[f"{service.upper()}_HEALTH_PORT"] = str(port)
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", program.module],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self.wait(lambda: get_ok(f"http://{LOOPBACK}:{port}/readyz"), f"a second {service}", 90)
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _rpc(self, method: str, process: str, wait: bool) -> None:
        groups = {program.name: program.stage for program in PROGRAMS}
        group = groups.get(process, StartStage.EMBEDDED).name.lower()
        getattr(self.supervisor._proxy.supervisor, method)(f"{group}:{process}", wait)

    # Places and switches in the code: chassis/faults.py.

    def place(self, place: str, action: str) -> Place:
        """Let ``kill``, ``stop`` or ``raise`` happen, once, to whoever reaches the place next."""
        file = self.machine.faults / place
        file.with_name(f"{place}.done").unlink(missing_ok=True)
        temporary = file.with_name(f".{place}")
        temporary.write_text(action)
        temporary.rename(file)
        return Place(file)

    def strike(self, place: str, action: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Let it happen at the place, and wait until it has."""
        armed = self.place(place, action)
        try:
            self.wait(lambda: armed.fired, f"{action} at {place}", seconds)
        finally:
            armed.take_back()

    @contextmanager
    def switch(self, name: str, content: str = "") -> Iterator[None]:
        """Switch something on in every process for as long as the block lasts; ``clock`` with seconds as content."""
        file = self.machine.faults / name
        file.write_text(content)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    # PostgreSQL.

    def database_url(self, service: str, *, superuser: bool = True) -> str:
        """Tell the URL of a service's database, as the superuser or as the service itself."""
        url = self.machine.environment[f"{service.upper()}_DATABASE_URL"]
        if not superuser:
            return url
        if "superuser" in self.machine.parts:  # a cluster of the stage's own: Callable[[str], str], database to URL
            return str(self.machine.parts["superuser"](f"fordeling_{service}"))
        return self.machine.stack.postgres().url(f"fordeling_{service}")

    def connect(self, service: str, *, superuser: bool = True) -> psycopg.Connection[dict[str, Any]]:
        """Open a connection of one's own, rows as dicts; transactions are the caller's."""
        return psycopg.connect(
            self.database_url(service, superuser=superuser),
            connect_timeout=10,
            row_factory=dict_row,
            application_name="fault",
        )

    def sql(self, service: str, statement: str, *values: object) -> list[dict[str, Any]]:
        """Run one statement as the superuser in a service's database and commit; gives its rows."""
        with self.connect(service) as connection, connection.cursor() as cursor:
            cursor.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    # Kafka.

    @property
    def bootstrap(self) -> str:
        """Where Kafka is."""
        return self.machine.environment["KAFKA_BOOTSTRAP_SERVERS"]

    # Outside.

    def svarut(self, method: str, path: str, body: object | None = None) -> Any:
        """Speak to the SvarUt simulator's ``/admin``; e.g. ``svarut("POST", "/feil", {"refuse": 2})``."""
        answer = self._http.request(method, f"{self.machine.environment['SVARUT_URL']}/admin{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    # Alarms.

    def alarms(self) -> list[Alarm]:
        """Tell the alarms of all our processes since the fault began."""
        found = []
        for process, start in self._log_starts.items():
            found += list(_alarms(process, self.machine.stack.layout.log(process), start, self.opened_at))
        return found

    def _log_size(self, process: str) -> int:
        log = self.machine.stack.layout.log(process)
        return log.stat().st_size if log.exists() else 0

    def close(self) -> None:
        """Let go of what it holds."""
        self._http.close()


def _alarms(process: str, log: Path, start: int, since: float) -> Iterator[Alarm]:
    """Read the alarms of a log from ``start`` on; a log that was rotated meanwhile, from its beginning by time."""
    size = log.stat().st_size if log.exists() else 0
    files = [(log, start)] if size >= start else [(log.with_name(f"{log.name}.1"), start), (log, 0)]
    for file, offset in files:
        with suppress(FileNotFoundError), file.open("rb") as lines:
            lines.seek(offset)
            for line in lines:
                alarm = _alarm(process, line)
                if alarm is not None and _when(alarm) >= since - 1:
                    yield alarm


def _alarm(process: str, line: bytes) -> Alarm | None:
    try:
        values = json.loads(line)
        level = str(values["level"])
    except (ValueError, KeyError, TypeError):
        return None
    return Alarm(process, level, str(values.get("event")), values) if level in ("error", "critical") else None


def _when(alarm: Alarm) -> float:
    try:
        return datetime.fromisoformat(str(alarm.line["timestamp"])).timestamp()
    except (KeyError, ValueError):
        return float("inf")


def is_gone(error: Exception) -> bool:
    """Whether an XML-RPC call failed because the supervisor is not there."""
    return isinstance(error, OSError | xmlrpc.client.Error)
