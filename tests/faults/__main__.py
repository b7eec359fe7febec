"""``python -m tests.faults``: see the README beside this file."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from ops.errors import UserError
from tests.faults.fault import Fault
from tests.faults.faults import BY_NAME, FAULTS
from tests.faults.report import document, show
from tests.faults.run import Run, pair
from tests.faults.trial import Result

BROKEN, WRONG_USE = 1, 2


def main(arguments: Sequence[str]) -> int:
    """Inject faults and report. Returns 1 where a promise was broken, 2 where nothing could be tried."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    given = _parser().parse_args(arguments)
    if given.list:
        for fault in FAULTS:
            print(f"{fault.name:40} {'core ' if fault.core else '     '} {fault.stage:10} {fault.says}")  # noqa: T201
        return 0
    began = time.monotonic()
    results: list[Result] = []
    with ExitStack() as exits:
        folder = given.folder or Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="fordeling-faults-")))
        run = Run(given.seed, folder, lambda words: console.print(words, style="dim", highlight=False))
        try:
            for result in run.results(_chosen(given)):
                results.append(result)
                _tell(console, result)
        except UserError as error:
            print(f"faults: {error}", file=sys.stderr)  # noqa: T201
            return WRONG_USE
    show(console, results)
    if given.json is not None:
        told = document(results, given.seed, time.monotonic() - began)
        given.json.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(result.holds for result in results) else BROKEN


def _chosen(given: argparse.Namespace) -> Sequence[Fault]:
    if given.pair:
        return [pair(*(BY_NAME[name] for name in given.pair))]
    if given.only:
        return [BY_NAME[name] for name in given.only]
    return [fault for fault in FAULTS if fault.core or given.set == "full"]


def _tell(console: Console, result: Result) -> None:
    words = "[green]✓ every promise held[/]" if result.holds else "[red]✗ a promise was broken[/]"
    console.print(f"         {words} ({result.total_seconds:.0f} s)")
    for finding in result.findings:
        console.print(f"         {finding}", markup=False, highlight=False, soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Break a stack, and see what it keeps.")
    parser.add_argument("--set", choices=("core", "full"), default="full", help="which faults (default: full)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws up the same lists and moments")
    names = sorted(BY_NAME)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names, help="these faults alone")
    parser.add_argument("--pair", nargs=2, metavar="NAME", choices=names, help="two faults at once")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and every finding there too")
    parser.add_argument("--folder", type=Path, help="keep stacks, logs and ledgers there (default: a temporary one)")
    parser.add_argument("--list", action="store_true", help="list the faults and end")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
