"""What ``fordeling doctor`` says of what it found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ops.doctor.databases import erasure
from ops.doctor.findings import State

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
