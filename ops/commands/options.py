"""Options that several commands have."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.errors import UserError

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the stack; .data in this tree by default.")]


def a_time(text: str | None, option: str) -> datetime | None:
    """Read an option that is a time. Raises UserError naming it."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{option}: {text} is no time as 2026-11-26T08:00:00+01:00.") from None
    if time.tzinfo is None:
        raise UserError(f"{option}: the time needs its offset from UTC, as +01:00.")
    return time


AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]

# Of parked messages.
Service = Annotated[str | None, typer.Option(help="Only of this service, or of the gateway.")]
Reader = Annotated[str | None, typer.Option(help="Only of this reader (consumer group).")]
Subject = Annotated[str | None, typer.Option(help="Only of this subject.")]
Most = Annotated[int, typer.Option(min=1, help="Most to show of each service.")]
As = Annotated[str | None, typer.Option("--as", help="Who you are, where this machine's user does not tell.")]
Why = Annotated[str | None, typer.Option(help="Why, in at least 10 characters. It is kept: name no person.")]
