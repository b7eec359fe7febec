"""Which language a request is answered in, and how a user changes it.

The user's own choice comes first: kept with the user, or in a cookie before logging in. Then the language form that the
municipality has resolved (språklova: pages are there in both), what the browser asks for, and bokmål. The API knows
nobody's choice: it goes by the header, and is in English where that names no language of ours.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import post
from litestar.connection import ASGIConnection, Request
from litestar.datastructures import MutableScopeHeaders
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.middleware import ASGIMiddleware
from litestar.response import Redirect
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from gateway import language
from gateway.auth.guards import SAFE, address, form_page, local_path
from gateway.language import LANGUAGES, Language
from gateway.pages.packing import made_by_others
from gateway.pages.typed import typed_of
from gateway.parts import Parts

API = "/api/"
PREFERENCE = "language"
CHOSEN, ONLY = "language", "language_only"
SEE_OTHER: Final = 303
SWITCH = "bytt-sprak"
"""Name of the button that changes the language from within a form: what is typed there is shown again, and not sent."""
TOLD_OF = ("text/html", "text/csv", "application/problem+json", "application/vnd.openxmlformats")

Connection = ASGIConnection[Any, Any, Any, Any]


class SpeakLanguage(ASGIMiddleware):
    """Chooses the language once it is known who asks."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Choose, and go on."""
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        wanted = _switched(request)
        if wanted is not None:
            await _keep(request, wanted)
            request.scope["state"][ONLY] = True
        speak(request, wanted or choose(request))
        await next_app(scope, receive, send)


def ensure(connection: Connection) -> None:
    """Choose for an answer to a request that came to no route, or failed before its user was known."""
    if CHOSEN not in connection.scope["state"]:
        speak(connection, choose(connection))


def choose(connection: Connection) -> Language:
    """Give the language to answer in."""
    header = connection.headers.get("accept-language", "")
    if connection.url.path.startswith(API):
        return language.accepted(header, language.ENGLISH)
    parts: Parts = connection.app.state.parts
    user = connection.scope.get("user")
    municipality = str(connection.scope.get("path_params", {}).get("municipality_id", ""))
    tags = (
        user.language if user else None,
        connection.cookies.get(parts.cookies.language),
        user.language_of(municipality) if user else None,
    )
    own = next((LANGUAGES[tag] for tag in tags if tag is not None and tag in LANGUAGES), None)
    return own or language.accepted(header, language.BOKMAAL)


def only_language(connection: Connection) -> bool:
    """Whether a form came to be shown again in another language, and not to be used."""
    return bool(connection.scope["state"].get(ONLY))


# Without a form token: the page of an address that is nowhere has none, and another site's form comes without the
# session, so that it changes nobody's choice; where a browser says that it is another's, it is refused besides.
@post("/sprak", status_code=SEE_OTHER, include_in_schema=False, opt={"exclude_from_csrf": True})
async def choose_language(request: Request[Any, Any, Any], parts: NamedDependency[Parts]) -> Redirect:
    """Change the language, and go back to the page where that was asked for."""
    form = await request.form()
    chosen = LANGUAGES.get(str(form.get("sprak")))
    if chosen is None or made_by_others(request.scope):
        raise ClientException
    back = Redirect(local_path(str(form.get("neste"))), status_code=SEE_OTHER)
    if request.user is None:
        back.set_cookie(parts.cookies.set(parts.cookies.language, chosen.tag))
    else:
        await _keep(request, chosen)
    return back


def stay(request: Request[Any, Any, Any]) -> str:
    """Give the page to come back to: the one that is shown, or else the one whose form was sent."""
    handler = request.scope.get("route_handler")
    return address(request) if handler is None or request.method in SAFE else form_page(request, handler)


async def tell_language(message: Message, scope: Scope) -> None:
    """Litestar's ``before_send``: name the language of what is sent, and what it was chosen by."""
    chosen = scope["state"].get(CHOSEN) if message["type"] == "http.response.start" else None
    if not isinstance(chosen, Language):
        return
    headers = MutableScopeHeaders.from_message(message)
    if headers.get("content-type", "").startswith(TOLD_OF):
        headers["Content-Language"] = chosen.tag
        by = "Accept-Language" if scope["path"].startswith(API) else "Accept-Language, Cookie"
        headers["Vary"] = ", ".join(filter(None, (headers.get("vary", ""), by)))


def speak(connection: Connection, chosen: Language) -> None:
    """Answer a request in a language from here on."""
    connection.scope["state"][CHOSEN] = chosen
    language.use(chosen)


def _switched(request: Request[Any, Any, Any]) -> Language | None:
    """Tell which language is asked for within a form; only of a form of ours."""
    typed = typed_of(request)
    return LANGUAGES.get(dict(typed.fields).get(SWITCH, "")) if typed else None


async def _keep(request: Request[Any, Any, Any], chosen: Language) -> None:
    parts: Parts = request.app.state.parts
    user = request.scope.get("user")
    if user is not None:
        await parts.preferences.keep(user.user_id, PREFERENCE, chosen.tag)
