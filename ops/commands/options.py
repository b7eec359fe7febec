"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the stack; .data in this tree by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]

# Of parked messages.
Service = Annotated[str | None, typer.Option(help="Only of this service, or of the gateway.")]
Reader = Annotated[str | None, typer.Option(help="Only of this reader (consumer group).")]
Subject = Annotated[str | None, typer.Option(help="Only of this subject.")]
Most = Annotated[int, typer.Option(min=1, help="Most to show of each service.")]
As = Annotated[str | None, typer.Option("--as", help="Who you are, where this machine's user does not tell.")]
Why = Annotated[str | None, typer.Option(help="Why, in at least 10 characters. It is kept: name no person.")]
