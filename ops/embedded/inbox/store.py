"""The mails, as files: what has been taken is on the disk."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import HeaderParser
from pathlib import Path

KEPT = 5_000
"""Most mails kept; the oldest go."""
_NAME = re.compile(r"[0-9]{20}-[0-9a-f]{12}")
_HEAD = 20_000
"""Bytes of a mail that are read for the list: all headers are in there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A mail in the list. ``to``: whom it was handed over for."""

    name: str
    taken_at: datetime
    sender: str
    to: str
    subject: str


class Store:
    """The folder of one inbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Entry] = {}

    def keep(self, receivers: Sequence[str], content: bytes) -> str:
        """Write a mail, for good before this returns. Returns its name; names sort by time."""
        head = "".join(f"Delivered-To: {receiver}\r\n" for receiver in receivers).encode()
        name = f"{time.time_ns():020}-{hashlib.sha256(content).hexdigest()[:12]}"
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(head + content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(self._path(name))
        for old in self._names()[KEPT:]:
            self._path(old).unlink(missing_ok=True)
            self._known.pop(old, None)
        return name

    def newest(self, limit: int, search: str = "") -> list[Entry]:
        """List the newest whose sender, receiver or subject holds ``search``."""
        found: list[Entry] = []
        for entry in self._entries():
            if search.casefold() in f"{entry.sender} {entry.to} {entry.subject}".casefold():
                found.append(entry)
            if len(found) == limit:
                break
        return found

    def count(self) -> int:
        """Tell how many there are."""
        return len(self._names())

    def raw(self, name: str) -> bytes | None:
        """Read a mail as it came; None where there is none of that name."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def _entries(self) -> Iterator[Entry]:
        for name in self._names():
            entry = self._known.get(name)
            if entry is None:
                try:
                    with self._path(name).open("rb") as file:
                        head = headers(file.read(_HEAD))
                except FileNotFoundError:
                    continue
                to = ", ".join(head.get_all("Delivered-To", []))
                entry = Entry(name, taken_at(name), str(head["From"] or ""), to, str(head["Subject"] or ""))
                self._known[name] = entry
            yield entry

    def _names(self) -> list[str]:
        files = (file.name.removesuffix(".eml") for file in self._folder.glob("*.eml"))
        return sorted((name for name in files if _NAME.fullmatch(name)), reverse=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.eml"


def parsed(content: bytes) -> EmailMessage:
    """Parse a mail."""
    return message_from_bytes(content, policy=policy.default)


def headers(content: bytes) -> EmailMessage:
    """Parse a mail's headers, which may be in UTF-8 (RFC 6532)."""
    head = content.partition(b"\r\n\r\n")[0] if b"\r\n\r\n" in content else content.partition(b"\n\n")[0]
    return HeaderParser(policy=policy.default).parsestr(head.decode("utf-8", "replace"))


def taken_at(name: str) -> datetime:
    """Tell when a mail was taken, in this machine's time."""
    return datetime.fromtimestamp(int(name.partition("-")[0]) / 1e9).astimezone()
