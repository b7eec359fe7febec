"""The whole stack: every service and the gateway over real parts."""

from __future__ import annotations

import os
import signal
import urllib.request

import psycopg
import pytest

from ops.embedded.waiting import wait_until
from ops.testing.stacks import RunningStack

LIMIT_BYTES = int(1.75 * 2**30)
BUSY_SECONDS = 60


def test_everything_is_ready(stack: RunningStack) -> None:
    """After a start every process of the table is ready, none was restarted, and the pages answer."""
    processes = stack.status()["processes"]
    assert [process["name"] for process in processes] == [
        "distribution",
        "municipality",
        "notification",
        "letters",
        "gateway",
        "kafka",
        "postgres",
        "oidc",
        "mail",
        "svarut",
    ]
    assert wait_until(lambda: set(stack.healths().values()) == {"ready"}, BUSY_SECONDS), stack.healths()
    with urllib.request.urlopen(stack.url) as page:
        assert page.status == 200


def test_an_idle_stack_is_small(stack: RunningStack) -> None:
    """The idle stack takes less than 1.75 GiB of memory in all."""
    assert 0 < stack.status()["memory_bytes"] < LIMIT_BYTES


@pytest.mark.heavy
def test_a_killed_service_comes_back(stack: RunningStack) -> None:
    """A service that is killed is started again and becomes ready; the others are left alone."""
    before = {process["name"]: process["pid"] for process in stack.status()["processes"]}
    os.kill(before["notification"], signal.SIGKILL)
    assert wait_until(lambda: stack.process("notification")["restarts"] >= 1, BUSY_SECONDS)
    assert wait_until(lambda: stack.process("notification")["health"] == "ready", BUSY_SECONDS)
    after = {process["name"]: process["pid"] for process in stack.status()["processes"]}
    assert {name for name in before if before[name] != after[name]} == {"notification"}


@pytest.mark.heavy
def test_a_row_that_stands_aside_shows_in_the_status(stack: RunningStack) -> None:
    """What lasts and somebody should look at is told beside the processes, until it is over."""
    with psycopg.connect(stack.environment["LETTERS_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO outbox_aside (id, topic, key, subject, headers, created_at, error)"
            " VALUES (0, 'topic', 'key', 'subject', '{}', now(), 'TestError')"
        )
        try:
            expected = {"letters": {"rows stand aside": {"rows": 1}}}
            assert wait_until(lambda: stack.status()["alarms"] == expected, BUSY_SECONDS)
        finally:
            connection.execute("DELETE FROM outbox_aside WHERE id = 0")
    assert wait_until(lambda: stack.status()["alarms"] == {}, BUSY_SECONDS)
