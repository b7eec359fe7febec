"""``python -m tests.faults.figures FILE…``: what runs wrote with ``--json``, as the tables of docs/guarantees.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HEAD = ("fault", "sent", "applied", "lost", "doubled", "out of order", "stuck", "seconds to recover")


def table(run: Mapping[str, Any]) -> Iterator[str]:
    """Write one run: a line a fault. What a run found beside the columns is in its JSON."""
    yield f"| {' | '.join(HEAD)} |"
    yield f"|---|{'--:|' * (len(HEAD) - 1)}"
    for fault in run["faults"]:
        recovery = fault["seconds"]["recovery"]
        cells = (
            f"`{fault['name']}`: {fault['says']}",
            fault["sent"],
            fault["applied"],
            fault["lost"],
            fault["doubled"],
            fault["disorder"],
            fault["stuck"] + fault["silent"],
            "–" if recovery is None else f"{recovery:.1f}",
        )
        yield f"| {' | '.join(str(cell) for cell in cells)} |"


def summary(run: Mapping[str, Any]) -> str:
    """Write one run in a sentence."""
    faults = run["faults"]
    held = sum(fault["holds"] for fault in faults)
    sent = sum(fault["sent"] for fault in faults)
    return (
        f"Seed {run['seed']}: {held} of {len(faults)} faults kept every promise; {sent} messages and commands, "
        f"{run['seconds'] / 60:.0f} minutes on {run['machine']['cores']} cores."
    )


def main(files: Sequence[str]) -> int:
    """Print every run's sentence, and the first one's table."""
    runs = [json.loads(Path(file).read_text(encoding="utf-8")) for file in files]
    if not runs:
        print("usage: python -m tests.faults.figures FILE…", file=sys.stderr)  # noqa: T201
        return 2
    print("\n".join([*(f"- {summary(run)}" for run in runs), "", *table(runs[0])]))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
