"""Which records of a range are meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops.errors import UserError
from ops.topics.records import Record


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions that all hold; none: every record. headers: by name, without ``ce_`` where it is the envelope's."""

    key: str | None = None
    type: str | None = None
    subject: str | None = None
    correlation: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def everything(self) -> bool:
        """Whether there is no condition."""
        return not (self.key or self.type or self.subject or self.correlation or self.headers)

    def takes(self, record: Record) -> bool:
        """Whether a record is meant."""
        if self.key is not None and record.key_text != self.key:
            return False
        if self.type is not None and not same_type(record.header("ce_type"), self.type):
            return False
        if self.subject is not None and record.header("ce_subject") != self.subject:
            return False
        if self.correlation is not None and self.correlation not in (
            record.header("ce_correlationid"),
            record.header("ce_id"),
        ):
            return False
        return all(value in (record.header(name), record.header(f"ce_{name}")) for name, value in self.headers.items())


def same_type(type_: str, wanted: str) -> bool:
    """Whether a type is meant: whole, without its version, or by its last part: ``list-received``."""
    bare = type_.rpartition(".v")[0]
    return bool(type_) and wanted in (type_, bare, bare.rpartition(".")[2])


def headers(texts: Sequence[str]) -> dict[str, str]:
    """Read ``name=value``. Raises UserError."""
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name and sign):
            raise UserError(f"--header: '{text}' is not name=value.")
        found[name] = value
    return found
