"""Figures that must fit each other, though they stand in different places."""

from __future__ import annotations

from datetime import timedelta

from chassis.running.housekeeping import HORIZON, KEEP
from contracts.topics import GATEWAY, SERVICES, TOPICS, Kind

BY_SEQUENCE = (Kind.EVENTS, Kind.STATE, Kind.ANSWERS)
"""Kinds whose repeats are known by the last sequence of each subject, which is kept for good."""


def test_message_ids_are_kept_for_longer_than_a_record_can_come_again() -> None:
    """Of every topic whose repeats are known by id: its retention, a whole segment more, and what somebody brings."""
    read = [topic for topic in TOPICS if topic.kind not in BY_SEQUENCE and {*topic.consumers} & {*SERVICES, GATEWAY}]
    assert len(read) >= 2 * len(SERVICES)
    for topic in read:
        longest = sum(int(topic.config[name]) for name in ("retention.ms", "segment.ms"))
        assert timedelta(milliseconds=longest) + HORIZON < KEEP, topic.name
