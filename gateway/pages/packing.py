"""Pages are not packed for requests that another site has made a browser send.

How small a page packs tells of what stands in it together: a secret (the form's token, a name) and a text that
somebody else has chosen (a search in the address). Who may make a browser ask, and sees how much comes, could find out
the one by trying the other (BREACH). Browsers say who made them ask (Fetch Metadata): such requests get pages as they
are.
"""

from __future__ import annotations

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

OTHERS = (b"cross-site", b"same-site")
"""Values of ``Sec-Fetch-Site``: a link or a script of others, a neighbour under the same domain among them."""


class PackForOurselves(ASGIMiddleware):
    """Takes away what such a request says of packing; outermost, so that what packs does not see it."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Take it away, and go on."""
        if made_by_others(scope):
            scope["headers"] = [one for one in scope["headers"] if one[0] != b"accept-encoding"]
        await next_app(scope, receive, send)


def made_by_others(scope: Scope) -> bool:
    """Whether the browser says that another site has made it ask."""
    return any(name == b"sec-fetch-site" and value.lower() in OTHERS for name, value in scope["headers"])
