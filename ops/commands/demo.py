"""``fordeling demo``: invented lists to try things out with."""

from __future__ import annotations

import secrets
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import TypeAdapter, ValidationError

from contracts.codes import WithdrawalReason
from contracts.erasure import ErasureReason, Papers
from contracts.fields import ListId
from contracts.imdi.v1 import ErasePersons, ExtendDeadline, ReplyInThread, WithdrawList, WithdrawPersons
from ops.address import bootstrap_servers
from ops.commands.options import DataDir
from ops.demo.lists import distribution_list
from ops.demo.load import SEED, load
from ops.demo.year import LISTS, PERSONS, Year, line, lines
from ops.errors import UserError

_OSLO = ZoneInfo("Europe/Oslo")
_LIST_ID: TypeAdapter[str] = TypeAdapter(ListId)

app = typer.Typer(help="Invented people and lists; synthetic identity numbers only.", no_args_is_help=True)


@app.command("list")
def one_list(
    municipality: Annotated[str, typer.Option(help="Municipality number, e.g. 5001.")] = "0301",
    persons: Annotated[int, typer.Option(min=1, max=500)] = 4,
    list_id: Annotated[str | None, typer.Option("--id", help="List id; made up when not given.")] = None,
    days: Annotated[int, typer.Option(min=0, help="Days until the deadline.")] = 7,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same people.")] = None,
    replaces: Annotated[
        str | None, typer.Option(help="Id of the list on which these people were offered before.")
    ] = None,
) -> None:
    """Write one invented list as JSON, to look at or to publish.

    Example: fordeling demo list --municipality 5001 --persons 3 | fordeling publish -
    """
    today = datetime.now(_OSLO).date()
    body = distribution_list(
        Random(secrets.randbits(64) if seed is None else seed),  # noqa: S311 - invented people need no secrecy
        municipality_number=municipality,
        persons=persons,
        today=today,
        list_id=list_id or f"FL-{today.year}-{secrets.token_hex(4).upper()}",
        days=days,
    )
    if replaces is not None:
        body = body.model_copy(update={"replaces": _list_id(replaces, "--replaces")})
    typer.echo(body.model_dump_json(indent=2))


@app.command("withdraw")
def withdraw(
    list_id: Annotated[str, typer.Argument(help="The list.", metavar="LIST")],
    municipality: Annotated[str, typer.Option(help="Municipality number of the list, e.g. 5001.")] = "0301",
    person: Annotated[
        list[int] | None, typer.Option(min=1, max=1000, help="Running number; may be given several times.")
    ] = None,
    reason: Annotated[WithdrawalReason, typer.Option(help="Why IMDi takes it back.")] = (
        WithdrawalReason.OFFERED_ELSEWHERE
    ),
) -> None:
    """Write IMDi's withdrawal of a list, or of persons of it, as one line to publish.

    Example: fordeling demo withdraw FL-2026-000123 --person 2 | fordeling publish -
    """
    head = {"list_id": _list_id(list_id, "LIST"), "municipality_number": municipality, "reason": reason}
    body: WithdrawPersons | WithdrawList
    try:
        body = WithdrawPersons.model_validate(head | {"persons": person}) if person else WithdrawList(**head)
    except ValidationError as error:
        raise UserError(f"{_field(error)}: is not of the right form.") from error
    typer.echo(line(body, body.list_id, datetime.now(_OSLO)))


@app.command("erase")
def erase(
    list_id: Annotated[str, typer.Argument(help="The list.", metavar="LIST")],
    person: Annotated[list[int], typer.Option(min=1, max=1000, help="Running number; may be given several times.")],
    municipality: Annotated[str, typer.Option(help="Municipality number of the list, e.g. 5001.")] = "0301",
    reason: Annotated[ErasureReason, typer.Option(help="Why it is erased.")] = ErasureReason.ERASURE_REQUEST,
    papers: Annotated[
        Papers,
        typer.Option(help="What becomes of letters and answer: erase only where no law asks for them."),
    ] = Papers.KEEP,
    *,
    list_words: Annotated[
        bool, typer.Option("--list-words", help="The list's own message and thread tell of them too: they go as well.")
    ] = False,
) -> None:
    """Write, as one line to publish, that IMDi has what is known of persons of a list erased.

    Whoever is still asked for or placed is withdrawn first. How to: docs/runbooks/erasure.md

    Example: fordeling demo erase FL-2026-000123 --person 2 --papers erase | fordeling publish -
    """
    head = {"list_id": _list_id(list_id, "LIST"), "municipality_number": municipality, "persons": person}
    try:
        body = ErasePersons.model_validate(head | {"reason": reason, "papers": papers, "list_words": list_words})
    except ValidationError as error:
        raise UserError(f"{_field(error)}: is not of the right form.") from error
    typer.echo(line(body, body.list_id, datetime.now(_OSLO)))


