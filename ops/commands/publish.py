"""``fordeling publish``: publish IMDi's messages from a file, and follow what becomes of them."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from ops import broker
from ops.address import bootstrap_servers
from ops.bulk import TOPICS, Tally, bulk_id, since
from ops.commands.following import follow as follow_bulk, tell
from ops.commands.options import AsJson, DataDir
from ops.errors import UserError
from ops.inbound import DEFAULT_TYPE, Inbound, read

_SHOWN = 50
_LONGEST_BULK = 200


def publish(
    file: Annotated[str, typer.Argument(help="JSON or NDJSON file; - reads standard input.")],
    message_type: Annotated[
        str, typer.Option("--type", help="Type of bare bodies; CloudEvents tell their own.")
    ] = DEFAULT_TYPE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count, send nothing.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay until each is accepted or rejected, and count them.")
    ] = False,
    bulk: Annotated[
        str | None, typer.Option(help="Id of the bulk, to follow it by; made of the messages when not given.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="With --follow: stop after this long without news.")] = 30,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Check a file of IMDi's messages by field and line, then publish all of it or, with a mistake, nothing.

    IMDi's own rules are checked by the receiver, message by message: what is right is taken, what is wrong comes back.
    With --follow, exit code 1 where something was rejected, or nothing was heard of something.

    Examples: fordeling publish contracts/examples/imdi.publish-distribution-list.v1.full.json
    · fordeling demo list --municipality 5001 | fordeling publish - --follow
    · fordeling publish lists.ndjson --follow --bulk 2026-48-utsending
    """
    if bulk is not None and not (bulk and bulk.isascii() and bulk.isprintable() and len(bulk) <= _LONGEST_BULK):
        raise UserError(f"--bulk: give 1 to {_LONGEST_BULK} printable ASCII characters.")
    messages, mistakes = read(_text(file), message_type)
    if mistakes:
        for mistake in mistakes[:_SHOWN]:
            typer.echo(f"{file}: {mistake}", err=True)
        more = f" ({len(mistakes) - _SHOWN} more)" if len(mistakes) > _SHOWN else ""
        found = "one mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise UserError(f"{found}{more}: nothing was published.")
    if dry_run:
        typer.echo(f"{_count(messages)} would be published; nothing is wrong that can be seen before sending.")
        return
    name = bulk or bulk_id(messages)
    bootstrap = bootstrap_servers(data_dir)
    broker.check(bootstrap)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Publishing", total=len(messages))
        sent = datetime.now(UTC)
        broker.publish(bootstrap, messages, sent, lambda n: progress.update(task, completed=n), bulk=name)
    if follow:
        ids = {message.message_id for message in messages}
        tally = Tally(name, len(ids), ids)
        follow_bulk(tally, broker.follow(bootstrap, TOPICS, since=since(sent)), seconds)
        tell(tally, as_json=as_json)
    elif as_json:
        typer.echo(json.dumps({"bulk": name, "published": len(messages)}))
    else:
        typer.echo(
            f"{_count(messages)} published. IMDi's own rules are checked by the receiver: fordeling watch,"
            f" or fordeling bulk {name} --expect {len({message.message_id for message in messages})}"
        )


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
