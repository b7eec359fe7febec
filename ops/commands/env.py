"""``fordeling env``: what the processes of a stack are told."""

from __future__ import annotations

import json
import shlex

import typer

from ops.commands.options import AsJson, DataDir
from ops.stack.environment import saved_environment
from ops.stack.opening import known


def env(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Print the stack's variables, passwords included, to reach it by hand.

    Example: eval "$(fordeling env)"; psql "$DISTRIBUTION_DATABASE_URL"; kcat -b "$KAFKA_BOOTSTRAP_SERVERS" -L
    """
    found = sorted(saved_environment(known(data_dir).layout).items())
    if as_json:
        typer.echo(json.dumps(dict(found), indent=2))
        return
    for name, value in found:
        typer.echo(f"export {name}={shlex.quote(value)}")
