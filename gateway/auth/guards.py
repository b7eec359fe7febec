"""Who may come in: the session of a request, and the rule that holds for everything under ``/kommune/``."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from gateway.auth.users import Access, User
from gateway.parts import Parts

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_PAGE = "form_page"
OWN = "own"
LOGIN = "/logg-inn?"
UNATTENDED = "unattended"
"""Marks a route that a page asks by itself: it keeps no session alive, and leads nobody to the login."""
UNATTENDED_HEADER = "fordeling-unattended"
"""A page sends this where it fetches itself anew, without anybody having asked for it."""
TURNS_AWAY = "turns_away"
"""Marks routes of no municipality whose refusals are written down as those of municipalities are."""
SINCE = "since"
"""Where in a request's state it stands up to where all had been told when it came."""
LOCAL_PREFIXES = ("/kommune/", "/velg-kommune", "/hjelp", "/tilgjengelighet", "/innlogginger", "/drift")

Connection = ASGIConnection[Any, User | None, Any, Any]


class LoginNeededError(Exception):
    """Nobody is logged in. ``next_path``: where to go on after logging in."""

    def __init__(self, next_path: str) -> None:
        super().__init__("login needed")
        self.next_path = next_path

    @property
    def login_path(self) -> str:
        """Where to log in and then go on."""
        return f"{LOGIN}neste={quote(self.next_path, safe='')}"


class MunicipalityMergedError(Exception):
    """What is asked for is a municipality that has merged, and the right to it is in its own organisation still."""


class SessionMiddleware(AbstractAuthenticationMiddleware):
    """Finds the session of each request; ``request.user`` is None where there is none."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """Find the user of the session's cookie."""
        parts: Parts = connection.app.state.parts
        token = connection.cookies.get(parts.cookies.session)
        connection.state[SINCE] = str(parts.live.place) if parts.live and parts.live.place else ""
        user = await parts.sessions.find(token, attended=not _unattended(connection)) if token else None
        return AuthenticationResult(user=user, auth=token)


def _unattended(connection: Connection) -> bool:
    handler = connection.scope.get("route_handler")
    return UNATTENDED_HEADER in connection.headers or bool(handler is not None and handler.opt.get(UNATTENDED))


def own_municipality(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let nobody into a municipality that the session gives no right to, and no reader change anything of it.

    What is a reader's own, such as what they have read, a route opens to them with ``opt[OWN]``.
    Raises LoginNeededError, or NotAuthorizedException where nobody would see the login; NotFoundException, the same as
    for what does not exist; PermissionDeniedException; MunicipalityMergedError.
    """
    user = connection.user
    if user is None and handler.opt.get(UNATTENDED):
        raise NotAuthorizedException
    if user is None:
        raise LoginNeededError(_next_path(connection, handler))
    wanted = str(connection.path_params.get("municipality_id", ""))
    access = user.to(wanted)
    if access is None and any(one.municipality_id == wanted for one in user.merged):
        raise MunicipalityMergedError
    if access is None:
        raise NotFoundException
    if str(connection.scope.get("method")) not in SAFE and not (access.can_write or handler.opt.get(OWN)):
        raise PermissionDeniedException


def operators_only(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let in who operates the system, and nobody of a municipality: for them it is as what does not exist.

    Raises LoginNeededError, NotFoundException.
    """
    signed_in(connection, handler)
    if connection.user is None or not connection.user.operator:
        raise NotFoundException


def signed_in(connection: Connection, handler: BaseRouteHandler) -> None:
    """Raise LoginNeededError where nobody is logged in."""
    if connection.user is None:
        raise LoginNeededError(_next_path(connection, handler))


def access_of(request: Connection) -> Access:
    """Give the access that ``own_municipality`` has checked."""
    user = request.user
    access = user.to(str(request.path_params["municipality_id"])) if user else None
    if access is None:
        raise NotFoundException
    return access


def local_path(wanted: str | None) -> str:
    """Make a path of ours to go on to, or the front page: nobody is sent to another site by a link to our login."""
    if wanted and wanted.startswith(LOCAL_PREFIXES) and "\\" not in wanted and wanted.isprintable():
        return wanted
    return "/"


def _next_path(connection: Connection, handler: BaseRouteHandler) -> str:
    """Tell what was asked for. After a lost session a form cannot be sent again: its page is where to go on."""
    return address(connection) if str(connection.scope.get("method")) in SAFE else form_page(connection, handler)


def address(connection: Connection) -> str:
    """Give the path and query that were asked for."""
    query = connection.scope["query_string"].decode("latin-1")
    return connection.url.path + (f"?{query}" if query else "")


def form_page(connection: Connection, handler: BaseRouteHandler) -> str:
    """Give the page of a form.

    A route that takes a form names it as ``opt[FORM_PAGE]``, with the path parameters of its own.
    """
    parameters = {name: quote(str(value), safe="") for name, value in connection.path_params.items()}
    return str(handler.opt.get(FORM_PAGE, "/")).format(**parameters)
