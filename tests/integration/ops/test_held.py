"""A part that a test holds."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from ops.embedded.launch import Launch
from ops.embedded.waiting import wait_until
from ops.testing.held import Held

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Sleeper:
    """A part that does nothing, once it has said so. file: where it says it."""

    file: Path

    def prepare(self) -> None:
        self.file.unlink(missing_ok=True)

    def launch(self) -> Launch:
        program = f"import pathlib, time; pathlib.Path({str(self.file)!r}).touch(); time.sleep(600)"
        return Launch((sys.executable, "-c", program))

    def ready(self) -> bool:
        return self.file.exists()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    made = Held(Sleeper(tmp_path / "ready"), tmp_path / "log")
    yield made
    made.kill()


def test_it_outlives_the_thread_that_started_it(held: Held) -> None:
    """A part started in a short-lived thread goes on when that thread has ended."""

    def start() -> None:
        held.start()
        held.wait_ready()

    starter = threading.Thread(target=start)
    starter.start()
    starter.join()
    pid = held.pid
    assert pid is not None
    with pytest.raises(psutil.TimeoutExpired):
        psutil.Process(pid).wait(0.5)


def test_it_is_started_again_while_it_is_kept_running(held: Held) -> None:
    """Killed by whomever, it runs again; once nobody keeps it, it stays away."""
    held.start()
    held.wait_ready()
    with held.kept_running():
        first = held.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: held.pid not in (None, first), SECONDS)
        held.wait_ready()
    held.kill()
    assert held.pid is None


def test_it_stands_still_for_as_long_as_the_block_lasts(held: Held) -> None:
    """A frozen part is stopped, and goes on afterwards."""
    held.start()
    held.wait_ready()
    assert held.pid is not None
    process = psutil.Process(held.pid)
    with held.frozen():
        assert wait_until(lambda: process.status() == psutil.STATUS_STOPPED, SECONDS)
    assert wait_until(lambda: process.status() != psutil.STATUS_STOPPED, SECONDS)
