"""The independent ledger: what clients asked for and what they were told, one JSON object a line, never changed.

It is written by the clients alone, from outside; what the system itself believes is not in it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class What(StrEnum):
    """What a line is about."""

    PUBLISHED = "published"
    """IMDi's message is in Kafka for good: the broker has acknowledged it."""
    NOT_PUBLISHED = "not-published"
    """The broker never acknowledged it, however often it was tried: nobody may rely on it."""
    ASKED = "asked"
    """A caseworker has sent a command, or a form."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The client gave up following a command: it may have taken effect or not."""
    SEEN = "seen"
    """A client has read something on a page or over the API."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. key: the message's id, the idempotency key or the command's id. details: by ``what``."""

    what: What
    list_id: str
    key: str
    client: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    at: float = field(default_factory=time.time)


class Told:
    """The ledger of one fault. Threads may share it."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._lines: list[Line] = []

    def write(self, line: Line) -> None:
        """Write a line, for good."""
        with self._lock:
            self._file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
            self._file.flush()
            self._lines.append(line)

    def lines(self) -> list[Line]:
        """Tell all lines so far, in their order."""
        with self._lock:
            return list(self._lines)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(file: Path) -> Iterator[Line]:
    """Read a ledger that was written before."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            values = json.loads(line)
            yield Line(**{**values, "what": What(values["what"])})
