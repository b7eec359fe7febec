"""Cursors: a position in a feed as text that a client hands back unread."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from gateway.api.problems import FieldFault, ProblemError
from gateway.pages import list_filter as places
from gateway.readmodel.feeds import Position
from gateway.readmodel.lists import Place, Sort

T = TypeVar("T")

LONGEST = 200
YEARS = range(2000, 2101)


def write(position: Position) -> str:
    """Write a position."""
    return _packed(f"{position.at.isoformat()} {position.identity}")


def read(cursor: str | None) -> Position | None:
    """Read a position back. Raises ProblemError."""
    return None if cursor is None else _known(_position(_unpacked(cursor)))


def write_place(sort: Sort, place: Place) -> str:
    """Write a place in the order of a sort."""
    return _packed(f"{sort.value} {places.write_place(place)}")


def read_place(sort: Sort, cursor: str | None) -> Place | None:
    """Read a place back, of this sort and no other. Raises ProblemError."""
    if cursor is None:
        return None
    of, _, text = _unpacked(cursor).partition(" ")
    return _known(places.read_place(text) if of == sort.value else None)


def _known(found: T | None) -> T:
    if found is None:
        fault = FieldFault(parameter="cursor", code="invalid", detail="is not a cursor of this API")
        raise ProblemError("invalid-cursor", errors=[fault])
    return found


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _unpacked(cursor: str) -> str:
    """Give the text of a cursor; nothing where it is none."""
    if len(cursor) > LONGEST:
        return ""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        return ""


def _position(text: str) -> Position | None:
    try:
        at, _, identity = text.partition(" ")
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    known = moment.tzinfo is not None and moment.year in YEARS and identity.isprintable() and identity
    return Position(moment, identity) if known else None


def page(
    found: Sequence[T], limit: int, path: str, query: dict[str, str], position: Callable[[T], Position]
) -> tuple[Sequence[T], str | None]:
    """Cut a page out of ``limit + 1`` rows, and give the address of the next; None at the end."""
    shown = found[:limit]
    if len(found) <= limit:
        return shown, None
    return shown, f"{path}?{urlencode({**query, 'limit': str(limit), 'cursor': write(position(shown[-1]))})}"
