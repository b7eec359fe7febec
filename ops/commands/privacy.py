"""``fordeling privacy``: what is still held about a person, counted store by store and never shown."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import asdict
from typing import Annotated

import typer

from ops.commands.options import AsJson, DataDir
from ops.errors import UserError
from ops.privacy.finding import find as look
from ops.stack.opening import variables

_PERSON = re.compile(r"([A-Z0-9][A-Z0-9-]{2,39})/([0-9]{1,4})")
STILL_HELD = 1

app = typer.Typer(
    no_args_is_help=True,
    help="What the stores still hold about a person. How to erase: docs/runbooks/erasure.md",
)


@app.callback()
def _privacy() -> None:
    """Tell what is still held about a person."""


@app.command()
def find(
    person: Annotated[str, typer.Argument(help="List and running number.", metavar="LIST/NUMBER")],
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Count, in every service's database and the gateway's, what is held about a person of a list; shows nothing of it.

    Topics forget by themselves: state within a day or two of its tombstone, the others by their retention
    (docs/privacy.md). Exit status: 0 nothing is held, 1 something is, 2 a database cannot be read.

    Example: fordeling privacy find FL-2026-000123/2 --json
    """
    named = _PERSON.fullmatch(person)
    if named is None:
        raise UserError(f"LIST/NUMBER: '{person}' names nobody; a person is like FL-2026-000123/2.")
    found = asyncio.run(look(named[1], int(named[2]), variables(data_dir)))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    else:
        for one in found:
            if one.rows:
                typer.echo(f"{one.store:13} {one.rows:5}  {one.what}")
        if not any(one.rows for one in found):
            typer.echo(f"Nothing is held about {person}.")
    if any(one.rows for one in found):
        raise typer.Exit(STILL_HELD)
