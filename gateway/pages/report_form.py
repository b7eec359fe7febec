"""The form of a report between the lists: what it holds, and how it is read back. What is in it depends on its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self
from uuid import uuid4

from contracts.municipality.codes import ReportKind
from gateway.pages.answer_form import form_id_of, version_of

LONGEST_TYPED = 12_000
"""Characters of one field that are shown again; what is longer is an error whatever it says."""
_NORWEGIAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_OWN = frozenset({"_csrf_token", "skjema", "versjon", "handling"})
_ROWS = re.compile(r"(?:navn|duf)-(\d{1,2})")


@dataclass(frozen=True, slots=True)
class ReportForm:
    """What was typed, as it was typed, by field name. ``version``: of the report it was filled from, 0 for a new one.

    rows: how many persons there is room for, where the report names persons.
    """

    form_id: str
    version: int
    report_id: str
    kind: ReportKind
    typed: Mapping[str, str]
    rows: int = 3

    @classmethod
    def new(cls, kind: ReportKind, report_id: str | None = None, *, version: int = 0,
            typed: Mapping[str, str] | None = None) -> Self:  # fmt: skip
        """Give the form as it is opened: empty under an id of its own, or with what a report says."""
        return cls(str(uuid4()), version, report_id or str(uuid4()), kind, typed or {}, _rows_for(typed or {}))

    @classmethod
    def parse(cls, data: Mapping[str, Any], kind: ReportKind, report_id: str) -> Self:
        """Read what a browser sent."""
        typed = {name: _text(value) for name, value in data.items() if name not in _OWN}
        return cls(form_id_of(data), version_of(data), report_id, kind, typed, _rows_for(typed))

    @classmethod
    def kept(cls, stored: Mapping[str, Any], form_id: str | None = None) -> Self:
        """Restore a form from what ``as_stored`` made; without its id under a new one, to be a new command."""
        kind, typed = ReportKind(stored["kind"]), stored["typed"]
        return cls(form_id or str(uuid4()), stored["version"], stored["report_id"], kind, typed, _rows_for(typed))

    def as_stored(self) -> dict[str, Any]:
        """Give the form as JSON, to be kept until its outcome is known."""
        return {"version": self.version, "report_id": self.report_id, "kind": self.kind.value, "typed": self.typed}

    def on(self, version: int) -> ReportForm:
        """Give the same content to a newer version of the report."""
        return replace(self, version=version)

    def with_rows(self, most: int) -> ReportForm:
        """Give the same form with room for more persons."""
        return replace(self, rows=min(most, self.rows + 3))

    def value(self, name: str) -> str:
        """Give what was typed into a field."""
        return self.typed.get(name, "")

    def number(self, name: str, most: int) -> int | None:
        """Read a whole number from 0 to ``most``; None where it is none."""
        digits = re.sub(r"[\s\u00a0\u202f]", "", self.value(name))
        found = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 6 else None  # noqa: PLR2004
        return found if found is not None and found <= most else None

    def day(self, name: str) -> date | None:
        """Read a date, as a browser sends it or as Norwegians write it; None where it is none."""
        try:
            if found := _NORWEGIAN_DAY.fullmatch(self.value(name)):
                return date(int(found[3]), int(found[2]), int(found[1]))
            return date.fromisoformat(self.value(name))
        except ValueError:
            return None


def _rows_for(typed: Mapping[str, str]) -> int:
    """Give room for those who are named and one more, and for as many as the form had room for."""
    numbers = {int(found[1]): value for name, value in typed.items() if (found := _ROWS.fullmatch(name))}
    filled = max((number for number, value in numbers.items() if value), default=0)
    return min(20, max(3, filled + 1, max(numbers, default=0)))


def _text(value: object) -> str:
    return str(value or "").replace("\r\n", "\n").strip()[:LONGEST_TYPED]
