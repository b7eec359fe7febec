"""Staying with a stack in the foreground: telling of crashes, and stopping it in order."""

from __future__ import annotations

import time
import xmlrpc.client
from contextlib import suppress

from rich.console import Console

from ops.stack.environment import Stack
from ops.stack.supervisor import Supervisor

LOOK_SECONDS = 1.0


class Watch:
    """Looks after one running stack."""

    def __init__(self, stack: Stack, supervisor: Supervisor, console: Console) -> None:
        self._stack = stack
        self._supervisor = supervisor
        self._console = console
        self._crashes: dict[str, int] = {}

    def until_interrupted(self) -> None:
        """Tell of crashes until KeyboardInterrupt; returns if the supervisor is told to stop from elsewhere."""
        while self._supervisor.pid() is not None:
            with suppress(OSError, xmlrpc.client.Error):  # it is stopping
                self._look()
            time.sleep(LOOK_SECONDS)
        self._console.print("Stopped.")

    def stop(self) -> None:
        """Stop everything, and say so."""
        if self._supervisor.pid() is not None:
            with self._console.status("Stopping: services first, then Kafka and PostgreSQL"):
                self._supervisor.stop_all()
        self._console.print("Stopped.")

    def _look(self) -> None:
        for info in self._supervisor.processes():
            name, crashes = info["name"], info["crashes"]
            if crashes > self._crashes.get(name, 0):
                log = self._stack.layout.log(name)
                self._console.print(f"[red]{name} ended by itself[/] and is started again ({crashes} times now): {log}")
            self._crashes[name] = crashes
