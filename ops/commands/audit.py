"""``fordeling audit``: is the record of looks and acts whole, who looked at whom, as CEF, and what may go."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from gateway.audit.retention import DEFAULT_DAYS
from ops.address import bootstrap_servers
from ops.audit import cef, people as persons, report as reporting, retention as keeping
from ops.audit.findings import Verdict
from ops.audit.people import OnList
from ops.audit.verifying import verify as check
from ops.audit.words import Language
from ops.audit.writing import Form, Report
from ops.commands.options import As, AsJson, DataDir, Why
from ops.errors import UserError
from ops.stack.opening import variables
from ops.topics import acts, names

NOT_WHOLE = 3
SHOWN = 20

app = typer.Typer(
    no_args_is_help=True,
    help="The record of looks and acts: what is in it, how it is chained, and what that proves: docs/audit.md. "
    "Exit status: 0 done, or all is whole; 1 it cannot be done; 2 the database, Kafka or the object store cannot be "
    "read, or the command is wrongly written; 3 verify: something is wrong.",
)


@app.callback()
def _audit() -> None:
    """Work with the record of looks and acts."""


@app.command()
def verify(
    data_dir: DataDir = None,
    *,
    topic: Annotated[bool, typer.Option("--topic/--no-topic", help="Compare with the anchors on their topic.")] = True,
    objects: Annotated[
        bool, typer.Option("--objects/--no-objects", help="Compare with the anchors in the object store.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Walk the chain from its beginning, compare each row with its seal, and the seals with the anchors outside.

    Rows may be written meanwhile. Exit status 3: something is wrong; the first batch and row are named.
    What to do then: docs/runbooks/audit.md

    Examples: fordeling audit verify · fordeling audit verify --json --no-topic
    """
    given = variables(data_dir)
    with Console(stderr=True).status("Walking the chain"):
        verdict = check(given, bootstrap_servers(data_dir) if topic else None, objects=objects)
    if as_json:
        typer.echo(json.dumps(verdict.document(), indent=2))
    else:
        _show(verdict, Console())
    if verdict.findings:
        raise typer.Exit(NOT_WHOLE)


@app.command()
def report(
    person: Annotated[
        list[str] | None, typer.Option(help="List and running number, as FL-2026-000123/2; may be given several times.")
    ] = None,
    number_file: Annotated[
        Path | None,
        typer.Option(help="A file with the DUF or identity number (- for standard input): finds all lists."),
    ] = None,
    data_dir: DataDir = None,
    form: Annotated[Form, typer.Option("--format", help="text, html (to print), csv or json.")] = Form.TEXT,
    language: Annotated[Language, typer.Option(help="nb, nn or en.")] = Language.BOKMAL,
    out: Annotated[Path | None, typer.Option(help="Write it to this file, which only you may read.")] = None,
    why: Why = None,
    name: As = None,
) -> None:
    """Tell who looked at what there is on a person, when and why, and who was turned away: for that person.

    That it was asked for is a row of the record itself. A number is never an argument: others see those.

    Examples: fordeling audit report --person FL-2026-000123/2 --why "asked for by letter, case 1234" ·
    fordeling audit report --number-file - --format html --language nn --out svar.html --why "asked for, case 1234"
    """
    given = variables(data_dir)
    warrant = acts.warrant(why, name, "who looked at a person is told")
    found = [persons.on_list(text) for text in person or ()]
    if number_file is not None:
        found += [one for one in asyncio.run(persons.by_number(given, _number(number_file))) if one not in found]
    if not found:
        raise UserError("Name a person with --person, or with --number-file.")
    acts.keep(given, acts.Act.AUDIT_REPORTED, _named(found), warrant, {"format": form.value})
    entries = reporting.read(given, found)
    text = Report([str(one) for one in found], entries, datetime.now(UTC), language).written(form)
    _out(text, out)


@app.command()
def export(
    data_dir: DataDir = None,
    *,
    as_cef: Annotated[bool, typer.Option("--cef", help="As CEF, a line a row: the one form there is.")] = False,
    since: Annotated[str | None, typer.Option(help="From this time on: with its offset, or 3d, 2h, 15m ago.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time.")] = None,
    why: Why = None,
    name: As = None,
) -> None:
    """Write rows out for a system that collects security events. That it was done is a row of the record itself.

    Examples: fordeling audit export --cef --since 1d --why "daily collection" > audit.cef
    """
    if not as_cef:
        raise UserError("--cef is missing: name the form.")
    given = variables(data_dir)
    span = cef.Span(names.moment(since, "--since"), names.moment(until, "--until"))
    warrant = acts.warrant(why, name, "rows are written out")
    acts.keep(given, acts.Act.AUDIT_EXPORTED, "gateway.audit", warrant, {"since": since, "until": until})
    cef.export(given, span, typer.echo)


@app.command()
def retention(
    data_dir: DataDir = None,
    days: Annotated[
        int | None, typer.Option(help=f"Keep for so many days; {keeping.VARIABLE}, or {DEFAULT_DAYS}.")
    ] = None,
    why: Why = None,
    name: As = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take away rows that have had their time, with the looks and acts that they tell of; the seals stay.

    Five years by default: claims lapse after three, and a case takes time. Nothing younger than a year ever goes.
    The gateway does the same by itself once a day; this is for doing it now, or for fewer days once.

    Examples: fordeling audit retention --dry-run · fordeling audit retention --why "yearly, case 1234"
    """
    given = variables(data_dir)
    kept = keeping.days(days, given)
    warrant = None if dry_run else acts.warrant(why, name, "rows are taken away")
    old = keeping.look(given, kept)
    last, rows = (0, 0) if warrant is None else keeping.prune(given, old, warrant.by, warrant.reason)
    if as_json:
        told = {
            "days": kept,
            "older_than": old.older_than.isoformat(),
            "batches": old.batches,
            "rows": old.rows,
            "taken": rows,
            "through_batch": last or None,
        }
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(f"Older than {kept} days: {old.batches} batches with {old.rows} rows.")
    if warrant is not None:
        typer.echo(f"Taken away: {rows} rows, until batch {last}." if last else "Nothing was taken away.")


def _show(verdict: Verdict, console: Console) -> None:
    console.print(
        f"{verdict.rows} rows in {verdict.batches} batches, {verdict.unsealed} of them not sealed yet; "
        f"the rows of {verdict.pruned} batches have had their time.",
        highlight=False,
    )
    for place, number in verdict.anchors.items():
        console.print(f"{number} anchors: {place}. The last is of batch {verdict.anchored}.", highlight=False)
    if verdict.first is None:
        console.print("[green]The chain is whole.[/]")
        return
    for finding in verdict.findings[:SHOWN]:
        console.print(f"  {escape(str(finding))}", highlight=False, soft_wrap=True)
    if len(verdict.findings) > SHOWN or verdict.more:
        console.print("  and more: --json names them", highlight=False)
    console.print(f"[red]It is not whole.[/] First: {escape(str(verdict.first))}", highlight=False, soft_wrap=True)


def _number(file: Path) -> str:
    try:
        return sys.stdin.readline() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--number-file: the file cannot be read ({type(error).__name__}).") from None


def _named(found: Sequence[OnList]) -> str:
    return ", ".join(str(one) for one in found)


def _out(text: str, file: Path | None) -> None:
    if file is None:
        sys.stdout.write(text)
        return
    try:
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out: {file} cannot be written: {error.strerror}.") from None
