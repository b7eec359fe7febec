"""Explore a stack that is up, for as long as is wanted: ``python -m tests.exploring --minutes 20``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from ops.paths import ROOT
from ops.stack.environment import saved_environment
from ops.stack.layout import Layout
from tests.exploring.explorer import Explorer, Who

EXAMPLES = """
examples:
  python -m tests.exploring                                  # Oslo of the demonstration, ten minutes
  python -m tests.exploring --minutes 60 --seed 7
  python -m tests.exploring --only getYear --only registerResolution
"""


def main() -> int:
    """Run it; what it found is shown as it comes, and the return code tells whether there was anything."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.exploring",
        description="Schemathesis over /api/v1 of a stack that is up. It answers lists: not for data that matters.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".data", help="the stack's (default: .data)")
    parser.add_argument("--organisation", default="958935420", help="whose token (default: Oslo's)")
    parser.add_argument("--municipality", default="k-0301", help="its municipality's id (default: k-0301)")
    parser.add_argument("--minutes", type=int, default=10, help="how long (default: 10)")
    parser.add_argument("--seed", default=None, help="as a run before has told; else a new one")
    parser.add_argument("--only", action="append", default=[], metavar="OPERATION", help="an operation id; repeatable")
    chosen = parser.parse_args()
    environment = saved_environment(Layout(chosen.data_dir))
    url = environment["PUBLIC_URL"]
    options = ["--checks", "all", "--continue-on-failure", "--max-time", str(60 * chosen.minutes)]
    options += ["--seed", chosen.seed] if chosen.seed else []
    options += [part for one in chosen.only for part in ("--include-operation-id", one)]
    with tempfile.TemporaryDirectory(prefix="fordeling-exploring-") as folder:
        explorer = Explorer(url, environment["MASKINPORTEN_ISSUER"], chosen.municipality, Path(folder))
        done = explorer.explore(Who(chosen.organisation, f"{url}/api/v1"), *options)
    os.write(1, done.stdout.encode())
    os.write(2, done.stderr.encode())
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
