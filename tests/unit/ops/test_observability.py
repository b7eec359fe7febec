"""Alerts and dashboards ask for what there is, and each alert says what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.paths import ROOT

FOLDER = ROOT / "deploy" / "observability"
DASHBOARDS = sorted(FOLDER.glob("dashboard-*.json"))
OF_PROMETHEUS = {"job", "instance", "le", "alertname"}
COLUMNS = 24
DASHBOARD = {"uid": str, "title": str, "tags": list, "timezone": str, "time": dict, "templating": dict, "panels": list}
PANEL = dict.fromkeys(("datasource", "fieldConfig", "gridPos"), dict) | {
    "id": int,
    "type": str,
    "title": str,
    "targets": list,
}
TARGET = {"refId": str, "expr": str, "legendFormat": str}
NAME = re.compile(r"\bfordeling_\w+")
ROW = re.compile(r"^\| `(fordeling_\w+)` \| (\w+) \|(?: \w+ \|)? ([\w, ]*)\| [^|]+\|$", re.MULTILINE)


@cache
def documented() -> dict[str, set[str]]:
    """Give each metric's labels, by the names of its series."""
    found: dict[str, set[str]] = {}
    for name, kind, labels in ROW.findall((ROOT / "docs" / "metrics.md").read_text()):
        series = [name + end for end in ("_bucket", "_sum", "_count")] if kind == "histogram" else [name]
        found |= {each: {one.strip() for one in labels.split(",") if one.strip()} for each in series}
    return found


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str, str]]:
    """Give each question: whose it is, the question, and the text that shows its labels."""
    for rule in rules():
        yield rule["alert"], rule["expr"], rule["annotations"]["summary"].replace("$labels.", "")
    for dashboard in DASHBOARDS:
        for panel in json.loads(dashboard.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{dashboard.name}: {panel['title']}", target["expr"], target["legendFormat"]


def test_every_metric_that_is_asked_for_is_told() -> None:
    """A metric that was renamed would leave an alert silent for ever."""
    asked = [(whose, name) for whose, expression, _ in expressions() for name in NAME.findall(expression)]
    assert len(asked) > 40
    assert [(whose, name) for whose, name in asked if name not in documented()] == []


def test_every_label_that_is_shown_or_grouped_by_is_one_of_its_metric() -> None:
    """Else the figure comes without its name."""
    for whose, expression, text in expressions():
        grouped = {one.strip() for group in re.findall(r"\bby \(([^)]*)\)", expression) for one in group.split(",")}
        matched = set(re.findall(r"[{,]\s*(\w+)=", expression))
        shown = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", text))
        known = OF_PROMETHEUS.union(*(documented()[name] for name in NAME.findall(expression)))
        assert grouped | matched | shown <= known, whose


def test_every_metric_of_ours_is_on_a_dashboard() -> None:
    """What is told and never looked at need not be told."""
    seen = {name for dashboard in DASHBOARDS for name in NAME.findall(dashboard.read_text())}
    bare = {name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") for name in seen}
    left = {name for name in documented() if not name.endswith(("_bucket", "_sum", "_count"))} - bare
    assert left == {"fordeling_build_info", "fordeling_relay_leading", "fordeling_http_requests_in_progress"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    """Its runbook is there, with that heading; and how soon somebody must look."""
    assert rule["labels"]["severity"] in {"page", "ticket"}
    path, _, anchor = rule["annotations"]["runbook"].partition("#")
    text = (ROOT / path).read_text()
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    assert not anchor or anchor in headings


def test_each_alert_is_in_the_table_of_what_was_tried_once() -> None:
    """With its own runbook, and files that are there: whoever adds an alert says how it was tried, or was not."""
    text = (ROOT / "docs" / "runbooks" / "README.md").read_text()
    rows = re.findall(r"^\| (\w+) \| \[[\w ]+\]\(([^)]+)\) \|", text, re.MULTILINE)
    told = [(rule["alert"], rule["annotations"]["runbook"].removeprefix("docs/runbooks/")) for rule in rules()]
    assert sorted(rows) == sorted(told)
    named = re.findall(r"`([\w/]+\.py)`", text)
    assert [each for each in named if not (ROOT / "tests" / each).exists()] == []


def named_by(path: str, schema: Mapping[str, type | tuple[type, ...]], told: Mapping[str, Any]) -> list[str]:
    """Name what lacks, or is of another kind than Grafana takes it as."""
    return [f"{path}.{name}" for name, kind in schema.items() if not isinstance(told.get(name), kind)]


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.name)
def test_a_dashboard_has_what_grafana_asks_of_one(dashboard: Path) -> None:
    """Of version 39: what a dashboard, its panels and what they ask must have, and of which kind, as we know it."""
    told = json.loads(dashboard.read_text())
    wrong = named_by("dashboard", DASHBOARD, told) + named_by("time", {"from": str, "to": str}, told["time"])
    for panel in told["panels"]:
        at = f"panel {panel.get('id')}"
        wrong += named_by(at, PANEL, panel) + named_by(at, {"type": str, "uid": str}, panel["datasource"])
        wrong += named_by(at, {"x": int, "y": int, "w": int, "h": int}, panel["gridPos"])
        wrong += [at] * (panel["gridPos"]["x"] + panel["gridPos"]["w"] > COLUMNS)
        wrong += [one for target in panel["targets"] for one in named_by(at, TARGET, target)]
        wrong += [at] * (len({one["refId"] for one in panel["targets"]}) < len(panel["targets"]))
        wrong += named_by(at, {"defaults": dict, "overrides": list}, panel["fieldConfig"])
    assert (wrong, told["schemaVersion"]) == ([], 39)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.name)
def test_a_dashboard_can_be_imported(dashboard: Any) -> None:
    """It names no data source of one installation; no two panels lie on each other."""
    told = json.loads(dashboard.read_text())
    assert {panel["datasource"]["uid"] for panel in told["panels"]} == {"${source}"}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in told["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in told["panels"]}) == len(places)


def test_every_process_is_scraped_under_its_own_job() -> None:
    """Alerts tell services apart by it."""
    jobs = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())["scrape_configs"]
    names = {job["job_name"] for job in jobs}
    assert names == {
        f"fordeling-{name}" for name in ("distribution", "municipality", "notification", "letters", "gateway")
    }
