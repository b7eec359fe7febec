"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the stack; .data in this tree by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
