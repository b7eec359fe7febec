"""What was typed into a form, kept for the page that says it could not be used: nobody types it twice.

That page may have to do without database and session; so the form is read before anything else is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import compare_digest
from typing import Any
from urllib.parse import unquote_to_bytes

from litestar.connection import Request
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import ClientException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.commands.bounds import RETRY_SECONDS
from gateway.parts import Parts

REPORT_FIELDS = (
    *("uke-", "antall", "soverom", "personer", "ledig_fra", "omrade"),
    *("navn-", "duf-", "adresse", "innflytting", "merknad"),
)
KEPT = "typed"
WRITTEN = (
    *("beskjed", "sporsmal", "tekst-", "deltekst-", "hustekst-", "ordinare", "em", "vedtaksdato", "saksnummer"),
    *("formalstekst", "rettet-grunn"),
    *REPORT_FIELDS,
)
"""Beginnings of the names of fields that are written in."""
TOKEN = "_csrf_token"  # noqa: S105  a field's name
RETRY: Mapping[str, str] = {"Retry-After": str(RETRY_SECONDS)}
"""Goes with every page that says to come back."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent: each field's name and value, the button's included, in its order."""

    fields: Sequence[tuple[str, str]]

    @property
    def texts(self) -> list[str]:
        """What was written, to be read and copied; not what was only chosen or is the form's own."""
        return [value for name, value in self.fields if name.startswith(WRITTEN) and value.strip()]


class KeepTyped(ASGIMiddleware):
    """Reads forms of pages ahead. Raises what reading a body does: one that is too large, or is none.

    Bytes that are no UTF-8, half a surrogate pair among them, are refused: read as anything else they would be kept as
    something that nobody has written.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Keep the fields with the request."""
        if scope["type"] == ScopeType.HTTP and scope["method"] == "POST":
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            if request.content_type[0] == RequestEncodingType.URL_ENCODED:
                if not is_text(await request.body()):
                    raise ClientException("a form that is no UTF-8")
                form = await request.form()
                scope["state"][KEPT] = Typed([(name, str(value)) for name, value in form.multi_items()])
        await next_app(scope, receive, send)


def is_text(body: bytes) -> bool:
    """Tell whether all that a form says is text."""
    try:
        unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        return False
    return True


def typed_of(request: Request[Any, Any, Any]) -> Typed | None:
    """Give what was typed, if it came from a page of ours: nobody else gets us to show their words."""
    typed: Typed | None = request.scope["state"].get(KEPT)
    if typed is None:
        return None
    parts: Parts = request.app.state.parts
    cookie = request.cookies.get(parts.cookies.csrf, "")
    token = dict(typed.fields).get(TOKEN, "")
    return typed if cookie and compare_digest(cookie.encode(), token.encode()) else None
