"""Options that several commands of ``fordeling topics`` have."""

from __future__ import annotations

from typing import Annotated

import typer

from contracts.topics import BY_NAME
from ops.topics.lag import expected


def _topics(incomplete: str) -> list[str]:
    return [name for topic in BY_NAME if (name := topic.rpartition(".v")[0]).startswith(incomplete)]


def _groups(incomplete: str) -> list[str]:
    return sorted(name for name in expected() if name.startswith(incomplete))


Topic = Annotated[str, typer.Argument(help="Its name; .v1 may be left out.", autocompletion=_topics)]
Topics = Annotated[
    list[str], typer.Argument(metavar="TOPIC...", help="One or more; .v1 may be left out.", autocompletion=_topics)
]
Group = Annotated[
    str, typer.Argument(help="A consumer group, e.g. notification.distribution.events.v1.", autocompletion=_groups)
]
Groups = Annotated[
    list[str] | None,
    typer.Argument(metavar="[GROUP]...", help="Whole, or its beginning: distribution.", autocompletion=_groups),
]
Key = Annotated[str | None, typer.Option("--key", help="Only records of this key.")]
Type = Annotated[
    str | None, typer.Option("--type", help="Only this type: distribution.list-received.v1, or just list-received.")
]
Subject = Annotated[str | None, typer.Option("--subject", help="Only about this: a list, a person <list>/2, a letter.")]
Correlation = Annotated[str | None, typer.Option("--correlation", help="Only of this correlation id.")]
Header = Annotated[list[str] | None, typer.Option("--header", metavar="NAME=VALUE", help="Only with this header.")]
Partition = Annotated[list[int] | None, typer.Option("--partition", "-p", min=0, help="Only of this partition.")]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="From then on: 2026-11-26T08:00:00+01:00, or 15m, 2h, 3d ago."),
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before then; written the same way.")]
Offset = Annotated[int | None, typer.Option("--offset", min=0, help="From this offset of each partition on.")]
Unmask = Annotated[bool, typer.Option("--unmask", help="Show bodies whole. Needs --why, and is kept.")]
