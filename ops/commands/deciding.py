"""What the commands share by which operations decide: a table of what waits, an order with its reason, its outcome."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chassis.storage.orders import DONE
from ops.dead_letters import people
from ops.dead_letters.tables import age
from ops.decisions import Kind, Order, carry_out, find
from ops.errors import UserError
from ops.stack.opening import variables
from ops.topics import acts

NOT_DONE, NO_ANSWER = 1, 4

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="As the list tells them.")]
Wait = Annotated[float, typer.Option(min=1, help="Longest to wait for the service, in seconds.")]


def show(kind: Kind, data_dir: Path | None, *, columns: Mapping[str, str], as_json: bool) -> None:
    """List what waits for a decision. columns: heading → member; a time is told as an age."""
    found = asyncio.run(find(kind, variables(data_dir)))
    if as_json:
        told = [{name: _value(value) for name, value in row.items()} for row in found]
        typer.echo(json.dumps(told, indent=2))
    elif not found:
        typer.echo("None.")
    else:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in columns:
            table.add_column(heading, no_wrap=heading == "id")
        for row in found:
            table.add_row(*(_text(row[member]) for member in columns.values()))
        Console().print(table)


def decide(order: Order, data_dir: Path | None, targets: Sequence[str], done: str, *, as_json: bool = False) -> None:
    """Have the service do it, and tell what came of each. Exit status 1 where one was not done, 4 without an answer."""
    given = variables(data_dir)
    warrant = acts.Warrant(order.by, order.reason)
    acts.keep(given, acts.Act.DECIDED, order.service, warrant, {"action": order.action, "ids": list(targets)})
    outcomes = asyncio.run(carry_out(order, given, targets))
    if as_json:
        typer.echo(json.dumps(outcomes, indent=2))
    for target, outcome in () if as_json else outcomes.items():
        typer.echo(f"{target}: {done if outcome == DONE else outcome or 'no answer yet'}")
    if None in outcomes.values():
        typer.echo(
            f"{order.service} has not answered: is it running (fordeling status)? It is done when it runs.", err=True
        )
        raise typer.Exit(NO_ANSWER)
    if any(outcome != DONE for outcome in outcomes.values()):
        raise typer.Exit(NOT_DONE)


def ordered(service: str, action: str, why: str | None, name: str | None, wait: float) -> Order:
    """Check what is to be kept of a decision. Raises UserError."""
    if why is None:
        raise UserError("--why is missing: what is decided is kept with its reason.")
    return Order(service, action, people.operator(name), people.reason(why, "--why"), wait)


def _text(value: Any) -> str:  # noqa: ANN401  a column's
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return age(value) if isinstance(value, datetime) else str(value)


def _value(value: Any) -> Any:  # noqa: ANN401  a column's
    return value.isoformat() if isinstance(value, datetime) else value
