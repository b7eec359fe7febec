from __future__ import annotations

from structlog.testing import capture_logs

from chassis.running.alarms import REPEAT_SECONDS, Alarms
from chassis.running.exposition import alarm_family


def test_an_alarm_is_told_when_it_begins_while_it_lasts_and_when_it_is_over() -> None:
    """At first at once, then every few minutes with the newest figures, at last once; others are of no account."""
    now = 1000.0
    alarms = Alarms(monotonic=lambda: now)
    with capture_logs() as lines:
        alarms.tell("too many", on=False, rows=0)
        alarms.tell("too many", on=True, rows=1)
        now += REPEAT_SECONDS - 1
        alarms.tell("too many", on=True, rows=2)
        alarms.tell("too late", on=True)
        assert alarms.lasting == {"too many": {"rows": 2}, "too late": {}}
        now += 1
        alarms.tell("too many", on=True, rows=3)
        alarms.tell("too many", on=False, rows=0)
        alarms.tell("too many", on=False, rows=0)
        alarms.tell("too many", on=True, rows=4)
    told = [(line["log_level"], line["event"], line.get("alarm"), line.get("rows")) for line in lines]
    assert told == [
        ("error", "too many", None, 1),
        ("error", "too late", None, None),
        ("error", "too many", None, 3),
        ("info", "alarm is over", "too many", 0),
        ("error", "too many", None, 4),
    ]


def test_alarms_of_several_parts_are_one_figure() -> None:
    """One sample for each condition that lasts, whoever tells it; those that are over have none."""
    first, second = Alarms(), Alarms()
    first.tell("outbox is behind", on=True, rows=3)
    first.tell("clock is off", on=False)
    second.tell("audit is not sealed", on=True, rows=1)
    told = {sample.labels["alarm"]: sample.value for sample in alarm_family([first, second]).samples}
    assert told == {"outbox is behind": 1, "audit is not sealed": 1}
