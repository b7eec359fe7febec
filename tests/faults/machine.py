"""A running stack and its processes: asked, signalled, stopped, started, doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from ops.embedded.http import get_ok
from ops.embedded.ports import LOOPBACK, free_ports
from ops.paths import ROOT
from ops.stack.environment import Stack
from ops.stack.programs import PROGRAMS, Stage as StartStage
from ops.stack.supervisor import Supervisor

T = TypeVar("T")
SERVICES = ("distribution", "municipality", "notification", "letters", "gateway")
PAUSE_SECONDS = 0.05
PATIENCE_SECONDS = 60.0
QUICKER = {
    "NOTIFICATION_MAIL_PAUSE": "5",
    "NOTIFICATION_SMTP_TIMEOUT": "8",
    "NOTIFICATION_CLAIM_SECONDS": "24",
    "LETTERS_CLAIM_SECONDS": "25",
}
"""What waits a minute or two for an outage to pass, or for a claimant that has died, need not do so here."""


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


class Processes:
    """What can be done to the processes of a stack, by their names in ``fordeling status``.

    name: who does it, for what is told where it cannot be done.
    """

    machine: Machine
    name: str

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
        environment = {
            **os.environ,
            **QUICKER,
            **self.machine.environment,
            "FORDELING_FAULTS": str(self.machine.faults),
        }
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
        with self.supervisor.asked() as supervisor:
            getattr(supervisor.supervisor, method)(f"{group}:{process}", wait)
