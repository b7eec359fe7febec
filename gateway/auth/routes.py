"""Logging in and out."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

import structlog
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect, Template

from gateway.audit.record import LoginFault
from gateway.auth.guards import local_path
from gateway.auth.oidc import Attempt, LoginRefusedError
from gateway.auth.rights import grants, operates
from gateway.auth.sessions import ATTEMPT_LIFETIME
from gateway.auth.users import display_name, pseudonym
from gateway.language import LANGUAGES
from gateway.pages.languages import PREFERENCE
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts

log = structlog.get_logger(__name__)

SEE_OTHER: Final = 303
RETURN_PATH = "/logg-inn/retur"


@get("/logg-inn", include_in_schema=False)
async def log_in(
    parts: NamedDependency[Parts], next_path: Annotated[str | None, QueryParameter(name="neste")] = None
) -> Redirect:
    """Send the browser to the login provider."""
    attempt, browser = Attempt.new(), secrets.token_urlsafe(32)
    url = await parts.provider.authorization_url(attempt)
    await parts.sessions.begin_attempt(attempt, browser, local_path(next_path))
    cookie = parts.cookies.set(parts.cookies.login, browser, int(ATTEMPT_LIFETIME.total_seconds()))
    return Redirect(url, status_code=SEE_OTHER, cookies=[cookie])


@get(RETURN_PATH, include_in_schema=False)
async def come_back(
    request: PageRequest,
    parts: NamedDependency[Parts],
    code: FromQuery[str | None] = None,
    attempt_state: Annotated[str | None, QueryParameter(name="state")] = None,
) -> Redirect | Template:
    """Take the browser back from the provider: check everything, and start a session of its own."""
    browser = request.cookies.get(parts.cookies.login)
    taken = await parts.sessions.take_attempt(attempt_state, browser) if attempt_state and browser else None
    if taken is None or not code:
        return await _not_taken(request, parts, LoginFault.NOT_OURS if taken is None else LoginFault.GIVEN_UP)
    attempt, next_path = taken
    try:
        claims = await parts.provider.claims(code, attempt)
    except LoginRefusedError as error:
        log.warning("login_refused", reason=str(error))
        return await _not_taken(request, parts, error.why)
    old = request.cookies.get(parts.cookies.session)
    if old:
        await parts.sessions.end(old)
    user_id = pseudonym(parts.settings.pseudonym_key, parts.provider.issuer, str(claims["sub"]))
    operator = operates(claims, parts.settings.operators)
    given = () if operator else grants(claims)
    told = claims.get("sid")
    sid = told if isinstance(told, str) else None
    token = await parts.sessions.start(user_id, display_name(claims), given, sid, operator=operator)
    log.info("logged_in", user_id=user_id, grants=len(given), operator=operator)
    await _keep_language(request, parts, user_id)
    forgotten = [parts.cookies.login, parts.cookies.language]
    cookies = [parts.cookies.set(parts.cookies.session, token), *map(parts.cookies.clear, forgotten)]
    return Redirect(next_path, status_code=SEE_OTHER, cookies=cookies)


async def _not_taken(request: PageRequest, parts: Parts, why: LoginFault) -> Template:
    """Write down that a login failed, and tell the browser no more than that."""
    await parts.audit.login_failed(why, parts.settings.oidc_client_id)
    return page(request, "login_failed.html", status=400)


async def _keep_language(request: PageRequest, parts: Parts, user_id: str) -> None:
    """Make what was chosen on the way in the user's own: the cookie is not for who uses the browser next."""
    chosen = request.cookies.get(parts.cookies.language)
    if chosen is not None and chosen in LANGUAGES:
        await parts.preferences.keep(user_id, PREFERENCE, chosen)


@post("/logg-ut", include_in_schema=False)
async def log_out(request: PageRequest, parts: NamedDependency[Parts]) -> Redirect:
    """End the session here and at the provider."""
    token = request.cookies.get(parts.cookies.session)
    if token:
        await parts.sessions.end(token)
    home = parts.settings.public_url.rstrip("/") + "/"
    url = await parts.provider.logout_url(home) or home
    return Redirect(url, status_code=SEE_OTHER, cookies=[parts.cookies.clear(parts.cookies.session)])
