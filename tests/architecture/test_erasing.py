"""That what is erased from a state topic can be said to be gone after a day: docs/decisions/0036-erased-by-bytes.md."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.republishing.republish import StateSource, records_of
from chassis.settings import Settings
from contracts.topics import DAY_MS, TOPICS, Kind
from services.distribution.adapters.republishing import ListStates
from services.letters.adapters.republishing import LetterStates
from services.municipality.adapters.report_republishing import ReportStates
from services.municipality.adapters.republishing import MunicipalityStates, RegisterStates
from services.notification.adapters.republishing import NoticeStates

STATES = [topic for topic in TOPICS if topic.kind is Kind.STATE]
SOURCES: Sequence[StateSource] = (
    ListStates(), LetterStates(), ReportStates(), MunicipalityStates(), RegisterStates(), NoticeStates(),
)  # fmt: skip


def test_every_state_topic_has_an_owner_that_closes_its_segments() -> None:
    """A compacted topic that no service tells states on would keep what was erased."""
    assert set(records_of(SOURCES)) == {topic.name for topic in STATES}


def test_segments_are_closed_and_compacted_within_a_day() -> None:
    """A record at least as often as segments grow old; closed and compacted in time; a reader may be away for long."""
    every = Settings(kafka_bootstrap_servers="-", database_url="-").roll_every * 1000
    for topic in STATES:
        config = {name: int(value) for name, value in topic.config.items() if value.isdigit()}
        assert every <= config["segment.ms"]
        assert config["segment.ms"] + every <= config["max.compaction.lag.ms"] <= DAY_MS
        assert config["delete.retention.ms"] >= 14 * DAY_MS
