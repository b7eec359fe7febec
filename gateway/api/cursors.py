"""Cursors: a position in a feed as text that a client hands back unread."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from gateway.api.problems import FieldFault, ProblemError
from gateway.readmodel.feeds import Position

T = TypeVar("T")

LONGEST = 200
YEARS = range(2000, 2101)


def write(position: Position) -> str:
    """Write a position."""
    text = f"{position.at.isoformat()} {position.identity}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read(cursor: str | None) -> Position | None:
    """Read a position back. Raises ProblemError."""
    if cursor is None:
        return None
    found = _position(cursor) if len(cursor) <= LONGEST else None
    if found is None:
        fault = FieldFault(parameter="cursor", code="invalid", detail="is not a cursor of this API")
        raise ProblemError("invalid-cursor", errors=[fault])
    return found


def _position(cursor: str) -> Position | None:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        at, _, identity = text.partition(" ")
        moment = datetime.fromisoformat(at)
    except (ValueError, binascii.Error):
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
