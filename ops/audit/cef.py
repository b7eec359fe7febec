"""Rows of the audit as ArcSight's Common Event Format, version 0, for a SIEM: a line each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops.dead_letters.places import database

VENDOR, PRODUCT, VERSION = "Fordeling", "gateway", "1"
REFUSED, LOOK, OTHER = 6, 4, 3
"""Severities, of 0 to 10: nothing that was shown or done is an attack by itself."""

ROWS = """
SELECT * FROM gateway.audit
WHERE ($1::timestamptz IS NULL OR at >= $1) AND ($2::timestamptz IS NULL OR at < $2) ORDER BY audit_id
"""
NAMES = {
    "look": "Look at a person",
    "command": "Command of a user",
    "session": "Login or logout",
    "operation": "Act of an operator",
    "refusal": "Refused request",
}
CUSTOM = (
    ("cs1", "municipality", "municipality_id"),
    ("cs2", "subject", "subject"),
    ("cs3", "purpose", "purpose"),
    ("cs4", "channel", "channel"),
    ("cn1", "runningNumber", "running_number"),
)
"""Fields of ours: key, label, column."""


@dataclass(frozen=True, slots=True)
class Span:
    """Rows from ``since`` on and before ``until``; None: no bound."""

    since: datetime | None = None
    until: datetime | None = None


def export(given: Mapping[str, str], span: Span, write: Callable[[str], None]) -> int:
    """Hand each row's line to ``write``, in order; returns how many. Raises UserError."""
    return asyncio.run(_export(given, span, write))


async def _export(given: Mapping[str, str], span: Span, write: Callable[[str], None]) -> int:
    number = 0
    async with database("gateway", given) as connection, connection.transaction(readonly=True):
        async for row in connection.cursor(ROWS, span.since, span.until, prefetch=1000):
            write(line(dict(row)))
            number += 1
    return number


def line(row: Mapping[str, Any]) -> str:
    """Write a row: ids and codes, as it has them."""
    severity = REFUSED if row["refusal"] else LOOK if row["kind"] == "look" else OTHER
    head = (VENDOR, PRODUCT, VERSION, f"{row['kind']}:{row['what']}", NAMES[row["kind"]], str(severity))
    told: dict[str, Any] = {
        "rt": round(row["at"].timestamp() * 1000),
        "externalId": row["audit_id"],
        "act": row["what"],
        "suser": row["user_id"],
        "spriv": row["role"],
        "outcome": "failure" if row["refusal"] else "success",
        "reason": row["refusal"],
    }
    for key, label, column in CUSTOM:
        if row[column] is not None:
            told |= {f"{key}Label": label, key: row[column]}
    if row["details"]:
        told |= {"cs5Label": "details", "cs5": json.dumps(row["details"], ensure_ascii=False, sort_keys=True)}
    extension = " ".join(f"{key}={_value(value)}" for key, value in told.items() if value is not None)
    return f"CEF:0|{'|'.join(map(_head, head))}|{extension}"


def _head(text: str) -> str:
    """Escape what parts the head's fields; they are one line."""
    return " ".join(text.splitlines()).replace("\\", "\\\\").replace("|", "\\|")


def _value(value: object) -> str:
    r"""Escape what parts the extension's fields; a line break is ``\n``."""
    text = str(value).replace("\\", "\\\\").replace("=", "\\=")
    return "\\n".join(text.splitlines()) if text.splitlines() else text
