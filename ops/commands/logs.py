"""``fordeling logs``: what a process wrote."""

from __future__ import annotations

import os
import time
from collections import deque
from pathlib import Path
from typing import Annotated

import typer

from ops.commands.options import DataDir
from ops.errors import UserError
from ops.stack.opening import known

PAUSE_SECONDS = 0.2


def logs(
    service: Annotated[str, typer.Argument(help="A process, e.g. distribution or kafka.")],
    data_dir: DataDir = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")] = 200,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written from now on.")] = False,
) -> None:
    """Print the log of one process."""
    layout = known(data_dir).layout
    log = layout.log(service)
    if not log.exists():
        there = ", ".join(sorted(file.stem for file in layout.logs.glob("*.log")))
        raise UserError(f"There is no log of '{service}': choose among {there or 'none yet'}.")
    with log.open(encoding="utf-8", errors="replace") as file:
        for line in deque(file, maxlen=lines):
            typer.echo(line, nl=False)
        at = file.tell()
    if follow:
        _follow(log, at)


def _follow(log: Path, at: int) -> None:
    """Print what is added from ``at`` on; a log that was rotated is begun anew. Ends by Ctrl-C."""
    file = log.open(encoding="utf-8", errors="replace")
    file.seek(at)
    try:
        while True:
            text = file.read()
            if text:
                typer.echo(text, nl=False)
                continue
            time.sleep(PAUSE_SECONDS)
            if log.exists() and log.stat().st_ino != os.fstat(file.fileno()).st_ino:
                file.close()
                file = log.open(encoding="utf-8", errors="replace")
    except KeyboardInterrupt:
        return
    finally:
        file.close()
