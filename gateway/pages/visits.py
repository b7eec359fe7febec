"""How much one user may ask of the pages: beyond it they are told when to come back, and what they typed is kept.

Counted by user and not by address: a whole town hall is behind one. Who is not logged in is counted by address.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

import structlog
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import TooManyRequestsException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.parts import Parts

log = structlog.get_logger(__name__)

OFFICE = 5
"""An address stands for so many users: before they are logged in nobody can tell them apart."""

Network = IPv4Network | IPv6Network
Connection = ASGIConnection[Any, Any, Any, Any]


class LimitVisits(ASGIMiddleware):
    """Counts requests for pages, once it is known who asks. Raises TooManyRequestsException."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Count, and go on."""
        if not scope["route_handler"].opt.get("exclude_from_auth"):
            connection: Connection = ASGIConnection(scope, receive, send)
            parts: Parts = connection.app.state.parts
            user = connection.scope.get("user")
            if user is not None:
                standing = parts.visits.take(user.user_id)
            else:
                standing = parts.strangers.take(address_of(connection, parts.settings.proxies))
            if not standing.allowed:
                log.warning("too_many_requests", user_id=user.user_id if user else None)
                raise TooManyRequestsException(headers={"Retry-After": str(standing.reset)})
        await next_app(scope, receive, send)


def address_of(connection: Connection, proxies: Sequence[Network]) -> str:
    """Tell where a request comes from: the last address that no proxy of ours has.

    Each proxy adds whom it heard to the end of ``X-Forwarded-For``; what stands before may be anybody's invention.
    """
    heard = connection.client.host if connection.client else ""
    forwarded = ",".join(connection.headers.getall("x-forwarded-for", []))
    for before in [*reversed(forwarded.split(",")), ""]:
        if not (_is_proxy(heard, proxies) and before.strip()):
            break
        heard = before.strip()
    return heard


def _is_proxy(address: str, proxies: Sequence[Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in proxies)
