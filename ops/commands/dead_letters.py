"""``fordeling dead-letters``: messages that failed and wait, with those behind them."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from chassis.reading import dead_letters
from chassis.reading.dead_letters import DeadLetter
from chassis.reading.subscriptions import Record
from chassis.redriving import redrive_requests
from chassis.storage import operators
from chassis.storage.operators import Action, Done, Queue, What
from ops.commands.options import As, AsJson, DataDir, Most, Reader, Service, Subject, Why
from ops.commands.redrive import redrive
from ops.commands.unread import tell_unread
from ops.dead_letters import documents, masking, people, places, tables
from ops.dead_letters.places import DatabaseError
from ops.errors import UserError
from ops.stack.opening import variables
from ops.topics import acts

app = typer.Typer(
    no_args_is_help=True,
    help="Messages that failed and wait, with those behind them of the same subject. An id is written service:number. "
    "Where the databases are is told by a stack's folder or <SERVICE>_DATABASE_URL. All but list is kept in history: "
    "who, when, why. Exit status: 0 done, 1 it cannot be done, 2 a database cannot be read or the command is wrongly "
    "written, 3 a message still fails, 4 the service has not answered. How to: docs/runbooks/dead-letters.md",
)

_NONE_SUCH = "There is no parked message {}: it was redriven or discarded, or never was."


@app.command("list")
def listing(
    data_dir: DataDir = None,
    service: Service = None,
    reader: Reader = None,
    subject: Subject = None,
    most: Most = 100,
    *,
    as_json: AsJson = False,
) -> None:
    """List what is parked, of all services; each subject's in the order of a redrive. Shows no content.

    Examples: fordeling dead-letters list · fordeling dead-letters list --service letters --json
    """
    found, away = asyncio.run(_letters(places.services(service), variables(data_dir), reader, subject, most + 1))
    shown = {name: letters[:most] for name, letters in found.items()}
    if as_json:
        typer.echo(documents.as_json([documents.letter(name, one) for name, held in shown.items() for one in held]))
    elif any(shown.values()):
        Console().print(tables.letters(shown))
    elif found:
        typer.echo("Nothing is parked.")
    if more := [name for name, letters in found.items() if len(letters) > most]:
        typer.echo(f"There is more at {', '.join(more)}: --most shows it.", err=True)
    tell_unread(away)


async def _letters(
    names: Sequence[str], given: dict[str, str], reader: str | None, subject: str | None, most: int
) -> tuple[dict[str, list[DeadLetter]], list[DatabaseError]]:
    """Read every database that can be read."""
    found, away = {}, []
    for name in names:
        try:
            async with places.database(name, given) as connection:
                found[name] = await dead_letters.letters(connection, reader, subject, most=most)
        except DatabaseError as error:
            away.append(error)
    return found, away


@app.command()
def show(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Such as distribution:12.")],
    data_dir: DataDir = None,
    why: Why = None,
    name: As = None,
    *,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show what it says too. Needs --why, and is kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show where a message came from, why it waits, its headers, and its fields with their types but not their values.

    Examples: fordeling dead-letters show letters:3 ·
    fordeling dead-letters show letters:3 --unmask --why "IMDi asks which field is wrong, case 1234"
    """
    label, by = places.label(identity), people.operator(name)
    if unmask and why is None:
        raise UserError("--why is missing: what a message says is shown for a reason only, and the reason is kept.")
    reason = people.reason(why, "--why") if unmask and why is not None else None
    given = variables(data_dir)
    if reason is not None:
        acts.keep(given, acts.Act.MESSAGE_SHOWN, str(label), acts.Warrant(by, reason))
    letter, record, past = asyncio.run(_find(label, given, by, reason))
    if as_json:
        document = documents.letter(label.service, letter) | {
            "key": None if record.key is None else record.key.decode(errors="replace"),
            "headers": masking.headers(record),
            "outline": documents.outline(record.value),
            **({"body": masking.body(record.value)} if unmask else {}),
            "history": [documents.done(label.service, done) for done in past],
        }
        typer.echo(documents.as_json(document))
        return
    console = Console()
    tables.show_letter(console, label.service, letter, record)
    if unmask:
        console.print_json(documents.as_json(masking.body(record.value)), highlight=False)
    else:
        tables.show_outline(console, record.value)
    if past:
        console.print(tables.history([(label.service, done) for done in past]))


