"""A report as text, HTML to print, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from html import escape
from zoneinfo import ZoneInfo

from gateway.exports.formulas import safe
from ops.audit.report import Entry
from ops.audit.words import BY_LANGUAGE, Language, Words

NORWAY = ZoneInfo("Europe/Oslo")
COLUMNS = ("when", "who", "organisation", "role", "what", "why", "outcome")

STYLE = (
    "body{font:11pt/1.5 sans-serif;margin:2rem}table{border-collapse:collapse}caption{text-align:left}"
    "th,td{border:1px solid;padding:.3rem .5rem;text-align:left;vertical-align:top}"
)


class Form(StrEnum):
    """How a report is written."""

    TEXT = "text"
    HTML = "html"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Report:
    """What is told. persons: as they were asked for; made: when."""

    persons: Sequence[str]
    entries: Sequence[Entry]
    made: datetime
    language: Language

    def written(self, form: Form) -> str:
        """Write it."""
        return _WRITERS[form](self)

    @property
    def words(self) -> Words:
        """The words of its language."""
        return BY_LANGUAGE[self.language]

    @property
    def about(self) -> str:
        """Whom it is about, and of when it is."""
        return self.words["about"].format(persons=", ".join(self.persons), made=_moment(self.made))

    @property
    def headings(self) -> list[str]:
        """The columns' headings."""
        return [self.words[column] for column in COLUMNS]

    @property
    def rows(self) -> list[list[str]]:
        """The entries in words."""
        return [self._row(entry) for entry in self.entries]

    def _row(self, entry: Entry) -> list[str]:
        words = self.words
        unknown = words["unknown"]
        why = words.get(entry.purpose or "", entry.purpose or "")
        if entry.words:
            why = f"{why}: {entry.words}"
        outcome = words["done"] if entry.kind == "command" else words["allowed"]
        if entry.refusal is not None:
            reason = words.get(f"{entry.refusal}-refused", words.get(entry.refusal, entry.refusal))
            outcome = words["refused"].format(why=reason)
        return [
            _moment(entry.at),
            entry.who or unknown,
            entry.organisation or unknown,
            words.get(entry.role or "", unknown),
            words.get(entry.what, words["request"] if entry.kind == "refusal" else entry.what),
            why,
            outcome,
        ]


def _moment(time: datetime) -> str:
    return time.astimezone(NORWAY).strftime("%d.%m.%Y %H:%M:%S")


def _text(report: Report) -> str:
    lines = [report.words["title"], report.about, "", report.words["explained"], ""]
    for row in report.rows:
        lines += [f"{heading}: {value}" for heading, value in zip(report.headings, row, strict=True) if value] + [""]
    if not report.entries:
        lines.append(report.words["nobody"])
    return "\n".join(lines).rstrip() + "\n"


def _html(report: Report) -> str:
    words = report.words
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in report.headings)
    body = "\n".join(
        "<tr>" + "".join(f'<td dir="auto">{escape(value)}</td>' for value in row) + "</tr>" for row in report.rows
    )
    about = f"<caption>{escape(report.about)}</caption>"
    table = f"<table>{about}<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
    shown = table if report.entries else f"<p>{escape(report.about)}</p><p>{escape(words['nobody'])}</p>"
    return (
        f'<!doctype html>\n<html lang="{report.language.value}"><head><meta charset="utf-8">'
        f"<title>{escape(words['title'])}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(words['title'])}</h1><p>{escape(words['explained'])}</p>\n{shown}\n</main></body></html>\n"
    )


def _csv(report: Report) -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(report.headings)
    writer.writerows([safe(value) for value in row] for row in report.rows)
    return "\ufeff" + file.getvalue()


def _json(report: Report) -> str:
    told = {
        "persons": list(report.persons),
        "made_at": report.made.isoformat(),
        "entries": [entry.document() for entry in report.entries],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


_WRITERS: Mapping[Form, Callable[[Report], str]] = {
    Form.TEXT: _text,
    Form.HTML: _html,
    Form.CSV: _csv,
    Form.JSON: _json,
}
