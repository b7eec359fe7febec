"""Taking a stream in larger parts."""

from __future__ import annotations

from chassis.gathering import AT_ONCE, EVERY, Gathering


class Seconds:
    """A count that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_comes_alone_or_a_few_times_in_a_row_is_never_waited_for() -> None:
    """Nobody who does one thing after the other waits for others to do more."""
    seconds = Seconds()
    gathering = Gathering(seconds)
    for _ in range(AT_ONCE - 1):
        gathering.took()
        assert gathering.wait == 0
    seconds.now += AT_ONCE * EVERY
    for _ in range(AT_ONCE - 1):
        gathering.took()
    assert gathering.wait == 0


def test_a_stream_is_taken_no_more_often_than_that() -> None:
    """Once the first takings are used up, each further one waits until its time has come."""
    seconds = Seconds()
    gathering = Gathering(seconds)
    takings = 0
    while seconds.now < 100 * EVERY:
        seconds.now += gathering.wait
        gathering.took()
        takings += 1
        seconds.now += EVERY / 10
    assert takings <= 100 + AT_ONCE + 1
    assert 0 < gathering.wait <= EVERY
