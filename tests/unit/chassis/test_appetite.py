"""How many records a reader takes at once."""

from __future__ import annotations

from chassis.reading.appetite import FIRST, LEAST, Appetite


def test_a_batch_is_what_is_likely_to_be_handled_in_its_time() -> None:
    """Slow handling makes batches small, fast handling large, and neither beyond its bounds."""
    appetite = Appetite()
    assert appetite.within(0.25, 500) == FIRST
    appetite.note(20, 0.1)
    assert appetite.within(0.25, 500) == 50
    for _ in range(20):
        appetite.note(500, 0.01)
    assert appetite.within(0.25, 500) == 500
    for _ in range(20):
        appetite.note(10, 10)
    assert appetite.within(0.25, 500) == LEAST


def test_a_single_record_is_taken_where_no_more_may_be() -> None:
    """The bound holds before anything is known too."""
    assert Appetite().within(0.25, 1) == 1


def test_a_transaction_takes_what_is_likely_to_be_handled_in_its_own_time() -> None:
    """People wait behind no transaction that is longer than it is meant to be, however many records a batch has."""
    appetite = Appetite()
    for _ in range(20):
        appetite.note(100, 0.1)
    assert appetite.within(0.1, 500) == 100
    assert appetite.within(0.1, 60) == 60
