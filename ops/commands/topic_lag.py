"""``fordeling topics lag``: how far each group is behind."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from ops.address import bootstrap_servers
from ops.commands.options import AsJson, DataDir
from ops.commands.topic_options import Groups
from ops.errors import UserError
from ops.topics.lag import NEVER, GroupLag, LagReader

BEHIND = 3


def lag(
    groups: Groups = None,
    data_dir: DataDir = None,
    over: Annotated[float, typer.Option(min=0, help="Seconds over which the pace is measured; 0: not at all.")] = 1,
    most: Annotated[int | None, typer.Option("--max", min=0, help="Exit with 3 if a group is behind by more.")] = None,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks of --watch.")] = 2,
    count: Annotated[int | None, typer.Option(min=1, help="Looks of --watch; without an end by default.")] = None,
    *,
    partitions: Annotated[bool, typer.Option("--partitions", help="A line for each partition.")] = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again and again, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell for each consumer group how many records it has not handled, its pace, and when it has caught up.

    A group is a reader of one topic: distribution.imdi.distribution-lists.v1. The registry names more readers than a
    release may have: never read.

    Exit status: 0 done, 1 there is no such group, 2 the broker does not answer, 3 behind by more than --max.

    [bold]Examples[/]

    fordeling topics lag

    fordeling topics lag notification --partitions

    fordeling topics lag --watch

    fordeling topics lag --max 1000 --json
    """
    reader = LagReader(bootstrap_servers(data_dir))
    chosen = _chosen(reader.groups(), groups or [])
    found = reader.look(chosen)
    if watch:
        _watch(reader, chosen, every, count, partitions=partitions, as_json=as_json)
        return
    if over:
        time.sleep(over)
        found = reader.look(chosen)
    if as_json:
        typer.echo(json.dumps([each.document() for each in found], indent=2))
    else:
        Console().print(_table(found, partitions=partitions))
    if most is not None and any(each.lag > most for each in found):
        raise typer.Exit(BEHIND)


def _chosen(there: list[str], wanted: list[str]) -> list[str]:
    if not wanted:
        return there
    found = [group for group in there if any(group == each or group.startswith(f"{each}.") for each in wanted)]
    for each in wanted:
        if not any(group == each or group.startswith(f"{each}.") for group in there):
            raise UserError(f"There is no group {each}: fordeling topics lag lists them.")
    return found


def _watch(
    reader: LagReader, groups: list[str], every: float, count: int | None, *, partitions: bool, as_json: bool
) -> None:
    console, looks = Console(), 0
    try:
        with Live(console=console, auto_refresh=False, transient=False) as live:
            while count is None or looks < count:
                time.sleep(every)
                found, looks = reader.look(groups), looks + 1
                if as_json:
                    typer.echo(json.dumps([each.document() for each in found]))
                else:
                    live.update(_table(found, partitions=partitions), refresh=True)
    except KeyboardInterrupt:
        return


def _table(found: list[GroupLag], *, partitions: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("group", no_wrap=False, overflow="fold")
    if partitions:
        table.add_column("at", justify="right")
    for heading in ("lag", "done/s", "new/s", "caught up", "state"):
        table.add_column(heading, justify="left" if heading == "state" else "right")
    for group in sorted(found, key=lambda one: (-one.lag, one.group)):
        done, new = group.rates
        where = ("",) if partitions else ()
        table.add_row(group.group, *where, *_figures(group.lag, done, new, group.eta), _state(group))
        for each in group.partitions if partitions else ():
            figures = _figures(each.lag, each.done_rate, each.new_rate, each.eta)
            table.add_row("", f"{each.partition}:{'–' if each.committed is None else each.committed}", *figures, "")
    return table


def _figures(behind: int, done: float, new: float, eta: float | None) -> tuple[str, str, str, str]:
    told = f"[red]{behind}[/]" if behind else "0"
    when = "now" if eta == 0 else "[yellow]not so[/]" if eta is None else f"in {duration(eta)}"
    return told, f"{done:.0f}", f"{new:.0f}", when


def _state(group: GroupLag) -> str:
    if group.state in NEVER:
        return "[yellow]never read[/]"
    return f"{group.state}, {group.members}" if group.members else f"[yellow]{group.state}[/]"


def duration(seconds: float) -> str:
    """Write so many seconds as a person would."""
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {name}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004 - tenths where they say something
