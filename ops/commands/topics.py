"""``fordeling topics``: the topics on the broker."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.commands.options import DataDir
from ops.errors import UserError
from ops.stack import topics
from ops.stack.environment import KAFKA
from ops.stack.opening import variables

app = typer.Typer(no_args_is_help=True, help="Make the topics of the registry.")


@app.callback()
def _topics() -> None:
    """Make the topics of the registry."""


@app.command()
def create(
    data_dir: DataDir = None,
    replication_factor: Annotated[
        int,
        typer.Option(
            min=-1,
            help="Copies of each new partition; 0: three, or as many as there are brokers; -1: as the brokers say.",
        ),
    ] = topics.BY_BROKERS,
) -> None:
    """Make the topics that are missing and set the configuration of those that differ."""
    bootstrap = variables(data_dir).get(KAFKA)
    if not bootstrap:
        raise UserError(f"{KAFKA} is not set: name the broker, or start a stack with 'fordeling up'.")
    topics.check_reachable(bootstrap)
    outcome = topics.create(bootstrap, replication_factor=replication_factor)
    typer.echo(f"Created {len(outcome.created)}, changed the configuration of {len(outcome.reconfigured)}.")
    for name in outcome.misfits:
        typer.echo(f"{name} has another number of partitions than the registry says: left as it is.", err=True)
    for name in outcome.thin:
        typer.echo(f"{name} has fewer copies than the brokers could hold: have it reassigned.", err=True)
