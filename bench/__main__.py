"""Run benches: `python -m bench --help`."""

from __future__ import annotations

import asyncio
import importlib
import logging
import signal
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.frame.bench import Bench, Options
from bench.frame.report import Outcome, document, show, write
from chassis.errors import where
from ops.errors import UserError
from ops.paths import ROOT

MODULES = {
    name: f"bench.{name}"
    for name in ("relay", "consume", "pipeline", "letters", "gateway", "cost", "tracing", "growth")
}
APART = frozenset({"tracing", "growth"})
"""Not among those that run where none is named: they take long by themselves, and need two stacks and more at once."""
Names = Annotated[
    list[str] | None,
    typer.Argument(help=f"Which of {', '.join(MODULES)}; all but {' and '.join(sorted(APART))} if none."),
]
Scale = Annotated[float, typer.Option(min=0.001, max=1, help="1 is the size that the goals are for.")]
Repeats = Annotated[int | None, typer.Option(min=1, help="Of each contestant; each bench has its own number.")]
File = Annotated[Path | None, typer.Option("--json", help="Where to write it all; .data/bench/<time>.json.")]
WIDTH = 150


def found(name: str) -> Bench:
    """Find a bench. Raises UserError where there is none of that name."""
    if name not in MODULES:
        raise UserError(f"There is no bench {name}: choose among {', '.join(MODULES)}.")
    bench = importlib.import_module(MODULES[name]).BENCH
    assert isinstance(bench, Bench)
    return bench


def run(bench: Bench, scale: float, repeats: int | None, console: Console) -> Outcome:
    """Run a bench in a folder of its own. One that fails is told of, and the others go on."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"fordeling-bench-{bench.name}-") as folder:
        options = Options(
            Path(folder), scale, repeats, lambda what: console.print(f"{bench.name}: {what}", style="dim")
        )
        try:
            lines = asyncio.run(bench.run(options))
        except (Exception, SystemExit) as error:  # noqa: BLE001  whatever it is, the others are measured
            return Outcome(bench, [], time.monotonic() - begun, f"{type(error).__name__}: {error} ({where(error)})")
    return Outcome(bench, lines, time.monotonic() - begun)


def _tell(console: Console, name: str, what: str) -> None:
    console.print(f"{name}: {what}", style="dim", highlight=False)


def main(
    names: Names = None,
    scale: Scale = 1.0,
    repeats: Repeats = None,
    file: File = None,
) -> None:
    """Measure the system against bare floors, alternating, and say which goals are met.

    Examples: python -m bench relay consume; python -m bench --scale 0.05; python -m bench growth --repeats 3
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what it started is ended with it
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of every new topic's first moments
    console, told = Console(stderr=True), Console(width=None if Console().is_terminal else WIDTH)
    try:
        chosen = [found(name) for name in names or [name for name in MODULES if name not in APART]]
    except UserError as error:
        console.print(str(error), highlight=False)
        raise typer.Exit(2) from None
    outcomes = [run(bench, scale, repeats, console) for bench in chosen]
    show(outcomes, told, scale)
    file = file or ROOT / ".data" / "bench" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    write(document(outcomes, {"scale": scale, "repeats": repeats}), file)
    told.print(f"Written to {file}")
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
