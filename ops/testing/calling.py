"""The command line called in processes forked from one that has loaded it: a call costs what it does.

Loading the parts of a command takes a second of processor time and more, and the tests call hundreds.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import NoReturn

from ops.paths import ROOT

LOADED = "ops.testing.loaded"


def call(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Call ``fordeling`` with nothing but this environment, from the root of the tree, and wait for its end."""
    with tempfile.TemporaryDirectory(prefix="fordeling-call-") as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = _forks().Process(target=_run, args=(tuple(arguments), dict(environment), str(out), str(err)))
        process.start()
        process.join()
        status = process.exitcode
        assert status is not None
        told = [file.read_text(encoding="utf-8") if file.exists() else "" for file in (out, err)]
    return subprocess.CompletedProcess(("fordeling", *arguments), status, *told)


@cache
def _forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([LOADED])
    return context


def _run(arguments: Sequence[str], environment: Mapping[str, str], out: str, err: str) -> NoReturn:
    from ops import cli  # noqa: PLC0415 - whoever calls needs none of it

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = ["fordeling", *arguments]
    sys.exit(cli.run())
