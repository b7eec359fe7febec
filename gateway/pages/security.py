"""The headers every answer carries."""

from __future__ import annotations

from urllib.parse import urlsplit

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

YEAR_SECONDS = 365 * 24 * 3600


def content_security_policy(issuer: str) -> str:
    """Scripts, styles and fonts from us alone, nothing inline. A form may end at the login provider: logging out does.

    Designsystemet draws its icons as masks from ``data:``.
    """
    address = urlsplit(issuer)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            f"form-action 'self' {address.scheme}://{address.netloc}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Adds them to all that is sent, what no route answered included; what a handler has set itself stays.

    Pages are personal, so nothing is stored unless a handler says so.
    """

    def __init__(self, *, issuer: str, secure: bool) -> None:
        self._headers = {
            "content-security-policy": content_security_policy(issuer),
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "cache-control": "no-store",
        }
        if secure:
            self._headers["strict-transport-security"] = f"max-age={YEAR_SECONDS}; includeSubDomains"

    async def __call__(self, message: Message, _scope: Scope) -> None:
        """Litestar's ``before_send``."""
        if message["type"] == "http.response.start":
            headers = MutableScopeHeaders.from_message(message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
