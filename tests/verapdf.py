"""veraPDF, the PDF Association's validator of PDF/A and PDF/UA: all files of a folder in one run."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.embedded import java
from ops.embedded.install import install_jars
from ops.embedded.jars import JarSet

JARS = JarSet("verapdf")
MAIN = "org.verapdf.apps.GreenfieldCliWrapper"
PATIENCE = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one file. ``kept``: standards it claims and keeps. ``broken``: what it breaks, rule by rule."""

    kept: frozenset[str]
    broken: tuple[str, ...]


def validate(folder: Path) -> dict[str, Verdict]:
    """Hold every PDF of a folder to all standards that it claims; by file name."""
    install_jars(JARS)
    files = sorted(str(path) for path in folder.glob("*.pdf"))
    options = ("-Xmx512m", "-XX:TieredStopAtLevel=1")
    command = java.command(JARS.class_path(), MAIN, "--flavour", "0", "--format", "json", *files, options=options)
    # It ends with 1 where a file breaks a rule; the report says which.
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if not done.stdout.startswith("{"):
        raise AssertionError(done.stderr[-2000:])
    jobs = json.loads(done.stdout)["report"]["jobs"]
    return {Path(job["itemDetails"]["name"]).name: _verdict(job) for job in jobs}


def _verdict(job: dict[str, Any]) -> Verdict:
    results = job.get("validationResult", [])
    kept = {result["profileName"].removesuffix(" validation profile") for result in results if result["compliant"]}
    broken = [
        f"{rule['specification']} {rule['clause']}-{rule['testNumber']}: {rule['description']}"
        for result in results
        for rule in result["details"]["ruleSummaries"]
    ]
    return Verdict(frozenset(kept), tuple(broken))
