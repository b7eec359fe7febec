"""``fordeling topics``: the topics on the broker, what is on them, who reads them and how far."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from contracts.topics import BY_NAME, TOPICS, Topic
from ops import kafka_client
from ops.address import bootstrap_servers
from ops.commands.options import AsJson, DataDir, Most
from ops.commands.topic_access import Principal, access
from ops.commands.topic_lag import duration, lag
from ops.commands.topic_moving import replay, seek
from ops.commands.topic_options import Topic as OneTopic
from ops.commands.topic_tail import tail
from ops.commands.topic_trace import trace
from ops.stack import topics
from ops.stack.opening import variables
from ops.topics import acts, names, registry
from ops.topics.access import PRINCIPAL
from ops.topics.lag import LagReader, expected

DRIFTS = 3
MILLISECOND = 0.001

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="The topics: what is on them, who reads them and how far, and whether they are as the registry "
    "(contracts/topics.py) says. A topic's name may be written without its version. Exit statuses and examples: "
    "docs/cli.md",
)


@app.callback()
def _topics() -> None:
    """Tell of the topics, read them, and move groups about."""


@app.command("list")
def listing(
    data_dir: DataDir = None,
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Only the registry; ask no broker.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the topics of the registry: how long each is kept, how much it holds, and who reads it.

    [bold]Examples[/]

    fordeling topics list

    fordeling topics list --offline --json
    """
    there = {} if offline else _sizes(bootstrap_servers(data_dir))
    if as_json:
        typer.echo(json.dumps([_document(topic) | {"offsets": there.get(topic.name)} for topic in TOPICS], indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("topic", no_wrap=True)
    table.add_column("kept", no_wrap=True)
    table.add_column("parts", justify="right")
    table.add_column("offsets", justify="right")
    table.add_column("read by")
    for topic in TOPICS:
        held = "" if offline else str(there.get(topic.name, "[red]missing[/]"))
        table.add_row(topic.name, _kept(topic), str(topic.partitions), held, ", ".join(topic.consumers))
    Console().print(table)


def _sizes(bootstrap: str) -> dict[str, int]:
    """Tell how many offsets each topic holds: records, and the markers of transactions."""
    return LagReader(bootstrap).held([topic.name for topic in TOPICS])


def _kept(topic: Topic) -> str:
    if "retention.ms" not in topic.config:
        return "last of key"
    return f"{int(topic.config['retention.ms']) * MILLISECOND / 86400:.0f} days"


def _document(topic: Topic) -> dict[str, Any]:
    return {
        "topic": topic.name,
        "kind": topic.kind.value,
        "owner": topic.owner,
        "key": topic.key,
        "producers": list(topic.producers),
        "consumers": list(topic.consumers),
        "partitions": topic.partitions,
        "config": topic.config,
        "messages": list(topic.types),
    }


@app.command()
def describe(
    topic: OneTopic,
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell all about a topic: its key, messages, who writes and reads, and each partition's offsets and groups.

    [bold]Examples[/]

    fordeling topics describe distribution.events
    """
    one = BY_NAME[names.topic(topic)]
    bootstrap = bootstrap_servers(data_dir)
    found = registry.look(bootstrap)
    differing = registry.drift(found, topics=[one])
    differing = [each for each in differing if each.topic == one.name]
    reader = LagReader(bootstrap)
    groups = reader.look([group for group, name in expected().items() if name == one.name])
    partitions = reader.watermarks(one.name) if one.name in found.topics else {}
    if as_json:
        told = _document(one) | {
            "offsets": [{"partition": number, "first": low, "end": end} for number, (low, end) in partitions.items()],
            "groups": [group.document() for group in groups],
            "drift": [each.document() for each in differing],
        }
        typer.echo(json.dumps(told, indent=2))
        return
    _describe(one, Console(), found.topics.get(one.name))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("partition", "first", "end", *(group.group.split(".", 1)[0] for group in groups)):
        table.add_column(heading, justify="right")
    for number, (low, end) in partitions.items():
        at = [next((each.committed for each in group.partitions if each.partition == number), None) for group in groups]
        table.add_row(str(number), str(low), str(end), *("–" if each is None else str(each) for each in at))
    Console().print(table)
    for each in differing:
        Console().print(f"[red]{each.what}[/]: {each.found}, the registry says {each.wanted}", highlight=False)


def _describe(topic: Topic, console: Console, there: registry.OnBroker | None) -> None:
    console.print(f"[bold]{topic.name}[/]  {topic.kind}, kept: {_kept(topic)}", highlight=False)
    table = Table.grid(padding=(0, 2))
    table.add_row("[dim]key[/]", topic.key)
    table.add_row("[dim]from[/]", ", ".join(topic.producers))
    table.add_row("[dim]to[/]", ", ".join(topic.consumers))
    table.add_row("[dim]messages[/]", "\n".join(topic.types))
    if there is not None:
        table.add_row("[dim]copies[/]", str(there.copies))
        held = {name: value for name, value in there.config.items() if name in topic.config}
        table.add_row("[dim]settings[/]", "\n".join(_setting(name, value) for name, value in held.items()))
    console.print(table)


def _setting(name: str, value: str) -> str:
    """Write a setting, times as a person would."""
    if name.endswith(".ms") and value.isdigit():
        return f"{name} {duration(int(value) * MILLISECOND)}"
    return f"{name} {value}"


@app.command()
def check(
    data_dir: DataDir = None,
    principal: Principal = PRINCIPAL,
    *,
    as_json: AsJson = False,
) -> None:
    """Compare the registry with the broker: topics, partitions, retention, compaction, copies, and who may do what.

    Exit status: 0 all agree, 2 the broker does not answer, 3 something differs.

    [bold]Examples[/]

    fordeling topics check

    fordeling --profile test topics check --principal "User:CN={}" --json
    """
    found = registry.look(bootstrap_servers(data_dir))
    differing = registry.drift(found, principal)
    if as_json:
        told = {"agree": not differing, "rights_checked": found.acls is not None}
        typer.echo(json.dumps(told | {"drift": [each.document() for each in differing]}, indent=2))
    else:
        _show_drift(found, differing, Console())
    if differing:
        raise typer.Exit(DRIFTS)


def _show_drift(found: registry.Look, differing: list[registry.Drift], console: Console) -> None:
    if differing:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in ("topic", "what", "registry", "broker", "mended by"):
            table.add_column(heading, no_wrap=heading == "topic", overflow="fold")
        for each in differing:
            table.add_row(each.topic, each.what, each.wanted, f"[red]{each.found}[/]", each.mend)
        console.print(table)
    rights = (
        "" if found.acls is not None else " Access rights: it keeps none, or shows us none; so they are not compared."
    )
    outcome = (
        f"[red]{len(differing)} differences.[/]" if differing else f"[green]{len(TOPICS)} topics as they should be.[/]"
    )
    console.print(f"{outcome}{rights}", highlight=False)


@app.command()
def create(
    data_dir: DataDir = None,
    replication_factor: Annotated[
        int,
        typer.Option(
            min=-1,
            help="Copies of each new partition; 0: three, or as many as there are brokers; -1: as the brokers say.",
        ),
    ] = topics.BY_BROKERS,
    *,
    as_json: AsJson = False,
) -> None:
    """Make the topics that are missing and set the configuration of those that differ.

    [bold]Examples[/]

    fordeling topics create --replication-factor 3
    """
    bootstrap = bootstrap_servers(data_dir)
    kafka_client.admin(bootstrap)
    outcome = topics.create(bootstrap, replication_factor=replication_factor)
    if as_json:
        told = {"created": outcome.created, "reconfigured": outcome.reconfigured}
        typer.echo(json.dumps(told | {"other_partitions": outcome.misfits, "few_copies": outcome.thin}, indent=2))
        return
    typer.echo(f"Created {len(outcome.created)}, changed the configuration of {len(outcome.reconfigured)}.")
    for name in outcome.misfits:
        typer.echo(f"{name} has another number of partitions than the registry says: left as it is.", err=True)
    for name in outcome.thin:
        typer.echo(f"{name} has fewer copies than the brokers could hold: have it reassigned.", err=True)


app.command()(access)
app.command()(tail)
app.command()(lag)
app.command()(seek)
app.command()(replay)
app.command()(trace)


@app.command()
def history(data_dir: DataDir = None, most: Most = 50, *, as_json: AsJson = False) -> None:
    """Tell what operators did with topics, the latest first: bodies shown or written out, groups made or moved.

    [bold]Examples[/]

    fordeling topics history --json
    """
    found = acts.kept(variables(data_dir), most)
    if as_json:
        typer.echo(json.dumps([each.document() for each in found], indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo("Nothing was done.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("when", "what", "of", "who", "why"):
        table.add_column(heading, no_wrap=heading in ("when", "what"), overflow="fold")
    for each in found:
        when = each.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(when, each.act.value, each.target, each.by, each.reason)
    Console().print(table)
