"""What a running stack tells Prometheus is what its documentation says."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

from ops.paths import ROOT
from ops.stack.programs import PROGRAMS
from ops.testing.stacks import RunningStack

ONLY_AFTER_AN_ERROR = {"fordeling_http_requests_error_total"}


def documented() -> set[str]:
    return set(re.findall(r"^\| `(fordeling_\w+)` \|", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE))


def told(stack: RunningStack) -> Mapping[str, str]:
    """Give each process's answer, by the name of the process."""
    found = {}
    for program in PROGRAMS:
        answer = httpx.get(program.metrics_url(stack.environment), timeout=20)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        found[program.name] = answer.text
    return found


def names(text: str) -> set[str]:
    """Name the families as the documentation does: a counter with its ending."""
    families = text_string_to_metric_families(text)
    return {each.name + ("_total" if each.type == "counter" else "") for each in families}


def test_the_documentation_names_what_is_told(stack: RunningStack) -> None:
    """No name is missing there, and none is told that is not there."""
    httpx.get(stack.url, timeout=20)
    ours = {name for text in told(stack).values() for name in names(text) if name.startswith("fordeling_")}
    assert documented() - ONLY_AFTER_AN_ERROR <= ours
    assert ours <= documented()


def test_every_process_reads_and_tells_how_far_it_is(stack: RunningStack) -> None:
    """Each has its database, its readers' lag and what it did with messages."""
    for name, text in told(stack).items():
        samples = {one.name for each in text_string_to_metric_families(text) for one in each.samples}
        assert "fordeling_consumer_lag_records" in samples, name
        assert f'fordeling_build_info{{service="{name}"' in text
        assert "fordeling_database_up 1.0" in text, name


def test_requests_are_told_by_route_and_never_by_what_was_asked_for(stack: RunningStack) -> None:
    """No id of a municipality or a list becomes a label."""
    httpx.get(f"{stack.url}/kommune/k-0301/bosetting/fordelinger/FL-2026-123456", timeout=20)
    httpx.get(f"{stack.url}/finnes-ikke/FL-2026-123456", timeout=20)
    text = told(stack)["gateway"]
    assert 'path="/kommune/{municipality_id}/bosetting/fordelinger/{list_id}"' in text
    assert "FL-2026-123456" not in text
    assert "k-0301" not in text
