"""What operations would be told: lines of the processes' logs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
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


def read_alarms(process: str, log: Path, start: int, since: float) -> Iterator[Alarm]:
    """Read the alarms of a log from ``start`` on; a log that was rotated meanwhile, from its beginning by time."""
    size = log.stat().st_size if log.exists() else 0
    files = [(log, start)] if size >= start else [(log.with_name(f"{log.name}.1"), start), (log, 0)]
    for file, offset in files:
        with suppress(FileNotFoundError), file.open("rb") as lines:
            lines.seek(offset)
            for line in lines:
                alarm = _alarm(process, line)
                if alarm is not None and _when(alarm) >= since - 1:
                    yield alarm


def _alarm(process: str, line: bytes) -> Alarm | None:
    try:
        values = json.loads(line)
        level = str(values["level"])
    except (ValueError, KeyError, TypeError):
        return None
    return Alarm(process, level, str(values.get("event")), values) if level in ("error", "critical") else None


def _when(alarm: Alarm) -> float:
    try:
        return datetime.fromisoformat(str(alarm.line["timestamp"])).timestamp()
    except (KeyError, ValueError):
        return float("inf")
