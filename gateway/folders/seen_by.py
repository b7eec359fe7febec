"""Who of a municipality's own has looked at a person who is placed there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from contracts.codes import Role
from gateway.folders.looks import Channel, Part, Purpose
from gateway.readmodel.reader import Reader

MOST = 200
"""Looks that a page shows, the latest first."""

# A policy leaves out whom the municipality does not know: who tried without a right to it, and what was refused.
SEEN_BY = """
SELECT coalesce(jsonb_agg(to_jsonb(one) ORDER BY look_id DESC), '[]') AS looks
FROM (
    SELECT look_id, at, part, user_id, display_name, role, channel, purpose, purpose_text FROM gateway.look
    WHERE list_id = $1 AND running_number = $2 AND municipality_id = $3 AND allowed AND role IS NOT NULL
    ORDER BY look_id DESC LIMIT $4
) AS one
"""


@dataclass(frozen=True, slots=True)
class Look:
    """One look that was allowed. ``purpose_text``: the viewer's own words, where *Annet* was chosen."""

    at: datetime
    by: str
    role: Role
    part: Part
    channel: Channel
    purpose: Purpose
    purpose_text: str | None

    @classmethod
    def read(cls, row: dict[str, Any]) -> Self:
        """Read a row."""
        return cls(
            datetime.fromisoformat(row["at"]),
            row["display_name"],
            Role(row["role"]),
            Part(row["part"]),
            Channel(row["channel"]),
            Purpose(row["purpose"]),
            row["purpose_text"],
        )


@dataclass(frozen=True, slots=True)
class SeenBy:
    """The latest looks, and whether there are more."""

    looks: tuple[Look, ...]
    more: bool


async def find_seen_by(reader: Reader, municipality_id: str, list_id: str, running_number: int) -> SeenBy:
    """Find the looks at a person, the latest first."""
    row = await reader.row(municipality_id, SEEN_BY, list_id, running_number, municipality_id, MOST + 1)
    assert row is not None, "an aggregate has a row"
    found = [Look.read(one) for one in row["looks"]]
    return SeenBy(tuple(found[:MOST]), len(found) > MOST)
