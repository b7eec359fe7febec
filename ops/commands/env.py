"""``fordeling env``: what the processes of a stack are told."""

from __future__ import annotations

import shlex

import typer

from ops.commands.options import DataDir
from ops.stack.environment import saved_environment
from ops.stack.opening import known


def env(data_dir: DataDir = None) -> None:
    """Print the stack's variables, passwords included, to reach it by hand.

    Example: eval "$(fordeling env)"; psql "$DISTRIBUTION_DATABASE_URL"; kcat -b "$KAFKA_BOOTSTRAP_SERVERS" -L
    """
    for name, value in sorted(saved_environment(known(data_dir).layout).items()):
        typer.echo(f"export {name}={shlex.quote(value)}")
