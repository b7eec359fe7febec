"""What the simulator's handlers share: the account, the letters, the faults, and how an error is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from litestar import Request, Response

from ops.svarut.access import Access
from ops.svarut.store import Store

FAULTS = ("accept_and_hang", "refuse", "unavailable", "unavailable_after", "repeat_late", "unauthorized", "too_many")
"""Each is switched on for a number of requests: a letter is taken, and the answer never comes; refused with 400;
not taken, with 503; taken, with 503 all the same; a status is told again that was followed by another. Of any request:
its token is not accepted, 401; there were too many, 429."""


@dataclass
class Office:
    """What the handlers share. ``key``: SvarUt's own, for what is encrypted to its certificate."""

    account: str
    access: Access
    store: Store
    certificate: x509.Certificate
    key: RSAPrivateKey
    faults: Counter[str] = field(default_factory=Counter)
    posts: int = 0
    """Letters that were handed over since the start, taken or not."""

    def strikes(self, fault: str) -> bool:
        """Whether this request meets the fault."""
        if not self.faults[fault]:
            return False
        self.faults[fault] -= 1
        return True


class ProblemError(Exception):
    """An answer that is no success: ``ErrorMessage`` in the API."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


AnyRequest = Request[Any, Any, Any]


def time_text(seconds: float) -> str:
    """Write seconds since 1970 as the API does, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def problem(request: AnyRequest, error: ProblemError) -> Response[Mapping[str, Any]]:
    """Answer with the error as the API tells it."""
    told = {"status": error.status, "error": error.code, "errorCode": error.code, "path": request.url.path}
    return Response(told, status_code=error.status)
