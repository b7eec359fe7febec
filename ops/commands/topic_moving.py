"""``fordeling topics seek`` and ``replay``: where a group stands, and a range once more."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.address import bootstrap_servers
from ops.commands.options import As, AsJson, DataDir, Why
from ops.commands.topic_options import (
    Correlation,
    Group,
    Header,
    Key,
    Offset,
    Partition,
    Since,
    Subject,
    Topic,
    Type,
    Unmask,
    Until,
)
from ops.errors import UserError
from ops.stack.opening import variables
from ops.topics import acts, names, replay as replaying, seek as seeking, selecting
from ops.topics.acts import Act
from ops.topics.records import Range, Reading, Record, Start
from ops.topics.seek import Move
from ops.topics.selecting import Selection


def seek(
    group: Group,
    to: Annotated[
        str, typer.Option("--to", help="beginning, end, an offset, or a time: 2026-11-26T08:00:00+01:00, 2h.")
    ],
    data_dir: DataDir = None,
    topic: Annotated[str | None, typer.Option("--topic", help="Only of this topic, of a group with several.")] = None,
    partition: Partition = None,
    why: Why = None,
    name: As = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be moved.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Move a group's position: to read records again, or never to read some. Refused while the group runs.

    What a service of ours has handled it knows again and leaves alone; what is skipped it never handles. All but a dry
    run needs --why and is kept. Exit status: 0 done, 1 it cannot be done, 2 the broker or the gateway's database does
    not answer, or the command is wrongly written.

    [bold]Examples[/]

    fordeling topics seek notification.distribution.events.v1 --to 2h --dry-run

    fordeling topics seek ops.look --to end --partition 3 --yes --why "begin with what is new, case 1234"
    """
    bootstrap, given = bootstrap_servers(data_dir), variables(data_dir)
    goal = seeking.goal(to)
    warrant = None if dry_run else acts.warrant(why, name, "a group is moved")
    wanted = None if topic is None else names.topic(topic)
    moves = seeking.plan(bootstrap, group, goal, wanted, partition)
    if as_json:
        typer.echo(json.dumps({"group": group, "moved": not dry_run, "partitions": _documents(moves)}, indent=2))
    else:
        Console().print(_table(moves, dry_run=dry_run))
    if warrant is None:
        typer.echo("Nothing was moved.", err=True)
        return
    if not yes:
        _ask(f"Move {group}?")
    asked = {"to": to, "topic": wanted, "partitions": partition, "moves": _documents(moves)}
    acts.keep(given, Act.GROUP_MOVED, group, warrant, asked)
    seeking.move(bootstrap, group, {(each.topic, each.partition): each.to for each in moves})
    typer.echo(f"{group} is moved.", err=True)


def _documents(moves: Sequence[Move]) -> list[dict[str, object]]:
    return [each.document() for each in moves]


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise UserError("--yes is missing: nobody can be asked here.")
    typer.confirm(question, abort=True, err=True)


def _table(moves: Sequence[Move], *, dry_run: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("topic", no_wrap=True)
    for heading in ("partition", "now at", "would be at" if dry_run else "goes to", "end", "read again", "skipped"):
        table.add_column(heading, justify="right")
    for each in moves:
        skipped = f"[red]{each.skipped}[/]" if each.skipped else "0"
        at = "–" if each.at is None else str(each.at)
        table.add_row(each.topic, str(each.partition), at, str(each.to), str(each.end), str(each.again), skipped)
    return table


def replay(
    topic: Topic,
    data_dir: DataDir = None,
    to_file: Annotated[
        Path | None, typer.Option("--to-file", metavar="FILE", help="To a new file, as CloudEvents, one a line.")
    ] = None,
    to_group: Annotated[
        str | None, typer.Option("--to-group", metavar="GROUP", help="To a new group that begins there: ops.look.")
    ] = None,
    since: Since = None,
    until: Until = None,
    offset: Offset = None,
    partition: Partition = None,
    key: Key = None,
    type_: Type = None,
    subject: Subject = None,
    correlation: Correlation = None,
    header: Header = None,
    why: Why = None,
    name: As = None,
    *,
    unmask: Unmask = False,
    as_json: AsJson = False,
) -> None:
    """Give a range of records once more, without any effect: no service reads it, and no group of ours is moved.

    To a file: masked, unless --unmask; 'fordeling publish' takes no line of it. To a group: it begins at the range's
    first records, for whatever client you read with; no process of ours has its name. Exit status as that of seek.

    [bold]Examples[/]

    fordeling topics replay distribution.events --since 2h --subject FL-2026-000123 --to-file story.ndjson

    fordeling topics replay distribution.events --since 1d --to-group ops.look --why "what did letters get? case 1234"
    """
    if (to_file is None) == (to_group is None):
        raise UserError("--to-file or --to-group: give one of them.")
    if since is not None and offset is not None:
        raise UserError("--since and --offset: give one of them.")
    selection = Selection(key, type_, subject, correlation, selecting.headers(header or ()))
    start = Start(since=names.moment(since, "--since"), offset=offset)
    span = Range([names.topic(topic)], start, names.moment(until, "--until"), partition)
    bootstrap, given = bootstrap_servers(data_dir), variables(data_dir)
    asked = {
        "since": since,
        "until": until,
        "offset": offset,
        "partitions": partition,
        "file": to_file and str(to_file),
    }
    if to_file is not None:
        warrant = acts.warrant(why, name, "bodies are written out whole") if unmask else None
        with closing(Reading(bootstrap, span)) as reading:
            if warrant is not None:
                acts.keep(given, Act.WRITTEN_OUT, span.topics[0], warrant, asked)
            count = replaying.write(to_file, _taken(reading, selection), unmasked=unmask)
        told = {"file": str(to_file), "records": count, "masked": not unmask}
        typer.echo(json.dumps(told) if as_json else f"{count} records are in {to_file}{'' if unmask else ', masked'}.")
        return
    assert to_group is not None
    _to_group(bootstrap, given, span, to_group, selection, acts.warrant(why, name, "a group is made"), as_json=as_json)


def _taken(reading: Reading, selection: Selection) -> Iterator[Record]:
    return (record for record in reading.held() if selection.takes(record))


def _to_group(
    bootstrap: str,
    given: dict[str, str],
    span: Range,
    group: str,
    selection: Selection,
    warrant: acts.Warrant,
    *,
    as_json: bool,
) -> None:
    if not selection.everything:
        raise UserError("--to-group takes a range; --key, --type and the like choose among records: use --to-file.")
    if span.until is not None:
        raise UserError("--until: a group has no end; tell it to whoever reads, or use --to-file.")
    replaying.check_group(bootstrap, group)
    with closing(Reading(bootstrap, span)) as reading:
        starts, ends = reading.starts, reading.ends
    moves = [Move(*place, None, offset, ends[place][1]) for place, offset in sorted(starts.items())]
    acts.keep(given, Act.GROUP_MADE, group, warrant, {"topic": span.topics[0], "moves": _documents(moves)})
    replaying.make_group(bootstrap, group, starts)
    if as_json:
        typer.echo(json.dumps({"group": group, "partitions": _documents(moves)}, indent=2))
        return
    typer.echo(f"{group} begins at {sum(each.end - each.to for each in moves)} offsets before the end.")
    typer.echo(f"Read with it: kcat -b {bootstrap} -G {group} {span.topics[0]}")
