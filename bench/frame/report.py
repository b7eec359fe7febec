"""The table for people and the file for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.frame.bench import Bench
from bench.frame.figures import Line, number
from bench.frame.machine import machine, versions

STYLES = {"met": "green", "not met": "bold red"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a bench. failed: why it came to nothing, else empty."""

    bench: Bench
    lines: Sequence[Line]
    seconds: float
    failed: str = ""


def table(outcome: Outcome) -> Table:
    """Build a bench's table."""
    made = Table(title=f"{outcome.bench.name} ({outcome.seconds:.0f} s)", title_justify="left", caption_justify="left")
    made.caption = f"Floor: {outcome.bench.floor}"
    made.add_column("what", overflow="fold")
    for name in ("median", "lowest", "highest", "repeats"):
        made.add_column(name, justify="right", no_wrap=True)
    made.add_column("unit", no_wrap=True)
    made.add_column("goal", justify="right", no_wrap=True)
    made.add_column("", no_wrap=True)
    for line in outcome.lines:
        values = (line.median, min(line.values), max(line.values))
        goal = "" if line.goal is None else str(line.goal)
        verdict = line.verdict
        made.add_row(
            line.what, *(number(value) for value in values), str(len(line.values)), line.unit, goal, verdict,
            style=STYLES.get(verdict, ""),
        )  # fmt: skip
    return made


def show(outcomes: Sequence[Outcome], console: Console, scale: float) -> None:
    """Print all tables, and at the end how many goals are met."""
    for outcome in outcomes:
        if outcome.failed:
            console.print(f"{outcome.bench.name} came to nothing: {outcome.failed}", style="bold red")
        else:
            console.print(table(outcome))
    verdicts = [line.verdict for outcome in outcomes for line in outcome.lines]
    told = ", ".join(f"{verdicts.count(one)} {one}" for one in ("met", "not met", "too small to tell"))
    size = "" if scale >= 1 else f" A run at scale {scale:g}: ratios are rougher than in a full one."
    console.print(f"Goals: {told}.{size}")


def document(outcomes: Sequence[Outcome], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Write everything for the file."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": dict(parameters),
        "machine": machine(),
        "versions": versions(),
        "benches": {
            outcome.bench.name: {
                "floor": outcome.bench.floor,
                "seconds": round(outcome.seconds, 1),
                "failed": outcome.failed or None,
                "lines": [line.document() for line in outcome.lines],
            }
            for outcome in outcomes
        },
    }


def write(found: Mapping[str, Any], file: Path) -> None:
    """Write the file, folder included."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