async def _find(
    label: places.Label, given: dict[str, str], by: str, reason: str | None
) -> tuple[DeadLetter, Record, list[Done]]:
    """Read a message; with a reason, note first that it is shown: what cannot be noted is not shown."""
    async with places.database(label.service, given) as connection:
        found = await dead_letters.find(connection, label.id)
        if found is None:
            raise UserError(_NONE_SUCH.format(label))
        letter, record = found
        if reason is not None:
            what = What(Queue.DEAD_LETTERS, letter.id, letter.reader, letter.subject, letter.message_id)
            await operators.record(connection, what, Action.SHOWN, by=by, reason=reason)
        return letter, record, await operators.history(connection, letter=label.id)


app.command()(redrive)


@app.command()
def discard(
    identity: Annotated[str, typer.Argument(metavar="ID", help="Such as distribution:12.")],
    data_dir: DataDir = None,
    reason: Annotated[str, typer.Option(help="Why, in at least 10 characters. It is kept: name no person.")] = "",
    name: As = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Give one message up for good: it will have no effect, ever. Those behind it can be redriven then.

    Example: fordeling dead-letters discard distribution:12 --reason "IMDi has sent it again as FL-2026-000124"
    """
    label, by, why = places.label(identity), people.operator(name), people.reason(reason, "--reason")
    given = variables(data_dir)
    acts.keep(given, acts.Act.DISCARDED, str(label), acts.Warrant(by, why))
    subject, left = asyncio.run(_discard(label, given, by, why))
    if as_json:
        typer.echo(documents.as_json({"discarded": str(label), "subject": subject, "behind": left}))
        return
    typer.echo(f"{label} is discarded.")
    if left:
        again = f"fordeling dead-letters redrive {shlex.quote(subject)} --service {label.service}"
        typer.echo(f"Behind it: {left}. Have them handled with: {again}")


async def _discard(label: places.Label, given: dict[str, str], by: str, why: str) -> tuple[str, int]:
    """Discard; returns the subject, and how many are left of it."""
    async with places.database(label.service, given) as connection:
        found = await dead_letters.find(connection, label.id)
        if found is None or not await dead_letters.discard(connection, label.id, by=by, reason=why):
            raise UserError(_NONE_SUCH.format(label))
        letter = found[0]
        return letter.subject, await redrive_requests.remaining(connection, letter.reader, letter.subject)


@app.command()
def history(
    identity: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only of this message.")] = None,
    data_dir: DataDir = None,
    service: Service = None,
    reader: Reader = None,
    subject: Subject = None,
    most: Most = 100,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what was done with parked messages and refused rows, the latest first: who, when, why, and what came of it.

    Examples: fordeling dead-letters history · fordeling dead-letters history distribution:12 --json
    """
    label = None if identity is None else places.label(identity)
    names = places.services(service if label is None else label.service)
    found = asyncio.run(
        _history(names, variables(data_dir), None if label is None else label.id, reader, subject, most)
    )
    if as_json:
        typer.echo(documents.as_json([documents.done(one, done) for one, done in found]))
    elif found:
        Console().print(tables.history(found))
    else:
        typer.echo("Nothing was done.")


async def _history(
    names: Sequence[str],
    given: dict[str, str],
    letter: int | None,
    reader: str | None,
    subject: str | None,
    most: int,
) -> list[tuple[str, Done]]:
    found = []
    for name in names:
        async with places.database(name, given) as connection:
            past = await operators.history(connection, letter=letter, reader=reader, subject=subject, most=most)
            found += [(name, done) for done in past]
    return sorted(found, key=lambda one: one[1].at, reverse=True)[:most]
