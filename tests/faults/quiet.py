"""Waiting until all is quiet: nothing to be sent, read, made or handed over any more, anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from confluent_kafka import KafkaException

from ops.stack.environment import DATABASES
from tests.faults import topics
from tests.faults.machine import SERVICES
from tests.faults.stage import Stage

LONGEST_SECONDS = 150.0
LOOK_SECONDS = 0.3

# What is still to be done, service by service. Rows behind one that was put aside wait for a human, as it does.
UNSENT = """
SELECT count(*) AS count FROM outbox
WHERE (topic, subject) NOT IN (SELECT topic, subject FROM outbox_aside)
"""
PASSING = "SELECT count(*) AS count FROM dead_letter WHERE passing"
UNDER_WAY = {
    "notification": "SELECT count(*) AS count FROM mail WHERE ended_at IS NULL",
    "letters": """
        SELECT (SELECT count(*) FROM letter_queue WHERE stage = 'ready')
             + (SELECT count(*) FROM letter_dispatch WHERE stage = 'to_send') AS count
    """,
    "distribution": "SELECT count(*) AS count FROM waiting_original",
}


@dataclass(frozen=True, slots=True)
class Quiet:
    """How it became quiet. seconds: since it was asked for. left: what still moved when the time was up."""

    seconds: float
    left: tuple[str, ...]


def until_quiet(stage: Stage, seconds: float = LONGEST_SECONDS, also: Callable[[], str | None] = lambda: None) -> Quiet:
    """Wait until nothing is under way, twice in a row. ``also``: says what else is under way; None for nothing."""
    began = time.monotonic()
    calm = 0
    while True:
        left = moving(stage)
        if (more := also()) is not None:
            left.append(more)
        calm = 0 if left else calm + 1
        waited = time.monotonic() - began
        if calm > 1:
            return Quiet(waited, ())
        if waited > seconds:
            return Quiet(waited, tuple(left))
        time.sleep(LOOK_SECONDS)


def moving(stage: Stage) -> list[str]:
    """Tell what is under way just now, in words."""
    found = [f"{process} is not ready" for process in SERVICES if not stage.ready(process)]
    if found:
        return found
    try:
        for service in SERVICES:
            found += _counted(stage, service)
        if not found:
            groups = topics.behind(stage.bootstrap, lambda name: name.partition(".")[0] in SERVICES)
            found += [f"{name} has {count} records before it" for name, count in groups.items()]
            found += [f"{place} has an open transaction" for place in topics.open_transactions(stage.bootstrap)]
    except (psycopg.Error, KafkaException) as error:
        found.append(f"cannot be told yet ({type(error).__name__})")
    return found


def _counted(stage: Stage, service: str) -> list[str]:
    found = []
    with stage.connect(service) as connection:
        for what, statement in (
            ("unsent", UNSENT),
            ("to be tried again", PASSING),
            ("under way", UNDER_WAY.get(service)),
        ):
            if statement is None or (what != "under way" and not _has_outbox(connection)):
                continue
            row = connection.execute(statement.encode()).fetchone()
            if row and row["count"]:
                found.append(f"{service}: {row['count']} {what}")
    return found


def _has_outbox(connection: psycopg.Connection[dict[str, object]]) -> bool:
    row = connection.execute("SELECT to_regclass('outbox') IS NOT NULL AS there").fetchone()
    return bool(row and row["there"])


assert {one.variable.removesuffix("_DATABASE_URL").lower() for one in DATABASES if one.owner} == set(SERVICES)
