"""The headers of the API: versions as entity tags, keys of writes, where a client stands with its limit."""

from __future__ import annotations

import re

from litestar.datastructures import MutableScopeHeaders
from litestar.routes import HTTPRoute
from litestar.types import Message, Scope

from gateway.api.limits import Standing
from gateway.api.problems import ProblemError

TAG = re.compile(r'"(0|[1-9][0-9]{0,14})"')
KEY = re.compile(r"[\x21-\x7e]{1,200}")
STANDING = "api_standing"


def entity_tag(version: int) -> str:
    """Write a version as a strong entity tag (RFC 9110 §8.8.3)."""
    return f'"{version}"'


def expected_version(if_match: str | None) -> int:
    """Read the version that a write is for. Raises ProblemError: 428 where none is named, 412 for what cannot match."""
    if if_match is None or if_match.strip() in ("", "*"):
        raise ProblemError("if-match-missing", "Send the ETag of what you have seen as If-Match.")
    found = TAG.fullmatch(if_match.strip())
    if found is None:
        # a weak tag, a list of tags or another's tag never is the list's present one
        raise ProblemError("version-conflict", "If-Match is to be one strong entity tag that the API has given.")
    return int(found[1])


def idempotency_key(key: str | None) -> str:
    """Check a key. Raises ProblemError."""
    if key is None or not KEY.fullmatch(key):
        raise ProblemError("idempotency-key-missing", "Send 1 to 200 printable ASCII characters, e.g. a UUID.")
    return key


async def tell_standing(message: Message, scope: Scope) -> None:
    """Litestar's ``before_send``: tell a client where it stands with its limit, whatever the answer is."""
    standing = scope["state"].get(STANDING) if message["type"] == "http.response.start" else None
    if isinstance(standing, Standing):
        headers = MutableScopeHeaders.from_message(message)
        headers["RateLimit-Limit"] = str(standing.limit)
        headers["RateLimit-Remaining"] = str(standing.remaining)
        headers["RateLimit-Reset"] = str(standing.reset)


async def tell_methods(message: Message, scope: Scope) -> None:
    """Litestar's ``before_send``: OPTIONS names every method of the path, where Litestar names its first handler's."""
    if message["type"] != "http.response.start" or scope.get("method") != "OPTIONS":
        return
    found = [route for route in scope["litestar_app"].routes if route.path_format == scope.get("path_template")]
    if found and isinstance(found[0], HTTPRoute):
        MutableScopeHeaders.from_message(message)["Allow"] = ", ".join(sorted(found[0].methods))
