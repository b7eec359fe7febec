"""How fast mails go: counted by a clock that only the test moves."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.notification.domain.throttle import AT_ONCE, FIRST_SLOWED, PEACE, SLOWEST, Throttle


def gone(throttle: Throttle, begin: float, seconds: float) -> int:
    """Count the mails that go from ``begin`` within so many seconds, each as soon as it may."""
    now, count = begin, 0
    while True:
        now += throttle.wait(now)
        if now >= begin + seconds - 1e-6:
            return count
        count += 1
        if count > 10_000:
            return count


@pytest.mark.parametrize("limit", [6.0, 60.0, 600.0])
def test_no_more_go_in_a_minute_than_were_agreed(limit: float) -> None:
    """As many as agreed and not one more, in the first minute and in one after a rest: a rest saves nothing up."""
    assert gone(Throttle(limit), 0.0, 60.0) == limit
    throttle = Throttle(limit)
    throttle.wait(0.0)
    assert gone(throttle, 3600.0, 60.0) == limit


def test_without_a_limit_none_waits() -> None:
    """They go as fast as they go, and any number is taken in hand."""
    throttle = Throttle(None)
    assert gone(throttle, 0.0, 1.0) > 10_000
    assert throttle.room(30.0, 0.0) is None


@pytest.mark.parametrize(("limit", "counts"), [(600.0, [100, 200]), (None, [40, 10_001])])
def test_a_wish_of_the_relay_halves_what_goes_and_a_while_of_peace_gives_it_back(
    limit: float | None, counts: list[int]
) -> None:
    """Counted over the twenty seconds after it, and over the next."""
    throttle = Throttle(limit)
    throttle.slow_down(0.0)
    assert [gone(throttle, 0.0, PEACE), gone(throttle, PEACE + 1, PEACE)] == counts


def test_wishes_at_once_are_one() -> None:
    """They come for all the mails that were under way; the next one that comes later halves it again."""
    throttle = Throttle(600.0)
    for _ in range(20):
        throttle.slow_down(100.0)
    assert throttle.allowed == 300.0
    throttle.slow_down(100.0 + AT_ONCE)
    assert throttle.allowed == 150.0


def test_what_is_taken_in_hand_follows_the_pace() -> None:
    """Half a minute of it; one at least."""
    throttle = Throttle(60.0)
    assert throttle.room(30.0, 0.0) == 30
    throttle.slow_down(0.0)
    assert throttle.room(30.0, 0.0) == 15
    assert Throttle(1.0).room(30.0, 0.0) == 1


@given(st.lists(st.floats(0, 600), max_size=30), st.sampled_from([None, 6.0, 90.0, 1200.0]))
def test_however_often_it_is_asked_for_it_never_stops_and_comes_back(pauses: list[float], limit: float | None) -> None:
    """Never below the slowest, never above the limit; after a quarter of an hour of peace it is as it was."""
    throttle, now = Throttle(limit), 0.0
    for pause in pauses:
        now += pause
        throttle.slow_down(now)
        assert throttle.allowed is not None
        assert min(SLOWEST, limit or SLOWEST) <= throttle.allowed <= (limit or FIRST_SLOWED)
    throttle.wait(now + 900.0)
    assert throttle.allowed == limit
