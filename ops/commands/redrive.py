"""``fordeling dead-letters redrive``: parked messages handled in their order, after a dry run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ops.commands.options import As, AsJson, DataDir, Service, Why
from ops.dead_letters import documents, people, tables
from ops.dead_letters.redriving import Answer, Order, Target, Wish, redriving
from ops.errors import UserError
from ops.stack.opening import variables
from ops.topics import acts

STILL_FAILS, STAYS_OPEN = 3, 4
NO_REASON = "no reason was told"


def redrive(
    what: Annotated[
        str | None, typer.Argument(help="A subject, or a message's id, which stands for its subject.")
    ] = None,
    data_dir: DataDir = None,
    all_of: Annotated[str | None, typer.Option(metavar="READER", help="All subjects of this reader.")] = None,
    service: Service = None,
    why: Why = None,
    name: As = None,
    wait: Annotated[float, typer.Option(min=1, help="Longest without any progress, in seconds.")] = 30,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only try it: nothing is kept.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask after the dry run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have a subject's messages handled in their order by the service's own process: in a dry run, then for good.

    One that fails again stops its subject there, and waits on with those behind it. Where the service does not answer,
    the request stays open and is done when it runs again. Exit status 3: something still fails; 4: no answer.

    Examples: fordeling dead-letters redrive FL-2026-000123 --dry-run · fordeling dead-letters redrive letters:3 ·
    fordeling dead-letters redrive --all-of letters.distribution.events.v1 --yes --why "release 0.2 knows the code"
    """
    if (what is None) == (all_of is None):
        raise UserError("Name a subject or an id, or --all-of a reader: one of them.")
    if not (dry_run or yes or sys.stdin.isatty()):
        raise UserError("--yes is missing: nobody can be asked here after the dry run.")
    order = Order(people.operator(name), None if why is None else people.reason(why, "--why"), wait)
    given = variables(data_dir)
    work = _Work(Wish(what, service, all_of), given, order)
    tried = work.do(dry_run=True)
    done: list[Answer] = []
    if not as_json:
        Console().print(tables.answers(tried, dry_run=True))
    if not dry_run and all(one.result for one in tried) and any(one.result and one.result.handled for one in tried):
        if not yes:
            typer.confirm("Redrive them for good, as far as it goes?", abort=True, err=True)
        warrant = acts.Warrant(order.by, order.reason or NO_REASON)
        acts.keep(given, acts.Act.REDRIVEN, what or all_of or "", warrant, {"service": service})
        done = work.do(dry_run=False, targets=[one.target for one in tried])
        if not as_json:
            Console().print(tables.answers(done, dry_run=False))
    if as_json:
        answers = {"dry_run": tried, "redrive": done}
        typer.echo(documents.as_json({key: [documents.answer(one) for one in told] for key, told in answers.items()}))
    _conclude(done or tried, kept=bool(done))


class _Work:
    """One wish: tried, then done."""

    def __init__(self, wish: Wish, given: Mapping[str, str], order: Order) -> None:
        self._wish = wish
        self._given = given
        self._order = order

    def do(self, *, dry_run: bool, targets: Sequence[Target] | None = None) -> list[Answer]:
        """Ask the services, and wait while telling how far they are."""
        what = "Dry run" if dry_run else "Redriving"
        with Console(stderr=True).status(what) as status:
            return asyncio.run(self._do(dry_run, targets, lambda how: status.update(f"{what} {escape(how)}")))

    async def _do(self, dry_run: bool, targets: Sequence[Target] | None, tell: Callable[[str], None]) -> list[Answer]:
        async with redriving(self._wish, self._given) as work:
            chosen = targets or await work.targets(self._wish)
            return await work.redrive(chosen, self._order, dry_run=dry_run, tell=tell)


def _conclude(answers: Sequence[Answer], *, kept: bool) -> None:
    """Say in words what the exit status says."""
    silent = sorted({one.target.service for one in answers if one.result is None})
    if silent:
        typer.echo(
            f"No answer from {', '.join(silent)}: is it running (fordeling status)? "
            f"The {'redrive' if kept else 'dry run'} stays asked for and is done when it runs; "
            "fordeling dead-letters history tells.",
            err=True,
        )
        raise typer.Exit(STAYS_OPEN)
    if any(one.result and one.result.error for one in answers):
        typer.echo(f"Not all of it goes{'' if kept else '; nothing was redriven'}. What stops waits on.", err=True)
        raise typer.Exit(STILL_FAILS)
