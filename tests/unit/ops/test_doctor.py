"""What ``fordeling doctor`` says of what it found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ops.doctor.databases import erasure
from ops.doctor.findings import State
from ops.doctor.kafka import groups
from ops.topics.lag import GroupLag, PartitionLag

LATE = ["public.letter"]
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("late", "up", "kept", "closed", "said"),
    [
        ([], 30 * DAY, False, True, None),
        (LATE, DAY, False, True, None),  # counters of a cluster that has just started
        (LATE, 3 * DAY, False, True, "public.letter"),
        ([], 3 * DAY, True, True, "written over"),
        ([], 3 * DAY, False, False, "written over"),
    ],
)
def test_files_that_keep_what_was_deleted_are_looked_at(
    late: list[str], up: timedelta, kept: bool, closed: bool, said: str | None
) -> None:
    """A table without a vacuum is named, a log that is kept too, each with what to do; else all is well."""
    found = erasure("letters", late, up=up, kept=kept, closed=closed)
    assert found.state is (State.WELL if said is None else State.LOOK)
    assert (said or "") in found.said
    assert bool(found.todo) is (said is not None)


def test_a_group_whose_process_has_left_it_is_told_with_what_waits() -> None:
    """One that tries the same for minutes is no member of its group: it may run, and what waits is no less for it."""
    waiting = PartitionLag("distribution.events.v1", 0, committed=0, end=4213, lag=4213, done_rate=0, new_rate=0)
    left = GroupLag("notification.distribution.events.v1", "empty", 0, [waiting])
    [readers, lag] = groups([left, GroupLag("letters.distribution.events.v1", "stable", 1, [])])
    assert (readers.state, lag.state) == (State.BAD, State.LOOK)
    assert "what it has tried for five minutes" in readers.todo
    assert lag.said == "notification.distribution.events.v1 4213 behind"
