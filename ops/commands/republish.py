"""``fordeling republish``: have services tell again what their databases hold."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from chassis.republishing.republish import Outcome, Selection
from contracts.topics import SERVICES
from ops.commands.options import AsJson, DataDir, a_time
from ops.republish import Asked, ask, database_url, follow
from ops.stack.opening import variables

FAILED = 1


def republish(
    services: Annotated[list[str], typer.Argument(help=f"{', '.join(SERVICES)}; or all.")],
    data_dir: DataDir = None,
    key: Annotated[list[str] | None, typer.Option(help="Only this record key; may be given several times.")] = None,
    municipality: Annotated[str | None, typer.Option(help="Only what is this one's, by id: k-0301.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what changed since: 2026-11-26T08:00:00+01:00.")] = None,
    wait: Annotated[float, typer.Option(min=0, help="Longest to wait until it is done, in seconds; 0: not.")] = 600,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell every state record again as the database has it, and erase those that the database has nothing for.

    The service's own process does it, in small transactions beside its other work; readers take it also where they have
    seen that version. What belongs to a municipality, or changed since, is told without erasing anything.

    Exit status 0 when it is done, 1 when a service gave it up or did not do it in time.

    fordeling republish distribution --key FL-2026-000123
    fordeling republish all
    """
    chosen = list(SERVICES) if services == ["all"] else services
    selection = Selection(key, municipality, a_time(since, "--since"))
    known = variables(data_dir)
    for service in chosen:
        database_url(known, service)
    requests = {service: ask(known, service, Asked(selection)) for service in chosen}
    outcomes = {}
    if wait:
        with Console(stderr=True).status("Republishing") as status:
            for service, number in requests.items():
                outcomes[service] = follow(
                    known,
                    service,
                    number,
                    wait,
                    lambda now, name=service: status.update(f"Republishing: {name} {now.told}"),  # type: ignore[misc]
                )
    _show(requests, outcomes, as_json=as_json)
    if any(outcome.error for outcome in outcomes.values()):
        raise typer.Exit(FAILED)


def _show(requests: dict[str, int], outcomes: dict[str, Outcome], *, as_json: bool) -> None:
    if as_json:
        told = {name: asdict(outcomes[name]) if name in outcomes else None for name in requests}
        typer.echo(
            json.dumps({name: {"request": requests[name], "outcome": told[name]} for name in requests}, indent=2)
        )
        return
    for service, number in requests.items():
        if (outcome := outcomes.get(service)) is None:
            typer.echo(f"{service}: asked for (request {number})")
        elif outcome.error:
            typer.echo(f"{service}: gave it up: {outcome.error}; its log tells where")
        else:
            typer.echo(f"{service}: told {outcome.told}, erased {outcome.erased}")
