"""``fordeling mail``: e-mails of which somebody has to decide."""

from __future__ import annotations

import asyncio
import sys

import typer

from ops.bounces import LARGEST, read
from ops.commands.deciding import Ids, Wait, decide, ordered, show
from ops.commands.options import As, AsJson, DataDir, Why
from ops.decisions import KINDS, Order, carry_out
from ops.errors import UserError
from ops.stack.opening import variables

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: mail servers keep the mail and run the command again."""
NOT_RECORDED_YET = "it is not recorded yet how it was sent"
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
    help="E-mails that failed or came back, or of which nobody can know whether they arrived: never sent again by "
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
    """List mails that were refused, put off for too long, or came back.

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
def bounce(data_dir: DataDir = None, wait: Wait = 30) -> None:
    """Take a mail that came back, from standard input: what it reports of ours counts as failed.

    The contact it was to is marked. For the mail server to run on each mail to the address of MAIL_FROM. What reports
    nothing of ours is left, with exit status 0; 75 asks the mail server to try again. Nothing of the mail is kept.

    Example: fordeling mail bounce < returned.eml
    """
    content = sys.stdin.buffer.read(LARGEST + 1)
    found = read(content) if len(content) <= LARGEST else None
    if found is None:
        typer.echo("It reports no undeliverable mail of ours: nothing is done.")
        return
    target = f"{found.mail_id} {found.code}"
    order = Order("notification", "bounced", "mail server", f"reported undeliverable, {found.code}", wait)
    try:
        [outcome] = asyncio.run(carry_out(order, variables(data_dir), [target])).values()
    except UserError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(TRY_AGAIN) from None
    typer.echo(f"{found.mail_id}: {outcome or 'no answer yet'}")
    if outcome is None or outcome == NOT_RECORDED_YET:
        raise typer.Exit(TRY_AGAIN)


@app.command()
def settle(
    mails: Ids, data_dir: DataDir = None, why: Why = None, name: As = None, wait: Wait = 30, *, as_json: AsJson = False
) -> None:
    """Take mails as arrived: they count as sent from now on.

    Example: fordeling mail settle 0b7c… --why "in the mail server's log at 10.42, case 1234"
    """
    decide(ordered("notification", "arrived", why, name, wait), data_dir, mails, "counts as sent", as_json=as_json)
