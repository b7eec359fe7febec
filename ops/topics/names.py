"""What an operator writes for a topic or a moment, understood or refused in one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from contracts.topics import BY_NAME
from ops.errors import UserError

_AGO = re.compile(r"([0-9]{1,6})(s|m|h|d)")
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def topic(text: str, known: Collection[str] = BY_NAME.keys()) -> str:
    """Read a topic's name, with or without its version. Raises UserError naming the nearest one."""
    found = [name for name in known if name == text or name.rpartition(".v")[0] == text]
    if len(found) == 1 or text in found:
        return text if text in found else found[0]
    near = difflib.get_close_matches(text, [*known, *(name.rpartition(".v")[0] for name in known)], 1, 0.5)
    raise UserError(f"There is no topic '{text}'{f': {near[0]}?' if near else ''} (fordeling topics list)")


def moment(text: str | None, option: str, now: datetime | None = None) -> datetime | None:
    """Read a time: ``2026-11-26T08:00:00+01:00``, or ``90s``, ``15m``, ``2h``, ``3d`` ago. Raises UserError."""
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        return (now or datetime.now(UTC)) - timedelta(**{_UNIT[ago[2]]: int(ago[1])})
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"{option}: '{text}' is no time as 2026-11-26T08:00:00+01:00, nor as 15m, 2h, 3d ago."
        ) from None
    if time.tzinfo is None:
        raise UserError(f"{option}: the time needs its offset from UTC, as +01:00.")
    return time
