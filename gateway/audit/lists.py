"""Looks at the persons of a list: written down before anything of the list is read, by whichever route."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from gateway.audit.refusals import LIST, asker_of
from gateway.parts import Parts

Connection = ASGIConnection[Any, Any, Any, Any]


async def list_is_looked_at(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Write down a look at the list that the path names; the guard behind those that say who may.

    Forms too: what is wrong with one is told on a page with all persons. Raises NotRecordedError, for which the answer
    is that of a database that is away: nothing is shown, and nothing that was typed is lost.
    """
    list_id = connection.path_params.get("list_id")
    if isinstance(list_id, str) and LIST.fullmatch(list_id):
        parts: Parts = connection.app.state.parts
        asker, _ = asker_of(connection.scope)
        await parts.audit.looked(asker, str(connection.path_params["municipality_id"]), list_id)
