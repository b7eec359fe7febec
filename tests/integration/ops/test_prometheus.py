"""Rules and dashboards by a real Prometheus, over a running stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from ops.embedded.waiting import wait_until
from ops.testing.stacks import RunningStack
from tests.integration.ops.prometheus import FOLDER, SECONDS, Prometheus, prometheus

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def watching(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Have a Prometheus that has seen every process twice, so that rates have something to go by."""
    with prometheus(stack, tmp_path_factory.mktemp("prometheus")) as one:
        for _ in range(3):
            httpx.get(stack.url, timeout=SECONDS)
        assert wait_until(lambda: len(one.query("count_over_time(up[1m]) > 3 and up == 1")) == 5, SECONDS)
        yield one


def test_every_process_is_scraped_and_every_rule_evaluated(watching: Prometheus) -> None:
    """Without an error, on what a running stack tells; and a stack that is well is told to be so."""
    assert {each["metric"]["job"] for each in watching.query("up == 1")} == {
        f"fordeling-{name}" for name in ("distribution", "municipality", "notification", "letters", "gateway")
    }
    assert wait_until(lambda: all(rule["health"] != "unknown" for rule in watching.rules()), SECONDS)
    assert [(rule["name"], rule.get("lastError")) for rule in watching.rules() if rule["health"] != "ok"] == []
    assert {"ProcessAway", "NobodySends", "OutboxBehind"}.isdisjoint(watching.alerts())


def test_an_alert_fires_and_ends(watching: Prometheus, stack: RunningStack) -> None:
    """With what it is about and its runbook, as soon as a service tells its cause; and no longer than that lasts."""
    with psycopg.connect(stack.environment["LETTERS_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO outbox_aside (id, topic, key, subject, headers, created_at, error)"
            " VALUES (0, 'topic', 'key', 'subject', '{}', now(), 'TestError')"
        )
        try:
            assert wait_until(lambda: "RowsAside" in watching.alerts(), SECONDS)
            [alert] = watching.alerts()["RowsAside"]
            assert alert["labels"]["job"] == "fordeling-letters"
            assert alert["annotations"] == {
                "summary": "Kafka has refused 1 record(s) of fordeling-letters",
                "runbook": "docs/runbooks/dead-letters.md",
            }
        finally:
            connection.execute("DELETE FROM outbox_aside WHERE id = 0")
    assert wait_until(lambda: "RowsAside" not in watching.alerts(), SECONDS)


@pytest.mark.parametrize("dashboard", sorted(FOLDER.glob("dashboard-*.json")), ids=lambda path: path.stem)
def test_every_panel_is_evaluated(watching: Prometheus, dashboard: Path) -> None:
    """Without an error; that what they ask for exists is held by unit/ops/test_observability.py."""
    for panel in json.loads(dashboard.read_text())["panels"]:
        for target in panel["targets"]:
            watching.query(target["expr"])
