"""``fordeling topics tail``: records as they are, and as they come."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from ops import broker
from ops.address import bootstrap_servers
from ops.commands.options import As, AsJson, DataDir, Why
from ops.commands.topic_options import (
    Correlation,
    Header,
    Key,
    Offset,
    Partition,
    Since,
    Subject,
    Topics,
    Type,
    Unmask,
    Until,
)
from ops.errors import UserError
from ops.stack.opening import variables
from ops.topics import acts, names, selecting
from ops.topics.acts import Act
from ops.topics.records import Range, Reading, Record, Start
from ops.topics.selecting import Selection
from ops.topics.showing import Printer, document

LAST = 10
SORTED_AT_ONCE = 20_000


def tail(
    topics: Topics,
    data_dir: DataDir = None,
    key: Key = None,
    type_: Type = None,
    subject: Subject = None,
    correlation: Correlation = None,
    header: Header = None,
    partition: Partition = None,
    since: Since = None,
    until: Until = None,
    offset: Offset = None,
    last: Annotated[
        int | None, typer.Option("--last", "-n", min=1, help=f"The last so many; {LAST} if no start.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Stop after so many.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="With --follow: stop after this long.")] = None,
    why: Why = None,
    name: As = None,
    *,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="All that the topic holds.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Bodies over several lines instead of one.")] = False,
    unmask: Unmask = False,
    as_json: AsJson = False,
) -> None:
    """Show records, the oldest first: committed ones, without joining a group. What may be a person's is masked (•••).

    With --json one object a line. Exit status: 0 done, 1 it cannot be done, 2 the broker does not answer, or the
    gateway's database does not that would keep why bodies are shown, or the command is wrongly written.

    [bold]Examples[/]

    fordeling topics tail distribution.events --last 5

    fordeling topics tail distribution.events distribution.answers --subject FL-2026-000123 --since 2h

    fordeling topics tail imdi.distribution-lists --type publish-distribution-list --follow --json

    fordeling topics tail distribution.answers -n 1 --unmask --why "IMDi asks what Oslo wrote, case 1234"
    """
    wanted = [names.topic(topic) for topic in dict.fromkeys(topics)]
    selection = Selection(key, type_, subject, correlation, selecting.headers(header or ()))
    start = starting(since, offset, last, from_beginning=from_beginning, follow=follow, selection=selection)
    span = Range(wanted, start, names.moment(until, "--until"), partition)
    given = variables(data_dir)
    warrant = acts.warrant(why, name, "bodies are shown whole") if unmask else None
    with closing(Reading(bootstrap_servers(data_dir), span)) as reading:
        if warrant is not None:
            asked = {**asdict(selection), **_range(span), "follow": follow}
            acts.keep(given, Act.SHOWN, ", ".join(wanted), warrant, asked)
        printer = Printer(Console(), unmasked=unmask, full=full or unmask, several=len(wanted) > 1)
        kept = last or (LAST if not (since or from_beginning or follow or offset is not None) else None)
        shown = 0
        for record in _records(reading, selection, kept, broker.deadline(seconds), follow=follow):
            if as_json:
                typer.echo(json.dumps(document(record, unmasked=unmask), ensure_ascii=False))
            else:
                printer.show(record)
            shown += 1
            if count is not None and shown >= count:
                return
    if not shown and not as_json:
        typer.echo("No record is so.", err=True)


def starting(
    since: str | None,
    offset: int | None,
    last: int | None,
    *,
    from_beginning: bool,
    follow: bool,
    selection: Selection,
) -> Start:
    """Tell where to begin. Raises UserError where two places are named."""
    ways = {"--since": since, "--offset": offset, "--from-beginning": from_beginning or None}
    named = [name for name, value in ways.items() if value is not None]
    if len(named) > 1:
        raise UserError(f"{named[0]} and {named[1]}: give one of them.")
    if since is not None:
        return Start(since=names.moment(since, "--since"))
    if offset is not None:
        return Start(offset=offset)
    if from_beginning or (not selection.everything and not (follow and last is None)):
        return Start()  # where what is meant lies, nobody knows
    return Start(end=True) if follow and last is None else Start(last=last or LAST)


def _records(
    reading: Reading, selection: Selection, last: int | None, stop: Callable[[], bool], *, follow: bool
) -> Iterator[Record]:
    held = (record for record in reading.held() if selection.takes(record))
    if last is not None:
        yield from _newest(held, last)
    else:
        yield from _in_order(held)
    if follow:
        yield from (record for record in reading.new(stop) if record is not None and selection.takes(record))


def _newest(records: Iterator[Record], most: int) -> list[Record]:
    """Keep the newest, whatever partition they come from."""
    kept: list[Record] = []
    for record in records:
        kept.append(record)
        if len(kept) > SORTED_AT_ONCE + most:
            kept = sorted(kept, key=_time)[-most:]
    return sorted(kept, key=_time)[-most:]


def _in_order(records: Iterator[Record]) -> Iterator[Record]:
    """Give records by their time, as far as memory is bounded."""
    kept: list[Record] = []
    for record in records:
        kept.append(record)
        if len(kept) >= SORTED_AT_ONCE:
            yield from sorted(kept, key=_time)
            kept = []
    yield from sorted(kept, key=_time)


def _time(record: Record) -> tuple[datetime, str, int, int]:
    return record.at, record.topic, record.partition, record.offset


def _range(span: Range) -> Mapping[str, object]:
    start = {name: value for name, value in asdict(span.start).items() if value is not None}
    times = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in start.items()}
    until = {"until": span.until.isoformat()} if span.until else {}
    return {**times, **until, "partitions": list(span.partitions or ())}
