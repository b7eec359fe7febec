"""What is told of parked messages, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chassis.reading.dead_letters import DeadLetter
from chassis.reading.subscriptions import Record
from chassis.redriving.redrive_requests import RedriveResult
from chassis.storage.operators import Done
from chassis.storage.outbox import Aside
from chassis.validation import FieldError
from ops.dead_letters import masking
from ops.dead_letters.masking import printable
from ops.dead_letters.places import Label
from ops.dead_letters.redriving import Answer

SHOWN_FIELDS = 3


def age(since: datetime, now: datetime | None = None) -> str:
    """Write how long ago something was, in the two largest units."""
    seconds = max(0, int(((now or datetime.now(UTC)) - since).total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((index for index, (number, _unit) in enumerate(parts) if number), 3)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2])


def fields(problems: Sequence[FieldError], most: int | None = None) -> str:
    """Write what is wrong by field; the texts name rules, never values."""
    shown = problems if most is None else problems[:most]
    more = f" and {len(problems) - len(shown)} more" if len(shown) < len(problems) else ""
    return "; ".join(f"{problem.path or 'message'}: {problem.message}" for problem in shown) + more


def letters(found: Mapping[str, Sequence[DeadLetter]]) -> Table:
    """Lay the parked messages out, each subject's in the order of a redrive."""
    table = _table("id", "subject", "type", "age", "tries", "why")
    for service, letters in found.items():
        for letter in letters:
            table.add_row(
                str(Label(service, letter.id)),
                *(_cell(text) for text in (letter.subject, letter.type)),
                age(letter.parked_at),
                str(letter.tries),
                _why(letter),
            )
    return table


def _why(letter: DeadLetter) -> Text:
    if letter.behind:
        return Text("behind the one before it", style="dim")
    told = fields(letter.fields, SHOWN_FIELDS)
    return Text.assemble((letter.error, "red"), f": {printable(told)}" if told else "")


def show_letter(console: Console, service: str, letter: DeadLetter, record: Record) -> None:
    """Tell all of a parked message but what it says."""
    rows = {
        "id": str(Label(service, letter.id)),
        "reader": letter.reader,
        "subject": letter.subject,
        "from": f"{letter.topic}, partition {letter.partition}, offset {letter.offset}",
        "parked": f"{letter.parked_at:%Y-%m-%d %H:%M:%S} UTC, {age(letter.parked_at)} ago",
        "tries": str(letter.tries),
        "why": "waits behind an earlier message of its subject" if letter.behind else letter.error,
        "key": "none" if record.key is None else record.key.decode(errors="replace"),
    }
    grid = _table("", "")
    for name, text in rows.items():
        grid.add_row(Text(name, style="dim"), _cell(text))
    for problem in letter.fields:
        grid.add_row(Text("field", style="dim"), _cell(fields([problem])))
    for name, text in masking.headers(record).items():
        grid.add_row(Text("header", style="dim"), _cell(f"{name}: {text}"))
    console.print(grid)


def show_outline(console: Console, value: bytes | None) -> None:
    """Tell the body's fields and types."""
    found = masking.outline(value)
    if value is None:
        console.print("No body: it erases its key.")
    elif found is None:
        console.print(f"The body ({len(value)} bytes) is no JSON that can be read.")
    else:
        console.print(f"Body, {len(value)} bytes, values masked:", highlight=False)
        for one in found:
            times = f" × {one.count}" if one.count > 1 else ""
            console.print(f"  {one.path}: {', '.join(one.types)}{times}", highlight=False, markup=False)


def answers(given: Sequence[Answer], *, dry_run: bool) -> Table:
    """Lay out what came of a redrive, or of its dry run."""
    table = _table("subject", "reader", "parked", "would go" if dry_run else "redriven", "stops at", "why")
    for one in given:
        result = one.result
        table.add_row(
            _cell(one.target.subject),
            one.target.reader,
            str(one.target.parked),
            "?" if result is None else str(result.handled),
            "" if result is None or result.failed is None else str(Label(one.target.service, result.failed)),
            Text("no answer yet", style="yellow") if result is None else Text(_stopped(result), style="red"),
        )
    return table


def _stopped(result: RedriveResult) -> str:
    told = fields(result.fields, SHOWN_FIELDS)
    return f"{result.error or ''}{f': {printable(told)}' if told else ''}"


def history(found: Sequence[tuple[str, Done]]) -> Table:
    """Lay out what was done, the latest first."""
    table = _table("when", "what", "id", "subject", "who", "why", "outcome")
    for service, done in found:
        table.add_row(
            f"{done.at:%Y-%m-%d %H:%M:%S}",
            done.action,
            f"{service}:{done.what.id}",
            *(_cell(text) for text in (done.what.subject, done.by, done.reason, _outcome(done))),
        )
    return table


def _outcome(done: Done) -> str:
    if done.outcome is not None:
        stopped = f", stopped by {done.outcome.error}" if done.outcome.error else ""
        return f"{done.outcome.handled} went, {done.outcome.remaining} left{stopped}"
    if done.action in {"dry-run", "redrive"}:
        return "open"
    return done.error or ""


def aside(found: Mapping[str, Sequence[Aside]]) -> Table:
    """Lay out the rows that Kafka refused."""
    table = _table("id", "topic", "subject", "type", "bytes", "age", "behind", "why")
    for service, rows in found.items():
        for row in rows:
            table.add_row(
                str(Label(service, row.id)),
                row.topic,
                *(_cell(text) for text in (row.subject, row.type)),
                str(row.size),
                age(row.aside_at),
                str(row.behind),
                Text(row.error, style="red"),
            )
    return table


def _cell(text: str | None) -> Text:
    """Make a cell of what came from elsewhere: it is neither markup nor a terminal's command."""
    return Text(printable(text or "–"))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", show_header=any(headings))
    for heading in headings:
        table.add_column(heading, no_wrap=heading in {"id", "age", "when"}, overflow="fold")
    return table
