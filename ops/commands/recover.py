"""``fordeling recover``: after a disaster."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from ops.commands.options import AsJson, DataDir, a_time
from ops.recover.database import restore
from ops.recover.kafka import prepare
from ops.stack.opening import variables

app = typer.Typer(no_args_is_help=True, help="After a disaster: a database restored from a backup, or Kafka lost.")

_SHOWN = 20


@app.callback()
def _recover() -> None:
    """After a disaster: a database restored from a backup, or Kafka lost. The steps: docs/runbooks/disaster.md."""


@app.command()
def database(
    service: Annotated[str, typer.Argument(help="Whose database was restored from a backup.")],
    data_dir: DataDir = None,
    since: Annotated[
        str | None, typer.Option(help="Read the topics from then on: some minutes before the backup was begun.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Read again what a restored database has lost, with its epoch raised; the service must be stopped.

    Then start the service, and let 'fordeling reconcile --repair' have the last word. Without --since all is read that
    the topics hold, which is safe and takes longer. May be done again.

    fordeling recover database distribution --since 2026-11-26T08:00:00+01:00
    """
    with Console(stderr=True).status(f"Reading again what {service} has lost"):
        done = restore(variables(data_dir), service, a_time(since, "--since"))
    if as_json:
        typer.echo(json.dumps(asdict(done), indent=2))
        return
    typer.echo(
        f"{service}: epoch {done.epoch}, {done.records} messages read again, {done.handled} of them missing, "
        f"{done.parked} parked; {done.seconds:.1f} s"
    )
    for line in done.differs[:_SHOWN]:
        typer.echo(f"  others were told otherwise: {line}")
    if len(done.differs) > _SHOWN:
        typer.echo(f"  and {len(done.differs) - _SHOWN} more: --json names them all")
    typer.echo(f"Start {service} now, then: fordeling reconcile --repair")


@app.command()
def kafka(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Make the topics of a Kafka that has lost them; services and gateway must be stopped.

    Then start them: each sends again what it had sent, and tells its state anew. Let 'fordeling reconcile --repair'
    have the last word, and ask IMDi to publish again what it published since the times that are told. May be repeated.
    """
    with Console(stderr=True).status("Making Kafka ready"):
        done = prepare(variables(data_dir))
    if as_json:
        typer.echo(json.dumps(asdict(done), indent=2, default=datetime.isoformat))
        return
    typer.echo(f"{done.topics} topics made, {done.groups} consumer groups forgotten; {done.seconds:.1f} s")
    for topic, time in done.last_received.items():
        typer.echo(f"  the last message on {topic} was handled {time.isoformat() if time else 'never'}")
    typer.echo("Start the services and the gateway now, then: fordeling reconcile --repair")
