"""``fordeling outbox``: what could not be sent."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from chassis.storage import operators, outbox
from chassis.storage.operators import Action, Queue, What
from chassis.storage.outbox import Aside
from ops.commands.options import As, AsJson, DataDir, Service
from ops.commands.unread import tell_unread
from ops.dead_letters import documents, people, places, tables
from ops.dead_letters.places import DatabaseError, Label
from ops.errors import UserError
from ops.stack.opening import variables
from ops.topics import acts

app = typer.Typer(no_args_is_help=True, help="What the services could not send.")
aside = typer.Typer(
    no_args_is_help=True,
    help="Rows that Kafka refuses for good: too large, or not authorised. Later rows of the same topic and subject "
    "wait for them. What is done is kept: fordeling dead-letters history. Exit status: 0 done, 1 it cannot be done, "
    "2 a database cannot be read or the command is wrongly written.",
)
app.add_typer(aside, name="aside")

Identity = Annotated[str, typer.Argument(metavar="ID", help="Such as distribution:12.")]
Reason = Annotated[str, typer.Option(help="Why, in at least 10 characters. It is kept: name no person.")]


@app.callback()
def _outbox() -> None:
    """Tell of what the services could not send."""


@aside.command("list")
def listing(data_dir: DataDir = None, service: Service = None, *, as_json: AsJson = False) -> None:
    """List the rows put aside, of all services. Shows no content.

    Example: fordeling outbox aside list --service distribution
    """
    found: dict[str, list[Aside]] = {}
    away: list[DatabaseError] = []
    given = variables(data_dir)
    for name in places.services(service):
        try:
            found[name] = asyncio.run(_rows(name, given))
        except DatabaseError as error:
            away.append(error)
    if as_json:
        typer.echo(documents.as_json([documents.aside(name, row) for name, rows in found.items() for row in rows]))
    elif any(found.values()):
        Console().print(tables.aside(found))
    elif found:
        typer.echo("Nothing is aside.")
    tell_unread(away)


@aside.command()
def release(
    identity: Identity, data_dir: DataDir = None, reason: Reason = "", name: As = None, *, as_json: AsJson = False
) -> None:
    """Have a row sent after all, before those that wait for it: once Kafka takes it, or it comes back here.

    Example: fordeling outbox aside release distribution:12 --reason "the broker's ACL is mended, case 1234"
    """
    label = _act(identity, data_dir, Action.RELEASED, reason, name)
    if as_json:
        typer.echo(documents.as_json({"released": str(label)}))
        return
    typer.echo(f"{label} is to be sent again. If Kafka refuses it still, it is back in: fordeling outbox aside list")


@aside.command()
def discard(
    identity: Identity, data_dir: DataDir = None, reason: Reason = "", name: As = None, *, as_json: AsJson = False
) -> None:
    """Give a row up for good: nobody will ever read it. Those behind it are sent then.

    Example: fordeling outbox aside discard distribution:12 --reason "told anew in two parts, case 1234"
    """
    label = _act(identity, data_dir, Action.DISCARDED, reason, name)
    if as_json:
        typer.echo(documents.as_json({"discarded": str(label)}))
        return
    typer.echo(f"{label} is discarded; what waited for it is sent.")


def _act(identity: str, data_dir: DataDir, action: Action, reason: str, name: str | None) -> Label:
    label, by, why = places.label(identity), people.operator(name), people.reason(reason, "--reason")
    given, kept = variables(data_dir), acts.Act.RELEASED if action is Action.RELEASED else acts.Act.DISCARDED
    acts.keep(given, kept, f"outbox {label}", acts.Warrant(by, why))
    asyncio.run(_do(label, given, action, by, why))
    return label


async def _rows(service: str, given: dict[str, str]) -> list[Aside]:
    async with places.database(service, given) as connection:
        return await outbox.aside(connection)


async def _do(label: Label, given: dict[str, str], action: Action, by: str, why: str) -> None:
    change = outbox.release_aside if action is Action.RELEASED else outbox.discard_aside
    async with places.database(label.service, given) as connection, connection.transaction():
        rows = {row.id: row for row in await outbox.aside(connection)}
        if label.id not in rows or not await change(connection, label.id):
            raise UserError(f"There is no row {label} aside: it was released or discarded, or never was.")
        row = rows[label.id]
        what = What(Queue.OUTBOX_ASIDE, row.id, row.topic, row.subject, row.message_id)
        await operators.record(connection, what, action, by=by, reason=why)
