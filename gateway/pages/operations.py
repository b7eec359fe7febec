"""The pages of operations: how the processes are, and the catalogue of messages. Read-only; nothing of anybody."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.response import Template

from gateway.auth.guards import TURNS_AWAY, operators_only
from gateway.operations import words
from gateway.operations.view import View
from gateway.pages.format import lasting
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts

ROOT = "/drift"
WORDS: dict[str, Any] = {
    "state_word": words.state_word,
    "state_colour": words.state_colour,
    "code_word": words.code_word,
    "alarm_word": words.alarm_word,
    "runbook": words.runbook,
    "status_word": words.status_word,
    "lasting": lasting,
}


@get("/")
async def operations(request: PageRequest, parts: NamedDependency[Parts]) -> Template:
    """Show how the processes are, and what waits in them."""
    return page(request, "operations.html", view=View(await parts.lookout.look()), **WORDS)


@get("/meldinger")
async def catalogue(request: PageRequest, parts: NamedDependency[Parts]) -> Template:
    """Show the topics and their messages."""
    return page(request, "catalogue.html", catalogue=parts.catalogue, lasting=lasting)


@get("/meldinger/{message_type:str}")
async def message(
    request: PageRequest, parts: NamedDependency[Parts], message_type: Annotated[str, PathParameter()]
) -> Template:
    """Show one message: its fields, parts, codes and examples."""
    found = parts.catalogue.message(message_type)
    if found is None:
        raise NotFoundException
    return page(request, "catalogue_message.html", message=found)


@get("/asyncapi.json")
async def as_json(parts: NamedDependency[Parts]) -> Response[bytes]:
    """Give the whole document, schemas included, as JSON."""
    return _file(parts.catalogue.as_json, "application/json", "fordeling-asyncapi.json")


@get("/asyncapi.yaml")
async def as_yaml(parts: NamedDependency[Parts]) -> Response[bytes]:
    """Give the same as YAML."""
    return _file(parts.catalogue.as_yaml, "application/yaml", "fordeling-asyncapi.yaml")


def _file(text: str, media_type: str, name: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), media_type=media_type, headers=headers)


def router() -> Router:
    """Put them all behind one guard, which writes down whom it turns away."""
    return Router(
        ROOT,
        route_handlers=[operations, catalogue, message, as_json, as_yaml],
        guards=[operators_only],
        opt={TURNS_AWAY: True},
        include_in_schema=False,
    )
