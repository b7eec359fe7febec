r"""Reading records whose header names are not UTF-8.

aiokafka decodes the names and fails on such a record each time it is read: nothing behind it in its partition would
ever come. Kafka itself asks for UTF-8 and checks nothing, so any producer can send one, by mistake or by malice.
``tolerate`` has aiokafka read them; what is no UTF-8 in a name becomes ``\xff`` and so on.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any, SupportsIndex

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_LENGTH = struct.Struct(">qi")
"""How every batch begins: its first offset, and its length behind these."""


class _TolerantText(bytearray):
    """Bytes whose parts are decoded whatever they are."""

    def __getitem__(self, index: SupportsIndex | slice) -> Any:  # noqa: ANN401  a number, or bytes
        part = super().__getitem__(index)
        return _TolerantText(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        del errors
        return super().decode(encoding, "backslashreplace")


class _TolerantBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # aiokafka ships no types
    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _TolerantText(self._buffer)


class _Batch:
    """A batch, read by aiokafka's quick reader as far as that goes, and from there by its patient one."""

    def __init__(self, quick: Any, content: memoryview) -> None:  # noqa: ANN401
        self._quick = quick
        self._content = content

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._quick, name)

    def __next__(self) -> Any:  # noqa: ANN401
        return next(self._quick)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._quick:
                yield record
                read += 1
        except (UnicodeDecodeError, CorruptRecordException):
            yield from islice(_TolerantBatch(self._content), read, None)


class TolerantRecords:
    """What aiokafka's MemoryRecords does, with batches that can be read whatever their header names are."""

    def __init__(self, content: bytes) -> None:
        self._quick = MemoryRecords(content)
        self._content = memoryview(content)
        self._position = 0

    def has_next(self) -> bool:
        """Whether there is a further whole batch."""
        return bool(self._quick.has_next())

    def size_in_bytes(self) -> int:
        """Tell how many bytes there are, an incomplete batch included."""
        return len(self._content)

    def next_batch(self) -> Any:  # noqa: ANN401
        """Give the next batch; None where there is none."""
        batch = self._quick.next_batch()
        if batch is None:
            return None
        begin = self._position
        _, length = _LENGTH.unpack_from(self._content, begin)
        self._position += _LENGTH.size + length
        return _Batch(batch, self._content[begin : self._position])


def tolerate() -> None:
    """Have every consumer of this process read such records. May be called again."""
    fetcher.MemoryRecords = TolerantRecords
