"""Loaded into the supervisor: remembers what each process has been through, and which process ids are ours.

The supervisor itself tells neither how often a process was started nor, once it is killed, what it had started.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from supervisor import events

from ops.stack.leftovers import remember


class History:
    """Answers as ``fordeling.*`` over XML-RPC. ``folder``: where each process's id is written."""

    def __init__(self, supervisord: Any, folder: Path) -> None:  # noqa: ANN401 - the supervisor has no types
        self._supervisord = supervisord
        self._folder = folder
        self._seen: dict[str, dict[str, Any]] = {}
        self._remembered: dict[str, int] = {}
        events.subscribe(events.ProcessStateStartingEvent, self._on_starting)
        events.subscribe(events.ProcessStateRunningEvent, lambda _event: self._remember())
        events.subscribe(events.ProcessStateBackoffEvent, self._on_crash)
        events.subscribe(events.ProcessStateExitedEvent, self._on_crash)

    def tell(self) -> dict[str, dict[str, Any]]:
        """Tell, for each process: ``starts``, ``crashes`` and ``crashed_at`` (epoch seconds, 0 for never)."""
        self._remember()
        return self._seen

    def _remember(self) -> None:
        for group in self._supervisord.process_groups.values():
            for name, process in group.processes.items():
                if process.pid and self._remembered.get(name) != process.pid:
                    remember(self._folder, name, process.pid)
                    self._remembered[name] = process.pid

    def _of(self, event: Any) -> dict[str, Any]:  # noqa: ANN401
        return self._seen.setdefault(event.process.config.name, {"starts": 0, "crashes": 0, "crashed_at": 0.0})

    def _on_starting(self, event: Any) -> None:  # noqa: ANN401
        self._of(event)["starts"] += 1

    def _on_crash(self, event: Any) -> None:  # noqa: ANN401
        seen = self._of(event)
        seen["crashes"] += 1
        seen["crashed_at"] = time.time()


def make(supervisord: object, folder: str) -> History:
    """Make the interface; named in the supervisor's configuration."""
    return History(supervisord, Path(folder))
