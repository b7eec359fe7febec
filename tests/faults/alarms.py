"""What operations would be told: lines of the processes' logs."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that operations are told of: a line of a process's log with level error or worse."""

    process: str
    level: str
    event: str
    line: Mapping[str, Any]

    def text(self) -> str:
        """Write it so that a regular expression can look for it."""
        return f"{self.process} {self.level} {self.event} {json.dumps(self.line, ensure_ascii=False, sort_keys=True)}"


class Log:
    """A process's log, read on from where it ended when this was made; also over a rotation. Threads may share it."""

    def __init__(self, process: str, file: Path) -> None:
        self._process = process
        self._file = file
        self._place = file.stat().st_size if file.exists() else 0
        self._found: list[Alarm] = []
        self._turn = threading.Lock()

    def alarms(self) -> Sequence[Alarm]:
        """Tell every alarm since then."""
        with self._turn:
            size = self._file.stat().st_size if self._file.exists() else 0
            if size < self._place:
                self._read(self._file.with_name(f"{self._file.name}.1"))
                self._place = 0
            self._read(self._file)
            return list(self._found)

    def _read(self, file: Path) -> None:
        """Read whole lines from the place on; what is not a whole line yet is left for the next time."""
        with suppress(FileNotFoundError), file.open("rb") as lines:
            lines.seek(self._place)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self._place += len(line)
                if (alarm := _alarm(self._process, line)) is not None:
                    self._found.append(alarm)


def _alarm(process: str, line: bytes) -> Alarm | None:
    try:
        values = json.loads(line)
        level = str(values["level"])
    except (ValueError, KeyError, TypeError):
        return None
    return Alarm(process, level, str(values.get("event")), values) if level in ("error", "critical") else None
