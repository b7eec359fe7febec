"""``fordeling status``: how everything is."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.table import Table

from ops.commands.options import AsJson, DataDir
from ops.decisions import KINDS
from ops.stack.opening import known
from ops.stack.status import StackStatus, status as look

MEBIBYTE = 2**20
COLOURS = {"ready": "green", "not ready": "yellow", "unknown": "red"}


def status(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Tell of each process its state, health, restarts and memory, and the address of everything.

    Exit status 0 when all is ready, 3 when something is not.
    """
    found = look(known(data_dir))
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2, ensure_ascii=False))
    else:
        _show(found, Console())
    if not found.running or any(process.health != "ready" for process in found.processes):
        raise typer.Exit(3)


def _show(found: StackStatus, console: Console) -> None:
    if not found.running:
        console.print(f"Not running ({found.data_dir}). Start it with 'fordeling up'.", highlight=False)
        return
    console.print(f"[bold]{found.url}[/]  fordeling {found.version}, {found.data_dir}", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("process", "state", "health", "pid", "up", "restarts", "memory", "version"):
        table.add_column(heading, justify="right" if heading in ("pid", "up", "restarts", "memory") else "left")
    for process in found.processes:
        table.add_row(
            process.name,
            process.state,
            f"[{COLOURS[process.health]}]{process.health}[/]",
            str(process.pid or "–"),
            _duration(process.uptime_seconds),
            str(process.restarts),
            f"{process.memory_bytes / MEBIBYTE:.0f} MiB",
            process.version,
        )
    console.print(table)
    console.print(f"[dim]memory in all[/] {found.memory_bytes / MEBIBYTE:.0f} MiB")
    for what, number in found.undecided.items():
        if number:
            console.print(f"[yellow]{number} {what}:[/] {KINDS[what].command}", highlight=False)
    for program, alarms in found.alarms.items():
        for alarm, figures in alarms.items():
            about = ", ".join(f"{name} {figure}" for name, figure in figures.items())
            console.print(f"[red]{program}: {alarm}[/] ({about.replace('_', ' ')})", highlight=False)
    for name, address in found.addresses.items():
        console.print(f"[dim]{name}[/] {address}", highlight=False, soft_wrap=True)


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
