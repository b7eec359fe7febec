"""``fordeling topics access``: give the rights that the registry asks for."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ops.address import bootstrap_servers
from ops.commands.options import AsJson, DataDir
from ops.topics.access import PRINCIPAL, apply


def with_a_name(text: str) -> str:
    """Refuse a pattern without a place for the name."""
    if "{}" not in text:
        raise typer.BadParameter("has no {} for the name.", param_hint="--principal")
    return text


Principal = Annotated[
    str,
    typer.Option(callback=with_a_name, help="How the broker names who signs in; {} stands for ours, as distribution."),
]


def access(
    data_dir: DataDir = None,
    principal: Principal = PRINCIPAL,
    *,
    prune: Annotated[bool, typer.Option("--prune", help="Take rights on ours that it does not know.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give each service, the gateway and IMDi the rights on the broker that follow from the registry, and no more.

    Only a topic's producers may write it and its consumers read it; groups and transactional ids are their owner's.
    Needs a broker with an authorizer, and to sign in as one of its super users.

    [bold]Examples[/]

    fordeling --profile test topics access --dry-run

    fordeling --profile test topics access --principal "User:CN={}" --prune
    """
    done = apply(bootstrap_servers(data_dir), principal, prune=prune, dry_run=dry_run)
    if as_json:
        told = {"given": done.given, "taken": done.taken, "left": list(done.left), "dry_run": dry_run}
        typer.echo(json.dumps(told, indent=2))
        return
    would = "Would give" if dry_run else "Gave"
    typer.echo(f"{would} {done.given} rights, {'take' if dry_run else 'took'} {done.taken}.")
    for each in done.left:
        typer.echo(f"Not in the registry, left as it is (--prune takes it): {each}", err=True)
