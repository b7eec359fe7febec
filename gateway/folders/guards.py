"""The guards of person folders: those of all that is a municipality's, and who is turned away is written down."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler

from gateway.api import guards as api
from gateway.api.problems import ProblemError
from gateway.auth.guards import own_municipality
from gateway.auth.machines import Caller
from gateway.auth.users import User
from gateway.folders.looks import Channel, Part, Refusal, Viewer, Wanted
from gateway.folders.opening import names_a_person
from gateway.parts import Parts

PART = "look_part"
"""Name of a route's option: the part of the folder that it shows."""

TELLS = "look_tells"
"""In a request's state: a look's own row tells of it, whatever becomes of it from here on."""

Connection = ASGIConnection[Any, Any, Any, Any]


async def of_pages(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let in whom ``own_municipality`` lets in; write down who else tried. Raises as it, and LookNotRecordedError."""
    connection.scope["state"][TELLS] = _person_of(connection) is not None
    try:
        own_municipality(connection, handler)
    except NotFoundException:
        await _turned_away(connection, handler, _of(connection.user, connection), Refusal.NO_ACCESS)
        raise
    except PermissionDeniedException:
        await _turned_away(connection, handler, _of(connection.user, connection), Refusal.ROLE)
        raise


async def of_api(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let in whom the API's guards let in, and write down who tried. Raises as those, and LookNotRecordedError."""
    refusal = Refusal.ROLE
    connection.scope["state"][TELLS] = _person_of(connection) is not None
    try:
        await api.known_client(connection, handler)
        refusal = Refusal.NO_ACCESS
        await api.own_municipality(connection, handler)
    except ProblemError:
        # A token that is no good, or a client that asks too often, has nobody to write down.
        caller: Caller | None = connection.scope["state"].get(api.CALLER)
        if caller is not None:
            viewer = Viewer(caller.user_id, caller.actor.display_name, None, Channel.API)
            await _turned_away(connection, handler, viewer, refusal)
        raise


def _of(user: User | None, connection: Connection) -> Viewer:
    assert user is not None, "who is not logged in is sent to do so"
    access = user.to(str(connection.path_params["municipality_id"]))
    return Viewer(user.user_id, user.display_name, access.role if access else None, Channel.PAGE)


async def _turned_away(connection: Connection, handler: BaseRouteHandler, viewer: Viewer, refusal: Refusal) -> None:
    person = _person_of(connection)
    if person is None:
        return
    parts: Parts = connection.app.state.parts
    part: Part = handler.opt[PART]
    municipality_id = str(connection.path_params["municipality_id"])
    await parts.looks.record(viewer, Wanted(municipality_id, *person, part), refusal)


def _person_of(connection: Connection) -> tuple[str, int] | None:
    list_id, number = str(connection.path_params["list_id"]), int(connection.path_params["running_number"])
    return (list_id, number) if names_a_person(list_id, number) else None
