"""The stack as a fault sees it: processes, places in the code, databases, topics, and the parts outside."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.faults.alarms import Alarm, Log
from tests.faults.machine import PATIENCE_SECONDS, SERVICES, Machine, Processes
from tests.faults.told import Told

if TYPE_CHECKING:
    from tests.faults.clients.imdi import Imdi
    from tests.faults.plan import Plan


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
class Stage(Processes):
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
        self._logs = [Log(process, self.machine.stack.layout.log(process)) for process in SERVICES]
        self._http = httpx.Client(timeout=10, trust_env=False)

    @property
    def municipalities(self) -> Sequence[Municipality]:
        """The fault's own: nobody else's in the whole run."""
        return self.plan.municipalities

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
        return [alarm for log in self._logs for alarm in log.alarms()]

    def close(self) -> None:
        """Let go of what it holds."""
        self._http.close()
