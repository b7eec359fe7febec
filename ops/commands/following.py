"""Following a bulk in the terminal: how far it has come, and how it ended."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ops import broker
from ops.bulk import Tally
from ops.dead_letters.masking import printable

SHOWN = 50
PLAIN_EVERY = 5.0
"""Seconds between two lines of progress where nobody looks at a terminal."""


def follow(tally: Tally, records: Iterator[broker.Seen | None], patience: float) -> None:
    """Show how the tally grows, on standard error, until all is heard of or there is no news for that many seconds."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn(),
    )  # fmt: skip
    news, told = time.monotonic(), time.monotonic()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(_words(tally), total=tally.expected)
        for seen in records:
            if seen is not None and tally.note(seen):
                news = time.monotonic()
            if tally.waiting == 0 or time.monotonic() > news + patience:
                break
            if seen is None or time.monotonic() > told + 0.2:
                progress.update(task, completed=tally.heard, description=_words(tally))
            if not console.is_terminal and time.monotonic() > told + PLAIN_EVERY:
                console.print(_words(tally))
                told = time.monotonic()


def tell(tally: Tally, *, as_json: bool) -> None:
    """Write how it ended; exit code 1 where something was rejected, or nothing was heard of something."""
    if as_json:
        typer.echo(json.dumps(tally.document(), ensure_ascii=False))
    else:
        _tell(tally)
    if tally.rejected or tally.waiting:
        raise typer.Exit(1)


def _tell(tally: Tally) -> None:
    typer.echo(f"Bulk {tally.bulk}: {_words(tally)}.")
    if tally.waiting:
        typer.echo(
            "  Without a word: what waits (for the register of municipalities, or the list that it replaces), what is"
            " being handled, and what was here already as it is."
            f" Look again: fordeling bulk {tally.bulk} --expect {tally.expected}"
        )
    if tally.rejected:
        counts = ", ".join(f"{count} × {printable(code)}" for code, count in tally.reasons.items())
        typer.echo(f"Rejected, by reason: {counts}")
    for one in list(tally.rejected.values())[:SHOWN]:
        typer.echo(f"  {printable(one.subject)}  municipality {printable(one.municipality_number or '?')}")
        for path, code, text in one.errors[:SHOWN]:
            typer.echo(f"    {printable(path) or 'message'}: {printable(text)} [{printable(code)}]")
    if (more := len(tally.rejected) - SHOWN) > 0:
        typer.echo(f"  … and {more} more; all of them with --json")


def _words(tally: Tally) -> str:
    said = f"{len(tally.accepted)} accepted, {len(tally.rejected)} rejected"
    return said if tally.waiting is None else f"{said}, {tally.waiting} without a word of {tally.expected}"
