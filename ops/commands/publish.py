"""``fordeling publish``: publish IMDi's messages from a file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from ops import broker
from ops.address import bootstrap_servers
from ops.commands.options import DataDir
from ops.errors import UserError
from ops.inbound import DEFAULT_TYPE, Inbound, read

_SHOWN = 50


def publish(
    file: Annotated[str, typer.Argument(help="JSON or NDJSON file; - reads standard input.")],
    message_type: Annotated[
        str, typer.Option("--type", help="Type of bare bodies; CloudEvents tell their own.")
    ] = DEFAULT_TYPE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count, send nothing.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Check a file of IMDi's messages by field and line, then publish all of it or, with a mistake, nothing.

    Examples: fordeling publish contracts/examples/imdi.publish-distribution-list.v1.full.json
    · fordeling demo list --municipality 5001 | fordeling publish -
    """
    messages, mistakes = read(_text(file), message_type)
    if mistakes:
        for mistake in mistakes[:_SHOWN]:
            typer.echo(f"{file}: {mistake}", err=True)
        more = f" ({len(mistakes) - _SHOWN} more)" if len(mistakes) > _SHOWN else ""
        raise UserError(f"{len(mistakes)} mistakes{more}: nothing was published.")
    if dry_run:
        typer.echo(f"{_count(messages)} would be published; nothing is wrong that can be seen before sending.")
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Publishing", total=len(messages))
        broker.publish(
            bootstrap_servers(data_dir), messages, datetime.now(UTC), lambda n: progress.update(task, completed=n)
        )
    typer.echo(f"{_count(messages)} published. IMDi's own rules are checked by the receiver: fordeling watch")


def _text(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode()
    except OSError as error:
        raise UserError(f"Cannot read {file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 text (byte {error.start}).") from error


def _count(messages: list[Inbound]) -> str:
    names = "message" if len(messages) == 1 else "messages"
    return f"{len(messages)} {names}"
