"""Telling what is going on while a stack starts: a line for each step that is done, and what is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Step:
    """One thing that is waited for."""

    def __init__(self, name: str, changed: Callable[[str, str], None]) -> None:
        self._name = name
        self._changed = changed

    def note(self, detail: str) -> None:
        """Tell how far it has come."""
        self._changed(self._name, detail)

    def count(self, done: int, total: int) -> None:
        """Tell how many of how many are done."""
        self.note(f"{done} of {total}")


class Progress:
    """Prints on a console; steps may run in several threads at once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("")
        self._lock = threading.Lock()
        self._running: dict[str, str] = {}

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show what is waited for, as long as the block lasts."""
        with self._status:
            yield

    @contextmanager
    def step(self, name: str, *, shortest: float = 0.0) -> Iterator[Step]:
        """Tell of one step: that it is waited for, and how long it took if that was ``shortest`` seconds or more."""
        began = time.monotonic()
        self._note(name, "")
        try:
            yield Step(name, self._note)
            took = time.monotonic() - began
            if took >= shortest:
                self.say(f"[green]✓[/] {escape(name)} [dim]{took:.1f} s[/]")
        finally:
            with self._lock:
                self._running.pop(name, None)
                self._refresh()

    def say(self, markup: str) -> None:
        """Print a line."""
        self._console.print(markup, highlight=False)

    def _note(self, name: str, detail: str) -> None:
        with self._lock:
            self._running[name] = detail
            self._refresh()

    def _refresh(self) -> None:
        waiting = [f"{name} ({detail})" if detail else name for name, detail in self._running.items()]
        self._status.update(escape("Waiting for " + ", ".join(waiting) if waiting else ""))
