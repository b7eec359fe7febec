"""``fordeling mail``: e-mails of which somebody has to decide."""

from __future__ import annotations

import typer

from ops.commands.deciding import Ids, Wait, decide, ordered, show
from ops.commands.options import As, AsJson, DataDir, Why
from ops.decisions import KINDS

COLUMNS = {
    "id": "id",
    "municipality": "municipality_id",
    "list": "list_id",
    "about": "kind",
    "why": "failure",
    "code": "code",
    "age": "ended_at",
    "can be sent again": "can_be_sent_again",
}

app = typer.Typer(
    no_args_is_help=True,
    help="E-mails that failed, or of which nobody can know whether they arrived: they are never sent again by "
    "themselves. What is decided is kept: who, when, why. Exit status: 0 done, 1 it cannot be done, 2 the database "
    "cannot be read or the command is wrongly written, 4 notification has not answered. How to: docs/runbooks/mail.md",
)


@app.callback()
def _mail() -> None:
    """Tell of e-mails of which somebody has to decide."""


@app.command()
def unsure(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """List mails that may have arrived: the connection or the process ended while they were handed over.

    Example: fordeling mail unsure --json
    """
    show(KINDS["mails nobody is sure of"], data_dir, columns=COLUMNS, as_json=as_json)


@app.command()
def failed(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """List mails that were refused, or put off for too long.

    Example: fordeling mail failed
    """
    show(KINDS["mails that failed"], data_dir, columns=COLUMNS, as_json=as_json)


@app.command()
def resend(
    mails: Ids, data_dir: DataDir = None, why: Why = None, name: As = None, wait: Wait = 30, *, as_json: AsJson = False
) -> None:
    """Have mails sent once more, under the Message-ID they had.

    Example: fordeling mail resend 0b7c… --why "not in the mail server's log, case 1234"
    """
    decide(ordered("notification", "resend", why, name, wait), data_dir, mails, "is sent again", as_json=as_json)


@app.command()
def settle(
    mails: Ids, data_dir: DataDir = None, why: Why = None, name: As = None, wait: Wait = 30, *, as_json: AsJson = False
) -> None:
    """Take mails as arrived: they count as sent from now on.

    Example: fordeling mail settle 0b7c… --why "in the mail server's log at 10.42, case 1234"
    """
    decide(ordered("notification", "arrived", why, name, wait), data_dir, mails, "counts as sent", as_json=as_json)
