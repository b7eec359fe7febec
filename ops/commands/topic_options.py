"""Options that several commands of ``fordeling topics`` have."""

from __future__ import annotations

from typing import Annotated

import typer

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
