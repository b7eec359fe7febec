"""Days are Norway's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.distribution.domain.calendar import day_in_oslo, default_deadline, is_late


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_norway(moment: datetime, day: date) -> None:
    """One hour before midnight UTC in winter, two in summer."""
    assert day_in_oslo(moment) == day


def test_a_deadline_is_the_end_of_its_day() -> None:
    """The last second of the day is in time, midnight is late."""
    deadline = date(2026, 12, 1)
    assert not is_late(datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC), deadline)
    assert is_late(datetime(2026, 12, 1, 23, 0, tzinfo=UTC), deadline)


def test_a_list_without_deadline_has_a_week() -> None:
    """Counted from the day it was received in Norway."""
    assert default_deadline(datetime(2026, 11, 24, 23, 30, tzinfo=UTC)) == date(2026, 12, 2)
