"""``fordeling migrate``: bring the databases forward."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ops.commands.options import AsJson, DataDir
from ops.errors import UserError
from ops.stack import databases
from ops.stack.opening import variables
from ops.stack.programs import PROGRAMS


def migrate(
    services: Annotated[list[str] | None, typer.Argument(help="Only these; all by default.")] = None,
    data_dir: DataDir = None,
    *,
    before_deploy: Annotated[
        bool, typer.Option("--before-deploy", help="Only what the release that runs now can live with.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Apply the migrations that a database lacks. Several may start at once: one does it.

    To upgrade without an outage: fordeling migrate --before-deploy, deploy the new release, then fordeling migrate.

    [bold]Examples[/]

    fordeling migrate

    fordeling migrate letters --before-deploy --json
    """
    names = [program.name for program in PROGRAMS]
    unknown = set(services or ()) - set(names)
    if unknown:
        raise UserError(f"There is no {', '.join(sorted(unknown))}: choose among {', '.join(names)}.")
    chosen = [program for program in PROGRAMS if not services or program.name in services]
    done = databases.migrate(chosen, variables(data_dir), before_deploy=before_deploy)
    if as_json:
        typer.echo(json.dumps(done, indent=2))
        return
    for name, applied in done.items():
        typer.echo(f"{name}: {', '.join(applied) if applied else 'nothing to do'}")
