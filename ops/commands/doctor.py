"""``fordeling doctor``: is everything well, and what is to be done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.commands.options import AsJson, DataDir
from ops.doctor import databases, kafka, machine, stack
from ops.doctor.findings import Finding, State
from ops.paths import DEFAULT_DATA
from ops.stack.choices import reopen
from ops.stack.environment import KAFKA
from ops.stack.opening import PROFILE, variables
from ops.stack.status import status as look

ILL = 3
SIGNS = {State.WELL: "[green]✓[/]", State.LOOK: "[yellow]![/]", State.BAD: "[red]✗[/]", State.UNKNOWN: "[dim]?[/]"}


def doctor(
    data_dir: DataDir = None,
    *,
    each: Annotated[bool, typer.Option("--each", help="A line for each thing, also where several are well.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at everything: addresses, broker, topics, groups, databases, migrations, roles, outbox, clocks, disk.

    Says of each thing that is not well what to do. Changes nothing.

    Exit status: 0 all is well, or should only be looked at (!); 3 something is bad (✗).

    [bold]Examples[/]

    fordeling doctor

    fordeling --profile test doctor --json
    """
    with Console(stderr=True).status("Looking"):
        found = list(examine(data_dir))
    bad = any(each.state is State.BAD for each in found)
    if as_json:
        told = {"well": not bad, "findings": [each.document() for each in found]}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _show(found if each else together(found), found, Console())
    if bad:
        raise typer.Exit(ILL)


def examine(data_dir: Path | None) -> Iterator[Finding]:
    """Look at everything, one thing after the other."""
    given, data = variables(data_dir), (data_dir or DEFAULT_DATA).absolute()
    own = None if given.get(PROFILE) else reopen(data)
    yield from machine.environment(given, data)
    if own is not None:
        yield from stack.processes(look(own))
    if given.get(KAFKA):
        yield from kafka.check(given[KAFKA])
    yield from asyncio.run(databases.check(given))
    yield from stack.undecided(given)
    yield machine.disk(data, local=own is not None)


def together(found: list[Finding]) -> list[Finding]:
    """Put what is well of one check into one."""
    told: list[Finding] = []
    for each in found:
        same = [one for one in found if one.check == each.check and one.state is State.WELL]
        if each.state is not State.WELL or len(same) == 1:
            told.append(each)
        elif each is same[0]:
            told.append(Finding(each.check, f"{len(same)} of them", State.WELL, ", ".join(one.what for one in same)))
    return sorted(told, key=lambda each: [one.check for one in found].index(each.check))


def _show(shown: list[Finding], found: list[Finding], console: Console) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("sign", no_wrap=True)
    table.add_column("check", style="dim", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("said", overflow="fold")
    before = ""
    for each in shown:
        said = each.said if not each.todo else f"{each.said}\n[bold]→[/] {each.todo}"
        table.add_row(SIGNS[each.state], each.check if each.check != before else "", each.what, said)
        before = each.check
    console.print(table, highlight=False)
    counts = {state: sum(each.state is state for each in found) for state in State}
    words = {State.BAD: "bad", State.LOOK: "to be looked at", State.UNKNOWN: "not to be seen from here"}
    told = [f"{counts[state]} {word}" for state, word in words.items() if counts[state]]
    outcome = ", ".join(told) if told else "[green]All is well.[/]"
    console.print(outcome, highlight=False)
