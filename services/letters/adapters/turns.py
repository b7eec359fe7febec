"""Municipalities take turns: who has one letter to be made, or sent, does not wait for another's ten thousand.

Every letter gets a turn, and letters are claimed in the order of their turns. The first of a municipality that has
none waiting gets the turn that is up, the least of those that nobody has claimed yet; each further one the turn after
the municipality's last. So in every turn there is about one letter of each, whoever came first and with how many.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Line(NamedTuple):
    """A table in which letters wait for their turn: its name, and the stage in which they do."""

    table: str
    stage: str


TO_BE_MADE: Final = Line("letter_queue", "ready")
TO_BE_SENT: Final = Line("letter_dispatch", "to_send")


def next_turn(line: Line, municipality: str) -> str:
    """Write the SQL of a municipality's next turn. ``municipality``: a column, or the like. All are our own names."""
    waiting = f"FROM {line.table} AS line WHERE line.stage = '{line.stage}' AND line.claims = 0"
    return f"""greatest(
        (SELECT coalesce(min(line.turn), 0) {waiting}),
        (SELECT coalesce(max(line.turn) + 1, 0) {waiting} AND line.municipality_id = {municipality})
    )"""
