"""The processes of ours, as data: what a stack runs beside the embedded parts."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from ops.embedded.launch import Launch
from ops.embedded.ports import LOOPBACK

FOLLOWS, PAPERWORK = 5, 10
"""How far processes stand back that nobody waits for at a page: what follows on an answer, and then its letters."""

GIVES_BACK: Mapping[str, str] = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""Has the C library give back what a mass of lists has needed (docs/decisions/0052). The images have the same."""


class Stage(IntEnum):
    """When a process is started: low first. It stops in the opposite order."""

    EMBEDDED = 10
    SERVICES = 20
    EDGE = 30


@dataclass(frozen=True, slots=True)
class Program:
    """A Python program of ours.

    module: run with ``python -m``.
    ports: the variables that tell it where to listen, for its health first; the stack chooses the numbers.
    health: the variable of the port on which it answers ``/readyz``.
    migrations: import path of its migrations; None where it has none.
    database: the variable with the URL of the database it migrates.
    niceness: how far it stands back for those whom somebody waits for (docs/decisions/0051).
    """

    name: str
    module: str
    stage: Stage
    ports: tuple[str, ...]
    health: str
    migrations: str | None = None
    database: str | None = None
    niceness: int = 0

    def launch(self) -> Launch:
        """Run it; on SIGTERM it finishes what it has in hand."""
        command = (sys.executable, "-m", self.module)
        return Launch(command, environment=GIVES_BACK, stop_seconds=25, niceness=self.niceness)

    def ready_url(self, environment: Mapping[str, str]) -> str:
        """Tell where it says whether it is ready."""
        return f"http://{LOOPBACK}:{environment[self.health]}/readyz"

    def details_url(self, environment: Mapping[str, str]) -> str:
        """Tell where it says how far it is with its messages, and what is wrong."""
        return self._of_health(environment, "readyz")

    def metrics_url(self, environment: Mapping[str, str]) -> str:
        """Tell where Prometheus may ask."""
        return self._of_health(environment, "metrics")

    def _of_health(self, environment: Mapping[str, str], path: str) -> str:
        return f"http://{LOOPBACK}:{environment.get(self.ports[0], '')}/{path}"


def _service(name: str, niceness: int = 0) -> Program:
    upper = name.upper()
    return Program(
        name=name,
        module=f"services.{name}",
        stage=Stage.SERVICES,
        ports=(f"{upper}_HEALTH_PORT",),
        health=f"{upper}_HEALTH_PORT",
        migrations=f"services.{name}.migrations",
        database=f"{upper}_DATABASE_URL",
        niceness=niceness,
    )


PROGRAMS: Sequence[Program] = (
    _service("distribution"),
    _service("municipality", FOLLOWS),
    _service("notification", FOLLOWS),
    _service("letters", PAPERWORK),
    Program(
        name="gateway",
        module="gateway",
        stage=Stage.EDGE,
        ports=("GATEWAY_HEALTH_PORT",),
        health="GATEWAY_PORT",  # asked where the pages are: it serves them only when all behind them is up
        migrations="gateway.migrations",
        database="GATEWAY_DATABASE_URL",
    ),
)
