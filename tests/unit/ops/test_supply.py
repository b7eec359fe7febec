"""What the system is made of, and what is known against it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ops.paths import ROOT
from ops.supply import sbom
from ops.supply.audit import ask, judge

WEAK = {"name": "weak", "version": "1.0", "vulns": [{"id": "PYSEC-2026-1"}]}
SOUND = {"name": "sound", "version": "2.0", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found"}


def test_all_that_is_locked_is_in_the_bill_of_materials() -> None:
    """Every Python package, npm package and jar, with its version and hashes, and nothing twice."""
    made = sbom.document()
    components = made["components"]
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    locked = re.findall(
        r"(?m)^([a-z0-9][^=\s\[]*)(?:\[[^\]]*\])?==(\S+)", (ROOT / "requirements" / "run.txt").read_text()
    )
    python = {(one["name"], one["version"]) for one in components if one["purl"].startswith("pkg:pypi/")}
    assert python == {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in locked}
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    npm = [one for one in components if one["purl"].startswith("pkg:npm/")]
    assert len(npm) == len(
        {
            (name.rpartition("node_modules/")[2], told.get("version"))
            for name, told in packages.items()
            if name and not told.get("dev")
        }
    )
    assert not any(one["name"] == "axe-core" for one in npm)
    assert any(one["purl"] == "pkg:maven/org.apache.kafka/kafka_2.13@4.4.0" for one in components)
    assert all(one["hashes"] for one in components)
    assert all(
        re.fullmatch("[0-9a-f]{64}|[0-9a-f]{128}", each["content"]) for one in components for each in one["hashes"]
    )
    references = [one["bom-ref"] for one in components]
    assert references == sorted(set(references))


def test_the_same_locks_give_the_same_document() -> None:
    """So that a difference of two is a difference of what is delivered."""
    assert sbom.document() == sbom.document()


@pytest.mark.parametrize(
    ("report", "status", "word"),
    [
        ({"dependencies": [SOUND, WEAK]}, 1, "weak 1.0: PYSEC-2026-1"),
        ({"dependencies": [SOUND]}, 0, "no known vulnerability in 1 packages"),
        ({"dependencies": [SOUND, UNKNOWN]}, 0, "1 it does not know"),
        ({"dependencies": [UNKNOWN, UNKNOWN]}, 0, "SKIPPED, not done: the service knows none of our 2 packages"),
        (None, 0, "SKIPPED, not done: the service of known vulnerabilities cannot be reached"),
    ],
)
def test_what_is_known_fails_and_what_cannot_be_asked_is_said(report: Any, status: int, word: str) -> None:
    """A service that knows nothing of us is no clean bill: pip-audit itself says "No known vulnerabilities found"."""
    verdict = judge(report)
    assert verdict.status == status
    assert word in verdict.text


def test_without_the_program_nothing_is_asked(tmp_path: Path) -> None:
    """Where it cannot be installed, or does not answer, there is no report, and no error either."""
    program = tmp_path / "bin" / "pip-audit"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    assert ask(tmp_path / "run.txt", tmp_path) is None
