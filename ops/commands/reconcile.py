"""``fordeling reconcile``: does everything that is kept, told and shown agree."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ops.commands.options import AsJson, DataDir
from ops.reconcile.compare import Kind
from ops.reconcile.errors import CannotCompareError
from ops.reconcile.repair import repair as repair_all
from ops.reconcile.report import Report
from ops.reconcile.run import Patience, reconcile as compare_all
from ops.stack.opening import variables

DIFFERENCES, CANNOT_COMPARE = 1, 2
_SHOWN = 20


def reconcile(
    data_dir: DataDir = None,
    wait: Annotated[
        float, typer.Option(min=0, help="Longest to look again at what is still on its way, in seconds.")
    ] = 60,
    quiet: Annotated[
        float, typer.Option(min=0, help="A difference that has not moved for so many seconds is one.")
    ] = 10,
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Have owners tell again, or erase, what differs; then compare again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare each service's database with its topics, the topics with the read model, and the ledger with the lists.

    Names ids, never a person. Only reads, unless --repair is given: then each service makes its topics say what its
    database holds, and readers follow. A ledger that does not add up, and what waits, is told and left alone.

    Exit status 0 when all agree and nothing waits (with --repair: in the end), 1 when something differs, 2 when it
    could not be compared or a service did not repair what it was asked for.
    """
    stderr = Console(stderr=True)
    try:
        with stderr.status("Reconciling") as status:
            compare = repair_all if repair else compare_all
            report = compare(
                variables(data_dir), Patience(quiet, wait), lambda what: status.update(f"Reconciling: {what}")
            )
    except CannotCompareError as error:
        stderr.print(f"[bold red]fordeling:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(CANNOT_COMPARE) from error
    if as_json:
        typer.echo(json.dumps(report.document(), indent=2))
    else:
        _show(report, Console())
    if not report.clean:
        raise typer.Exit(DIFFERENCES)


def _show(report: Report, console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("what", no_wrap=True)
    service = ""
    for heading in ("database", "topic", "read model", "missing", "extra", "behind", "differ"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in report.compared:
        if one.service != service:
            service = one.service
            table.add_row(f"[bold]{service}[/]")
        counts = [_count(one.count(kind)) for kind in Kind]
        shown = "–" if one.shown is None else str(one.shown)
        table.add_row(f"  {one.entity}", str(one.kept), str(one.told), shown, *counts)
    console.print(table)
    queues = Table(box=None, pad_edge=False, header_style="dim")
    queues.add_column("process")
    for heading in ("outbox", "put aside", "parked"):
        queues.add_column(heading, justify="right")
    for name, held in report.queues.items():
        queues.add_row(name, *(_count(number) for number in (held.outbox, held.aside, held.parked)))
    console.print()
    console.print(queues)
    console.print()
    for check in report.checked:
        holds = "[green]holds[/]" if not check.failing else f"[red]{len(check.failing)} do not[/]"
        console.print(f"{check.service}: {check.name}: {holds}", highlight=False)
    _show_findings(report, console)
    for repaired in report.repaired:
        raised = "" if repaired.epoch is None else f", in epoch {repaired.epoch}"
        what = f"{repaired.service}: told {repaired.told} again, erased {repaired.erased}{raised}"
        console.print(what, highlight=False)
    outcome = "[green]All agree.[/]" if report.clean else "[red]They do not agree.[/]"
    moving = " Something was still on its way when the time was up." if report.moving else ""
    console.print(f"{outcome}{moving} [dim]{report.seconds:.1f} s[/]", highlight=False)


def _show_findings(report: Report, console: Console) -> None:
    lines = [
        f"{one.service} {one.entity} {found.key}: {found.kind} {_WHERE[found.side]}"
        for one in report.compared
        for found in one.findings
    ]
    lines += [f"{check.service} {key}: not so that {check.name}" for check in report.checked for key in check.failing]
    for line in lines[:_SHOWN]:
        console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
    if len(lines) > _SHOWN:
        console.print(f"  and {len(lines) - _SHOWN} more: --json names them all", highlight=False)


_WHERE = {"database": "in the database", "topic": "on the topic", "read model": "in the read model"}


def _count(number: int) -> str:
    return str(number) if number == 0 else f"[red]{number}[/]"
