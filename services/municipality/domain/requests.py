"""When IMDi's yearly request is sent back: every problem at once, by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.municipality.domain.ledger import YEARS_AHEAD


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: the field's path, a code for programs, a sentence for people; never the value itself."""

    path: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RequestFields:
    """What could be read of a request; None: missing or of a wrong form, which its shape's own problem says."""

    key: str | None
    municipality_number: str | None
    year: int | None
    answer_by: date | None


def problems(fields: RequestFields, *, known: bool, today: date, successor: str | None = None) -> list[Problem]:
    """Problems of what could be read, in the order of the fields.

    known: the number is in the register today. successor: the number of what its municipality has merged into.
    """
    return list(_problems(fields, known=known, today=today, successor=successor))


def _problems(fields: RequestFields, *, known: bool, today: date, successor: str | None) -> Iterator[Problem]:
    number, year, answer_by = fields.municipality_number, fields.year, fields.answer_by
    if number is not None and successor is not None:
        words = f"This municipality has merged: its successor's number is {successor}."
        yield Problem("municipality_number", "municipality-merged", words)
    elif number is not None and not known:
        yield Problem("municipality_number", "unknown-municipality", "No municipality has this number today.")
    if number is not None and fields.key != number:
        yield Problem("municipality_number", "key-contradicts", "The record's key is another municipality number.")
    if year is not None and not today.year <= year <= today.year + YEARS_AHEAD:
        latest = today.year + YEARS_AHEAD
        yield Problem("year", "year-out-of-range", f"The year must be from {today.year} to {latest}.")
    if answer_by is not None and answer_by < today:
        yield Problem("answer_by", "date-past", "The answer-by date has passed.")
