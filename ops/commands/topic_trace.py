"""``fordeling topics trace``: one story across all topics."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from contracts.topics import TOPICS
from ops.address import bootstrap_servers
from ops.commands.options import AsJson, DataDir
from ops.commands.topic_lag import duration
from ops.commands.topic_options import Since
from ops.dead_letters.masking import printable
from ops.errors import UserError
from ops.topics import names, trace as tracing
from ops.topics.records import Range, Start
from ops.topics.trace import Step

_RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WIDE = 160
"""Columns where nobody sees a terminal's edge: lines are whole in a file."""


def trace(
    what: Annotated[str, typer.Argument(metavar="CORRELATION|LIST", help="A correlation id, or a list's id.")],
    data_dir: DataDir = None,
    since: Since = None,
    *,
    again: Annotated[bool, typer.Option("--again", help="With what was told again because it was asked for.")] = False,
    each: Annotated[bool, typer.Option("--each", help="Each record on a line of its own.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell a story across all topics as a tree: what caused what, and how long after its beginning. Shows no body.

    A correlation id is that of IMDi's message or of the municipality's command; it stands in logs, on records
    (topics tail) and on pages that tell of an error. Of a list all its stories are told. State topics keep only the
    last record of each key, and others only so many days: what is gone is not told.

    Exit status: 0 done, 1 nothing is there of it, 2 the broker does not answer or the command is wrongly written.

    [bold]Examples[/]

    fordeling topics trace FL-2026-000123

    fordeling topics trace 3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11 --json
    """
    span = Range([topic.name for topic in TOPICS], Start(since=names.moment(since, "--since")))
    with Console(stderr=True).status("Reading all topics"):
        steps = tracing.collect(bootstrap_servers(data_dir), span, what)
    roots = tracing.forest(steps, again=again)
    if not roots:
        raise UserError(f"No topic holds a record of {printable(what)}: is it a correlation id or a list's id?")
    if as_json:
        typer.echo(json.dumps([root.document() for root in roots], indent=2, ensure_ascii=False))
        return
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, WIDE)
    topics = tracing.counted(steps)
    console.print(f"[bold]{printable(what)}[/]: {len(steps)} records on {len(topics)} topics", highlight=False)
    for root in roots:
        console.print(_tree(root, each=each), highlight=False)


def _tree(root: Step, *, each: bool) -> Tree:
    when = root.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    tree = Tree(_line(root, Text(when, "cyan"), 1), guide_style="dim")
    _grow(tree, root, root, each=each)
    return tree


def _grow(tree: Tree, step: Step, root: Step, *, each: bool) -> None:
    told = [(effect, 1) for effect in step.effects] if each else tracing.bundled(step.effects)
    for effect, count in told:
        after = max((effect.at - root.at).total_seconds(), 0)
        time = f"+{after * 1000:.0f} ms" if after < 1 else f"+{duration(after)}"
        branch = tree.add(_line(effect, Text(f"{time:>9}", "cyan"), count))
        _grow(branch, effect, root, each=each)


def _short(subject: str) -> str:
    """Write the first part of an id that is random."""
    return f"{subject[:8]}…" if _RANDOM.fullmatch(subject) else subject


def _line(step: Step, when: Text, count: int) -> Text:
    many = f"{count} × " if count > 1 else ""
    shown = _short(step.subject)
    subject = f"  {shown}{' …' if count > 1 and not shown.endswith('…') else ''}"
    ended = (" erased", "yellow") if step.erased else ""
    again = (" told again", "yellow") if step.again else ""
    kind = step.type.rpartition(".v")[0] or step.type
    # Its owner is mostly that of the type: said once.
    topic = step.topic.rpartition(".v")[0].removeprefix(f"{step.type.split('.', 1)[0]}.")
    where = f"  {topic} {step.partition}:{step.offset}"
    return Text.assemble(when, f"  {many}", (kind, "bold"), ended, again, (subject, "green"), (where, "dim"))
