"""How sessions end otherwise than by logging out: all of a user's at once, or by the login provider's word.

The provider's word is a logout token (OpenID Connect Back-Channel Logout 1.0): signed as ID tokens are, with an
event and without a nonce, about one session of its own (``sid``) or all of a user's (``sub``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from litestar import Response, get, post
from litestar.connection import Request
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from gateway.auth.guards import FORM_PAGE, signed_in
from gateway.auth.oidc import LoginRefusedError, ProviderUnavailableError
from gateway.auth.users import pseudonym
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts

log = structlog.get_logger(__name__)

SEE_OTHER: Final = 303
PAGE = "/innlogginger"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
FOR_PROVIDERS = {"exclude_from_csrf": True}


@dataclass(frozen=True, slots=True)
class Ended:
    """What a provider has ended: its session ``sid``, or all of ``subject``'s."""

    sid: str | None
    subject: str | None


def read_ended(claims: Mapping[str, Any]) -> Ended:
    """Read a logout token whose signature, issuer and audience are right. Raises LoginRefusedError."""
    events, sid, subject = claims.get("events"), claims.get("sid"), claims.get("sub")
    if "nonce" in claims or not isinstance(events, dict) or EVENT not in events:
        raise LoginRefusedError("no logout token")
    found = Ended(sid if isinstance(sid, str) and sid else None, subject if isinstance(subject, str) else None)
    if not (found.sid or found.subject):
        raise LoginRefusedError("sid or sub")
    return found


@get(PAGE, include_in_schema=False, guards=[signed_in])
async def sessions(request: PageRequest, parts: NamedDependency[Parts]) -> Template:
    """Show where a user is logged in: since when, and when it was last used."""
    assert request.user is not None
    mine = await parts.sessions.of(request.user.user_id, str(request.auth))
    return page(request, "sessions.html", sessions=mine)


@post("/logg-ut/alle", include_in_schema=False, guards=[signed_in], opt={FORM_PAGE: PAGE})
async def end_all(request: PageRequest, parts: NamedDependency[Parts]) -> Redirect:
    """End all of a user's sessions, this one included, here and at the provider."""
    assert request.user is not None
    await parts.sessions.end_all(request.user.user_id)
    home = parts.settings.public_url.rstrip("/") + "/"
    url = await parts.provider.logout_url(home) or home
    return Redirect(url, status_code=SEE_OTHER, cookies=[parts.cookies.clear(parts.cookies.session)])


@post("/logg-ut/leverandor", status_code=200, include_in_schema=False, opt=FOR_PROVIDERS)
async def told_by_provider(request: Request[Any, Any, Any], parts: NamedDependency[Parts]) -> Response[None]:
    """Take the provider's word that a session has ended there. 400 for anything else, without saying what is wrong."""
    form = await request.form()
    try:
        ended = read_ended(await parts.provider.signed(str(form.get("logout_token", ""))))
    except (LoginRefusedError, ProviderUnavailableError) as error:
        log.warning("logout_token_refused", reason=str(error) if isinstance(error, LoginRefusedError) else "provider")
        return Response(None, status_code=400)
    if ended.sid is not None:
        await parts.sessions.end_sid(ended.sid)
    elif ended.subject is not None:
        key, issuer = parts.settings.pseudonym_key, parts.provider.issuer
        await parts.sessions.end_all(pseudonym(key, issuer, ended.subject))
    return Response(None, status_code=200)
