"""Days as people type them."""

from __future__ import annotations

import re
from datetime import date

_NORWEGIAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def read_day(text: str) -> date | None:
    """Read a day as a browser sends it or as Norwegians write it (``28.01.2026``); None where it is none."""
    try:
        if found := _NORWEGIAN_DAY.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_day(text: str) -> bool:
    """Whether it is a day as a browser's own field for days writes it; such a field shows nothing else."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
