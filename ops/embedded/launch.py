"""How one process is run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ops.embedded.waiting import wait_until
from ops.errors import UserError


@dataclass(frozen=True, slots=True)
class Launch:
    """A command line with what it needs around it; the environment is added to the caller's own.

    niceness: how far it stands back for others that want the processor, as ``nice`` has it: 0 to 19.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: int = 20
    niceness: int = 0

    @property
    def command(self) -> tuple[str, ...]:
        """What is run."""
        return ("nice", "-n", str(self.niceness), *self.argv) if self.niceness else self.argv

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Run it unsupervised, its output appended to ``log``. It does not outlive us, even if we are killed."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            return subprocess.Popen(
                tied_to_parent(self.command, self.stop_signal),
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Ask it to stop, and end it if it has not stopped in time."""
        if process.poll() is None:
            process.send_signal(self.stop_signal)
        try:
            process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tied_to_parent(argv: tuple[str, ...], stop_signal: signal.Signals) -> tuple[str, ...]:
    """``argv`` so that the kernel stops it when its parent dies; unchanged where there is no ``setpriv``."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return argv
    tie = f"--pdeathsig={stop_signal.name.removeprefix('SIG')}"
    if argv[0] == setpriv:  # changing account forgets the tie: it must be made in the same step
        return (setpriv, tie, *argv[1:])
    return (setpriv, tie, "--", *argv)


class Part(Protocol):
    """What the embedded parts have in common."""

    def prepare(self) -> None:
        """Make its configuration and data folder; repeating it changes nothing."""

    def launch(self) -> Launch:
        """How it is run."""

    def ready(self) -> bool:
        """Whether it serves."""


@contextmanager
def running(part: Part, log: Path, seconds: float = 60) -> Iterator[None]:
    """Keep the part, prepared, started and ready, for as long as the block lasts."""
    part.prepare()
    launch = part.launch()
    process = launch.start(log)
    try:
        if not wait_until(part.ready, seconds, alive=lambda: process.poll() is None):
            raise UserError(f"{type(part).__name__} did not become ready: see {log}")
        yield
    finally:
        launch.stop(process)
