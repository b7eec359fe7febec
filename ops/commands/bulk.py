"""``fordeling bulk``: how far messages that were published together have come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from ops import broker
from ops.address import bootstrap_servers
from ops.bulk import TOPICS, Tally, since
from ops.commands.following import follow, tell
from ops.commands.options import AsJson, DataDir


def bulk(
    bulk_id: Annotated[str, typer.Argument(help="What the messages have as ce_correlationid.", metavar="BULK")],
    expect: Annotated[
        int | None, typer.Option(min=1, help="How many messages it has; stop once something is heard of all.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="Stop after this long without news.")] = 5,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Count what has become of a bulk: accepted, rejected with reason, and with --expect those without a word yet.

    Exit code 1 where something was rejected, or nothing has been heard of something.
    Examples: fordeling bulk 2026-48-utsending --expect 5000 · fordeling bulk 2026-48-utsending --json
    """
    tally = Tally(bulk_id, expect)
    follow(tally, broker.follow(bootstrap_servers(data_dir), TOPICS, since=since(datetime.now(UTC))), seconds)
    tell(tally, as_json=as_json)
