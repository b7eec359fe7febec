"""A chain of seals over rows that are only ever added: who changes one of them, or leaves one out, breaks it.

A row's digest is SHA-256 of its canonical JSON: keys in order, no white space, times in UTC to the microsecond, values
that are not there left out, so that a column more changes no digest of before. A seal holds the digests of a batch of
rows and the digest of the seal before; its own is SHA-256 of its canonical JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

DIGEST_BYTES = 32
BEGINNING = bytes(DIGEST_BYTES)
"""What the first seal names as the digest before it."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealed batch. ids: the rows' numbers, as ``ranges`` writes them; digests: of the rows, in order of numbers.

    oldest, newest: times of its rows. digest: of the seal, as its table has it.
    """

    batch: int
    ids: str
    digests: bytes
    oldest: datetime
    newest: datetime
    previous: bytes
    sealed_at: datetime
    digest: bytes = b""

    def computed(self) -> bytes:
        """Compute the digest of what it says."""
        return _digest(
            "seal",
            {
                "batch": self.batch,
                "ids": self.ids,
                "digests": hashlib.sha256(self.digests).hexdigest(),
                "oldest": self.oldest,
                "newest": self.newest,
                "previous": self.previous.hex(),
                "sealed_at": self.sealed_at,
            },
        )

    def of_rows(self) -> list[bytes]:
        """Give the digests of its rows one by one."""
        return [self.digests[at : at + DIGEST_BYTES] for at in range(0, len(self.digests), DIGEST_BYTES)]


def row_digest(row: Mapping[str, Any]) -> bytes:
    """Compute a row's digest. Values: JSON's, times and UUIDs."""
    return _digest("row", row)


def ranges(ids: Sequence[int]) -> str:
    """Write ascending numbers as PostgreSQL writes them as a multirange: ``{[1,4),[7,8)}``."""
    parts: list[tuple[int, int]] = []
    for number in ids:
        if parts and parts[-1][1] == number:
            parts[-1] = (parts[-1][0], number + 1)
        else:
            parts.append((number, number + 1))
    return "{" + ",".join(f"[{first},{end})" for first, end in parts) + "}"


def numbers(ids: str) -> Iterator[range]:
    """Read what ``ranges`` wrote, as ranges. Raises ValueError."""
    for part in filter(None, ids.strip("{}").replace("),", ")|").split("|")):
        first, end = part.strip("[)").split(",")
        yield range(int(first), int(end))


def _digest(what: str, content: Mapping[str, Any]) -> bytes:
    told = {name: value for name, value in content.items() if value is not None}
    text = json.dumps(told, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(f"{what} 1\n{text}".encode()).digest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no canonical form of {type(value).__name__}")
