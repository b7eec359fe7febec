"""``make audit``: whether a locked Python package has a known vulnerability, by pip-audit.

Where its service cannot be asked, or knows nothing of our packages, that is said plainly and nothing fails: no network
is needed to build. What it does find fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.paths import ROOT

PLACE = ROOT / ".venv" / "audit"
VERSION = "pip-audit==2.10.1"
"""In an environment of its own: it has as many dependencies as we have."""
SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. ``status``: what the command exits with."""

    status: int
    text: str


def judge(report: Mapping[str, Any] | None) -> Verdict:
    """Judge pip-audit's report (``-f json``); None: there is none."""
    if report is None:
        return Verdict(0, "audit: SKIPPED, not done: the service of known vulnerabilities cannot be reached from here")
    told = report["dependencies"]
    asked = [one for one in told if "skip_reason" not in one]
    found = [f"{one['name']} {one['version']}: {weak['id']}" for one in asked for weak in one["vulns"]]
    if found:
        return Verdict(1, "audit: known vulnerabilities:\n  " + "\n  ".join(found))
    if not asked:
        return Verdict(0, f"audit: SKIPPED, not done: the service knows none of our {len(told)} packages")
    left = f"; {len(told) - len(asked)} it does not know" if len(asked) < len(told) else ""
    return Verdict(0, f"audit: no known vulnerability in {len(asked)} packages{left}")


def ask(lock: Path, place: Path = PLACE) -> Mapping[str, Any] | None:
    """Have pip-audit ask about a lock file, from an environment at ``place``; None where it cannot."""
    program, out = place / "bin" / "pip-audit", place / "report.json"
    if not program.exists():
        _runs(sys.executable, "-m", "venv", place)
        _runs(place / "bin" / "pip", "install", "-q", VERSION)
    out.unlink(missing_ok=True)
    quiet = ("--disable-pip", "--require-hashes", "--progress-spinner", "off")
    _runs(program, "-r", lock, *quiet, "-f", "json", "-o", out)
    try:
        found: Mapping[str, Any] = json.loads(out.read_text())
    except (OSError, ValueError):
        return None
    return found


def _runs(*command: str | Path) -> None:
    """Run a program; whether it did its work is seen by what it has made."""
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(list(map(str, command)), check=False, capture_output=True, timeout=SECONDS)


if __name__ == "__main__":
    verdict = judge(ask(ROOT / "requirements" / "run.txt"))
    print(verdict.text)
    sys.exit(verdict.status)
