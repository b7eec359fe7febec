"""Pages for what went wrong; none says more than the user needs, none shows a trace."""

from __future__ import annotations

import secrets
import traceback
from pathlib import Path
from typing import Any, Final

import asyncpg
import structlog
from litestar.connection import Request
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Response, Template

from gateway.auth.guards import LoginNeededError, MunicipalityMergedError
from gateway.auth.oidc import ProviderUnavailableError
from gateway.pages.render import page
from gateway.pages.typed import RETRY, typed_of

log = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]

UNAUTHORISED, NOT_FOUND, FORBIDDEN, TOO_LARGE, TOO_MANY, SERVER_ERROR, UNAVAILABLE = 401, 404, 403, 413, 429, 500, 503
SEE_OTHER: Final = 303
FRAMES = 6
REFERENCE_BYTES = 4
"""Enough to find one line in a log of some days; short enough to be read out on the telephone."""

DATABASE_AWAY = (
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
)
KNOWN = {NOT_FOUND: "404.html", FORBIDDEN: "403.html", TOO_LARGE: "413.html"}


def login_needed(request: AnyRequest, error: LoginNeededError) -> Response[Any] | Template:
    """Log in, and then go on to what was asked for; a form stays on the screen, to be sent again after that."""
    typed = typed_of(request)
    if typed is not None:
        return page(request, "login_again.html", status=UNAUTHORISED, login=error.login_path, typed=typed)
    return Redirect(error.login_path, status_code=SEE_OTHER)


def municipality_merged(request: AnyRequest, _error: MunicipalityMergedError) -> Template:
    """Tell of whom the municipality is part now, and that rights are needed there."""
    return page(request, "no_access.html", status=FORBIDDEN)


def provider_unavailable(request: AnyRequest, error: ProviderUnavailableError) -> Template:
    """Nobody can log in just now; sessions go on."""
    log.error("login_provider_unavailable", error=str(error))
    return page(request, "login_unavailable.html", status=UNAVAILABLE)


def http_error(request: AnyRequest, error: HTTPException) -> Template:
    """Show a page for the status; client errors without a page of their own are told as one."""
    status = error.status_code
    if status >= SERVER_ERROR and status != UNAVAILABLE:
        return server_error(request, error)
    if status == UNAVAILABLE:
        return unavailable(request)
    if status == TOO_MANY:
        return page(request, "429.html", status=status, headers=error.headers, typed=typed_of(request))
    return page(request, KNOWN.get(status, "400.html"), status=status)


def database_away(request: AnyRequest, error: Exception) -> Template:
    """Nothing can be shown just now; nothing is broken either."""
    log.error("database_away", method=request.method, error=type(error).__name__)
    return unavailable(request)


def unavailable(request: AnyRequest) -> Template:
    """Tell to come back; a form comes back with all that was typed, as the same form."""
    return page(request, "503.html", status=UNAVAILABLE, headers=RETRY, typed=typed_of(request))


def look_unrecorded(request: AnyRequest, error: Exception) -> Template:
    """Nobody is named where the look at it could not be written down."""
    log.error("look_not_recorded", error=str(error))
    return page(request, "look_unrecorded.html", status=UNAVAILABLE, headers=RETRY)


def server_error(request: AnyRequest, error: Exception) -> Template:
    """Something broke: the log has the kind and place, never a value, and the reference that the page shows."""
    reference = secrets.token_hex(REFERENCE_BYTES).upper()
    failed = {"method": request.method, "error": type(error).__name__, "where": where(error)}
    log.error("request_failed", reference=reference, **failed)
    return page(request, "500.html", status=SERVER_ERROR, reference=reference)


def where(error: BaseException) -> list[str]:
    """Give the innermost places an error came through: file, line, function; an error's own text could hold a value."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
