"""A real Prometheus beside a stack, told of it as deploy/observability says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from ops.embedded.ports import free_ports
from ops.embedded.waiting import wait_until
from ops.paths import ROOT
from ops.stack.programs import PROGRAMS
from ops.testing.stacks import RunningStack

FOLDER = ROOT / "deploy" / "observability"
SECONDS = 60.0
EVERY = "1s"
"""How often it looks: more often than in earnest, so that tests need not wait."""


@dataclass(frozen=True)
class Prometheus:
    """One that runs."""

    url: str

    def ask(self, path: str, **values: str) -> Any:
        """Ask its API; gives ``data``. Fails where it says that it could not answer."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=values, timeout=SECONDS).json()
        assert answer["status"] == "success", (values, answer.get("error"))
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Evaluate a query now; gives its series."""
        return list(self.ask("query", query=expression)["result"])

    def rules(self) -> list[dict[str, Any]]:
        """Tell all rules, with how their last evaluation went."""
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def alerts(self) -> dict[str, list[dict[str, Any]]]:
        """Tell what each alert that fires is about, by its name."""
        return {rule["name"]: rule["alerts"] for rule in self.rules() if rule["state"] == "firing"}


@contextmanager
def prometheus(stack: RunningStack, folder: Path) -> Iterator[Prometheus]:
    """Keep one that scrapes the stack for as long as the block lasts; skip the test where it is not installed."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed: apt install prometheus")
    configuration = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
    configuration["global"] = {"scrape_interval": EVERY, "evaluation_interval": EVERY}
    configuration["rule_files"] = [str(FOLDER / name) for name in configuration["rule_files"]]
    by_job = {f"fordeling-{each.name}": stack.environment[each.ports[0]] for each in PROGRAMS}
    for job in configuration["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{by_job[job['job_name']]}"]}]
    told = folder / "prometheus.yaml"
    told.write_text(yaml.safe_dump(configuration))
    [port] = free_ports(1)
    url = f"127.0.0.1:{port}"
    options = (f"--config.file={told}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={url}")
    with (folder / "prometheus.log").open("w") as log, subprocess.Popen([program, *options], stderr=log) as process:
        try:
            assert wait_until(lambda: _ready(url), SECONDS), (folder / "prometheus.log").read_text()
            yield Prometheus(f"http://{url}")
        finally:
            process.terminate()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"http://{url}/-/ready", timeout=1).is_success
    except httpx.HTTPError:
        return False
