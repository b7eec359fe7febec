"""``fordeling four-eyes``: whether a municipality wants another one to send than the one who approved."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from contracts.codes import Role
from contracts.fields import Actor
from contracts.municipality.four_eyes import RequireFourEyes
from contracts.topics import MUNICIPALITY_COMMANDS, MUNICIPALITY_REPLIES
from ops.address import bootstrap_servers
from ops.commands.options import As, AsJson, DataDir
from ops.dead_letters import people, places
from ops.demo.conversation import Command, Conversation
from ops.errors import UserError
from ops.stack.opening import variables

FIND = """
SELECT m.id, m.name, m.four_eyes, m.successor, m.merged_on FROM municipality AS m
JOIN municipality_number AS n ON n.municipality_id = m.id AND n.valid_to IS NOT DISTINCT FROM m.merged_on
WHERE m.id = $1 OR n.number = $1
ORDER BY m.merged_on IS NOT NULL, m.merged_on DESC
"""
PATIENCE = 30.0
"""Seconds that municipality may take to answer."""


class Wanted(StrEnum):
    """What is to hold."""

    ON = "on"
    OFF = "off"


def four_eyes(
    municipality: Annotated[str, typer.Argument(help="Number, such as 0301, or id.")],
    wanted: Annotated[Wanted | None, typer.Argument(help="on or off; nothing: only tell how it is.")] = None,
    data_dir: DataDir = None,
    name: As = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell, or change, whether another one must send a municipality's answers than the one who approved them.

    Change it at the municipality's own written word. One that has merged into another is found by its last number: its
    lists go on as it had it. Exit status: 0 done, 1 it cannot be done, 2 the database cannot be
    read.

    Examples: fordeling four-eyes 0301 · fordeling four-eyes 0301 on --as "Kari Drift"
    """
    found, title, required, merged = asyncio.run(_find(municipality, data_dir))
    if wanted is not None and (wanted is Wanted.ON) != required:
        required = wanted is Wanted.ON
        _ask(found, data_dir, people.operator(name), required=required)
    if as_json:
        typer.echo(json.dumps({"municipality_id": found, "name": title, "four_eyes": required}, ensure_ascii=False))
    else:
        told = "another one must send than the one who approved" if required else "whoever approved may send"
        typer.echo(f"{title} ({found}{merged}): {told}.")


async def _find(municipality: str, data_dir: DataDir) -> tuple[str, str, bool, str]:
    async with places.database("municipality", variables(data_dir)) as connection:
        row = await connection.fetchrow(FIND, municipality)
    if row is None:
        raise UserError(f"MUNICIPALITY: there is none with the number or id {municipality}.")
    merged = f", part of {row['successor']} from {row['merged_on'].isoformat()}" if row["successor"] else ""
    return row["id"], row["name"], row["four_eyes"], merged


def _ask(municipality_id: str, data_dir: DataDir, by: str, *, required: bool) -> None:
    actor = Actor(user_id="operations", display_name=by[:200], role=Role.SYSTEM)
    body = RequireFourEyes(municipality_id=municipality_id, required=required, actor=actor)
    conversation = Conversation(
        bootstrap_servers(data_dir), datetime.now(UTC), patience=PATIENCE, heard=(MUNICIPALITY_REPLIES,)
    )
    identity = str(uuid.uuid4())
    conversation.ask([Command(identity, MUNICIPALITY_COMMANDS, municipality_id, municipality_id, body)])
