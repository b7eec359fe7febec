"""``fordeling letters``: letters that reached nobody."""

from __future__ import annotations

import typer

from ops.commands.deciding import Ids, Wait, decide, ordered, show
from ops.commands.options import As, AsJson, DataDir, Why
from ops.decisions import KINDS

COLUMNS = {
    "id": "id",
    "municipality": "municipality_id",
    "list": "list_id",
    "kind": "kind",
    "person": "person",
    "what": "what",
    "attempt": "attempt",
    "age": "since",
    "can be sent again": "can_be_sent_again",
}

app = typer.Typer(
    no_args_is_help=True,
    help="Letters that SvarUt refused or returned: they are never sent again by themselves. What is decided is kept: "
    "who, when, why. Exit status: 0 done, 1 it cannot be done, 2 the database cannot be read or the command is wrongly "
    "written, 4 letters has not answered. How to: docs/runbooks/letters.md",
)


@app.callback()
def _letters() -> None:
    """Tell of letters that reached nobody."""


@app.command()
def failed(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """List letters that were refused, rejected, not delivered or halted, and those that could not be made.

    Example: fordeling letters failed --json
    """
    show(KINDS["letters that reached nobody"], data_dir, columns=COLUMNS, as_json=as_json)


@app.command()
def resend(
    letters: Ids,
    data_dir: DataDir = None,
    why: Why = None,
    name: As = None,
    wait: Wait = 30,
    *,
    as_json: AsJson = False,
) -> None:
    """Have letters sent once more, the same letter as another attempt; what became of the one before is kept.

    Who it goes to is looked up anew: have IMDi correct that first (imdi.correct-address.v1). A person's letter that
    shows a former address is made anew.

    Example: fordeling letters resend 3f6f… --why "IMDi has corrected the address, case 1234"
    """
    decide(ordered("letters", "resend", why, name, wait), data_dir, letters, "is sent again", as_json=as_json)


@app.command()
def remake(
    letters: Ids,
    data_dir: DataDir = None,
    why: Why = None,
    name: As = None,
    wait: Wait = 30,
    *,
    as_json: AsJson = False,
) -> None:
    """Have letters tried once more that could not be made: cannot_be_rendered, ended_its_workers.

    Example: fordeling letters remake 3f6f… --why "workers have more memory now, case 1234"
    """
    decide(ordered("letters", "remake", why, name, wait), data_dir, letters, "is made again", as_json=as_json)
