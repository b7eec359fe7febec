"""``fordeling rebuild``: the gateway's read model, anew."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from ops import broker
from ops.address import bootstrap_servers
from ops.commands.options import AsJson, DataDir
from ops.dead_letters import places
from ops.errors import UserError
from ops.paths import ROOT
from ops.stack.opening import variables


def rebuild(
    data_dir: DataDir = None,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Without progress.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build what the pages read anew from the state topics, beside the live one, and swap the two in one transaction.

    Pages answer all the while. It may be stopped and begun again at any time; a second one is refused. Where the
    topics themselves are wrong: fordeling reconcile --repair. Beside the gateway, without this command:
    python -m gateway rebuild.

    Exit status 0 when it is done, 1 when it is not, 2 when Kafka or its database does not answer: then the live one is
    as it was.
    """
    given = variables(data_dir)
    broker.check(bootstrap_servers(data_dir))
    asyncio.run(_reach_database(given))
    command = [sys.executable, "-m", "gateway", "rebuild"]
    with (
        Console(stderr=True, quiet=quiet).status("Rebuilding") as status,
        subprocess.Popen(
            command,
            env={**os.environ, **given},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        rebuilt = None
        for line in process.stdout:
            said = json.loads(line) if line.startswith("{") else {}
            rebuilt = said.get("rebuilt", rebuilt)
            if "lag" in said:
                status.update(f"Rebuilding: {said['done']} of {said['total']} records, {said['lag']} to go")
        told = process.stderr.read().strip().splitlines()
    if process.returncode != 0 or rebuilt is None:
        raise UserError(told[-1].removeprefix("gateway: ") if told else "the rebuild ended without a word")
    if as_json:
        typer.echo(json.dumps(rebuilt))
    else:
        typer.echo(
            f"Rebuilt from {rebuilt['records']} records in {rebuilt['seconds']:.1f} s; "
            f"what is new waited {rebuilt['held_still']:.2f} s, pages did not."
        )


async def _reach_database(given: Mapping[str, str]) -> None:
    """Raise DatabaseError where it does not answer: the process that rebuilds would say it in many lines."""
    async with places.database("gateway", given):
        pass
