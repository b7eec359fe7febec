"""An embedded part held by the test itself, which stops, freezes, kills and starts it again."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from ops.embedded.launch import Part
from ops.embedded.waiting import PAUSE_SECONDS, wait_until
from ops.errors import UserError

READY_SECONDS = 90.0

_LAUNCHER = ThreadPoolExecutor(1, "launcher")
"""Starts the processes: they end with the thread that started them, and whoever asks may ask from a short-lived one."""


class Held:
    """One part, running or not. Threads may share it.

    log: its output, also of earlier runs of it.
    """

    def __init__(self, part: Part, log: Path) -> None:
        self.part = part
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.RLock()

    @property
    def pid(self) -> int | None:
        """Its process id; None while it does not run."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Prepare and start it, unless it runs; that it is ready is not waited for."""
        with self._turn:
            if self.pid is None:
                self.part.prepare()
                self._process = _LAUNCHER.submit(self.part.launch().start, self.log).result()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Raise UserError where it is not ready in time, or has ended."""
        if not wait_until(self.part.ready, seconds, alive=lambda: self.pid is not None):
            raise UserError(f"{type(self.part).__name__} did not become ready: see {self.log}")

    def stop(self) -> None:
        """Stop it in order, and wait until it has ended."""
        with self._turn:
            if self._process is not None:
                self._process.send_signal(signal.SIGCONT)
                self.part.launch().stop(self._process)

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        with self._turn:
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it stand still (SIGSTOP) for as long as the block lasts. Nothing where it does not run."""
        process = self._process
        if process is None:
            yield
            return
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    @contextmanager
    def kept_running(self) -> Iterator[None]:
        """Start it whenever it has ended by itself, as a supervisor would, for as long as the block lasts."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(PAUSE_SECONDS * 4):
                if self.pid is None:
                    self.start()

        watcher = threading.Thread(target=watch, name="keeper", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