@app.command("extend")
def extend(
    list_id: Annotated[str, typer.Argument(help="The list.", metavar="LIST")],
    deadline: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The new deadline; the list may be answered that day.")
    ],
    municipality: Annotated[str, typer.Option(help="Municipality number of the list, e.g. 5001.")] = "0301",
) -> None:
    """Write, as one line to publish, that IMDi gives a municipality more time to answer a list.

    Example: fordeling demo extend FL-2026-000123 --deadline 2026-12-08 | fordeling publish -
    """
    head = {"list_id": _list_id(list_id, "LIST"), "municipality_number": municipality}
    try:
        body = ExtendDeadline.model_validate(head | {"deadline": deadline.date()})
    except ValidationError as error:
        raise UserError(f"{_field(error)}: is not of the right form.") from error
    typer.echo(line(body, body.list_id, datetime.now(_OSLO)))


@app.command("reply")
def reply(
    list_id: Annotated[str, typer.Argument(help="The list.", metavar="LIST")],
    text: Annotated[str, typer.Option(help="What IMDi writes; 1 to 10,000 characters.")],
    municipality: Annotated[str, typer.Option(help="Municipality number of the list, e.g. 5001.")] = "0301",
    person: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Running number; without it, about the whole list.")
    ] = None,
    reply_id: Annotated[
        str | None, typer.Option("--id", help="IMDi's id of it, unique within the list; made up when not given.")
    ] = None,
) -> None:
    """Write, as one line to publish, what IMDi replies to a municipality's question (fordeling watch shows them).

    Example: fordeling demo reply FL-2026-000123 --person 2 --text "Heis holder." | fordeling publish -
    """
    head = {"list_id": _list_id(list_id, "LIST"), "municipality_number": municipality}
    said = {"running_number": person, "reply_id": reply_id or f"demo-{secrets.token_hex(4)}", "text": text}
    try:
        body = ReplyInThread.model_validate(head | said)
    except ValidationError as error:
        raise UserError(f"{_field(error).replace('reply_id', 'id')}: is not of the right form.") from error
    typer.echo(line(body, body.list_id, datetime.now(_OSLO)))


def _list_id(text: str, where: str) -> str:
    try:
        return _LIST_ID.validate_python(text)
    except ValidationError as error:
        raise UserError(f"{where}: {text!r} is no list id; one is like FL-2026-000123.") from error


def _field(error: ValidationError) -> str:
    return f"--{str(error.errors()[0]['loc'][0]).removesuffix('_number')}"


@app.command("load")
def load_all(
    data_dir: DataDir = None,
) -> None:
    """Load the whole demonstration into a running stack: 28 municipalities, lists in every state."""
    count = load(bootstrap_servers(data_dir), datetime.now(_OSLO), lambda step: typer.echo(f"Demo data: {step}"))
    typer.echo(f"Demo data: {count} lists loaded.")


@app.command("year")
def whole_year(
    year: Annotated[int | None, typer.Option(min=2000, max=2100, help="Which year; this one by default.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same lines.")] = SEED,
    lists: Annotated[int, typer.Option(min=1)] = LISTS,
    persons: Annotated[int, typer.Option(min=1)] = PERSONS,
    requests: Annotated[
        bool, typer.Option("--requests/--no-requests", help="Begin with IMDi's yearly request to every municipality.")
    ] = True,
    out: Annotated[Path | None, typer.Option(help="File to write; standard output by default.")] = None,
) -> None:
    """Write a national year as NDJSON: each municipality's yearly request, then all lists, spread by population.

    The lines are CloudEvents whose time says when IMDi would have published them. They are accepted on any day of
    their year: lists name no deadline, so each has seven days from its receipt.

    Example: fordeling demo year | fordeling publish -
    """
    wanted = Year(year or datetime.now(_OSLO).year, seed, lists, persons, requests)
    try:
        with nullcontext(sys.stdout) if out is None else out.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines(wanted))
    except OSError as error:
        if out is None:
            raise
        raise UserError(f"Cannot write {out}: {error.strerror}.") from error
    except ValueError as error:
        raise UserError(f"{error}.") from error
