"""Whole stacks for tests, started by the command itself as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.embedded.ports import free_ports
from ops.paths import ROOT
from ops.stack.environment import saved_environment
from ops.stack.layout import Layout
from ops.testing.calling import call

START_SECONDS = 180


@dataclass(frozen=True, slots=True)
class RunningStack:
    """A stack that runs. environment: what its processes were told, passwords included."""

    data_dir: Path
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        """The one address."""
        return self.environment["PUBLIC_URL"]

    def status(self) -> dict[str, Any]:
        """Tell what ``fordeling status --json`` tells."""
        found: dict[str, Any] = json.loads(fordeling("status", "--json", "--data-dir", str(self.data_dir)).stdout)
        return found

    def process(self, name: str) -> dict[str, Any]:
        """Tell of one process of the status."""
        [found] = [process for process in self.status()["processes"] if process["name"] == name]
        return dict(found)

    def healths(self) -> dict[str, str]:
        """Tell of each process how it is: ``ready``, or what else the status says."""
        return {process["name"]: process["health"] for process in self.status()["processes"]}


def fordeling(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, with nothing of ours in its environment but what is given."""
    return call(arguments, clean_environment(environment))


def fordeling_anew(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Do the same in a process of its own from its first line on, as a person would."""
    return subprocess.run(
        command(*arguments), env=clean_environment(environment), capture_output=True, text=True, check=False, cwd=ROOT
    )


def command(*arguments: str) -> Sequence[str]:
    """Build the command line."""
    return (sys.executable, "-m", "ops.cli", *arguments)


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Tell this process's environment without any variable that points at some other stack."""
    ours = (
        "_DATABASE_URL",
        "KAFKA_BOOTSTRAP_SERVERS",
        "OIDC_",
        "OBJECT_STORE_URL",
        "PUBLIC_URL",
        "GATEWAY_",
        "SMTP_",
        "MAIL_",
        "SVARUT_",
        "MASKINPORTEN_",
    )
    kept = {name: value for name, value in os.environ.items() if not any(part in name for part in ours)}
    return kept | {"COLUMNS": "200"} | dict(more or {})


@contextmanager
def running_stack(
    data_dir: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[RunningStack]:
    """Keep a stack of its own, on a free port, for as long as the block lasts; stop it also where its start failed."""
    [port] = free_ports(1)
    where = ("--data-dir", str(data_dir))
    try:
        done = fordeling_anew("up", "--detach", "--port", str(port), *where, *options, environment=environment)
        if done.returncode != 0:
            raise RuntimeError(f"fordeling up failed:\n{done.stdout}\n{done.stderr}")
        yield RunningStack(data_dir, saved_environment(Layout(data_dir)))
    finally:
        fordeling("down", *where)
