"""Tell IMDi of requests that no resolution has answered in time."""

from __future__ import annotations

from datetime import date, datetime

from services.municipality.use_cases.ports import Ledgers

AT_ONCE = 50
"""Years a call: all municipalities' requests are due on the same day, and nobody is to wait behind them."""


async def pass_deadlines(ledgers: Ledgers, *, today: date, now: datetime) -> int:
    """Tell each due date that passed without a resolution, once, some at a time; returns how many were found.

    ``today``: the day in Norway; a request is due until the end of its day. After a stop of days each is told once.
    """
    found = await ledgers.unanswered(today, AT_ONCE)
    for year_id in found:
        year = await ledgers.year(year_id)
        assert year is not None, "it has just been found"
        changed, events = year.pass_deadline(today, now)
        await ledgers.save(changed, events)
    return len(found)
