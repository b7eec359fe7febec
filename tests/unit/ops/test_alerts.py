"""When each alert fires and when it does not, by Prometheus' own tool."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.paths import ROOT

FOLDER = ROOT / "deploy" / "observability"
RULES = FOLDER / "alerts.yaml"
TESTS = sorted((FOLDER / "alerts_tests").glob("*.yaml"))


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run it to its end; the test is skipped where it is not installed (.ci/run installs it)."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed: apt install prometheus")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)


def expected() -> dict[str, list[bool]]:
    """Give of each alert, by its name, whether it is expected to fire at each moment that a test looks at."""
    found: dict[str, list[bool]] = defaultdict(list)
    for file in TESTS:
        cases: list[dict[str, Any]] = yaml.safe_load(file.read_text())["tests"]
        for look in (look for case in cases for look in case["alert_rule_test"]):
            found[look["alertname"]].append(bool(look["exp_alerts"]))
    return found


def test_each_alert_is_tried_where_it_fires_and_where_it_does_not() -> None:
    """A new alert needs both, and no test is of an alert that is none: promtool takes that for one that is silent."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    assert {name: set(tried) for name, tried in expected().items()} == {name: {True, False} for name in alerts}


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_alerts_fire_when_they_should_and_not_when_they_should_not(file: Path) -> None:
    """By expression, labels, ``for`` and text, at the moments that the file tells."""
    done = promtool("test", "rules", file)
    assert done.returncode == 0, done.stderr


def test_prometheus_takes_the_rules_and_the_configuration() -> None:
    """Every rule and every scrape is read without a fault."""
    rules, configuration = promtool("check", "rules", RULES), promtool("check", "config", FOLDER / "prometheus.yaml")
    assert (rules.returncode, configuration.returncode) == (0, 0), rules.stderr + configuration.stderr
