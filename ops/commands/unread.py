"""Telling which databases could not be read, where the others were."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from rich.console import Console
from rich.markup import escape

from ops.dead_letters.places import DatabaseError


def tell_unread(problems: Sequence[DatabaseError]) -> None:
    """Tell each in one line, and end with their exit status; do nothing where there are none."""
    for problem in problems:
        Console(stderr=True).print(f"[bold red]fordeling:[/] {escape(str(problem))}", highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(DatabaseError.exit_status)
