"""What schemathesis is told of this API, in its own process: tokens, true cursors, fresh keys, and one more check.

The environment tells whom to be: ``explorer.py`` writes it.
"""

from __future__ import annotations

import json
import os
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import schemathesis
from hypothesis import strategies
from schemathesis.core.parameters import ParameterLocation

from gateway.api import cursors
from gateway.api.problems import TYPES
from gateway.readmodel.feeds import Position
from gateway.readmodel.lists import Place, Sort

REQUESTS_A_CLIENT = 500
"""Fewer than a client may send in a minute, and a minute's worth of them takes longer than that."""
TOKEN_SECONDS = 60
SHAPE = {TYPES + name for name in ("invalid-body", "invalid-parameter", "malformed-request", "not-json")}
START = datetime(2026, 1, 1, tzinfo=UTC)

schemathesis.openapi.format(
    "cursor",
    strategies.builds(
        lambda minutes, number: cursors.write(Position(START + timedelta(minutes=minutes), f"FL-2026-{number:06}")),
        strategies.integers(0, 10**6),
        strategies.integers(0, 10**6 - 1),
    ),
)


@schemathesis.auth(refresh_interval=None)
class Tokens:
    """Maskinporten's token, of one client after the other: the limit is each client's own."""

    def __init__(self) -> None:
        self.token = ""
        self.made_at = 0.0
        self.used = 0

    def get(self, _case: schemathesis.Case, _context: schemathesis.AuthContext) -> str:
        """Give a token that is young and whose client has not asked often."""
        if not self.token or self.used >= REQUESTS_A_CLIENT or time.monotonic() - self.made_at > TOKEN_SECONDS:
            self.token, self.made_at, self.used = fetch(), time.monotonic(), 0
        self.used += 1
        return self.token

    def set(self, case: schemathesis.Case, data: str, _context: schemathesis.AuthContext) -> None:
        """Put it into the request."""
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


def fetch() -> str:
    """Ask the played issuer, as a client whose name nobody has used. Empty where no token is to be sent."""
    told = os.environ
    if not told.get("EXPLORING_ORGANISATION"):
        return ""
    form = {
        "grant_type": "client_credentials",
        "client_id": f"explorer-{uuid4()}",
        "client_secret": "any",
        "scope": told["EXPLORING_SCOPE"],
        "resource": told["EXPLORING_AUDIENCE"],
        "organisation": told["EXPLORING_ORGANISATION"],
    }
    asked = urllib.request.Request(
        f"{told['EXPLORING_ISSUER']}/token", data=urllib.parse.urlencode(form).encode(), method="POST"
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return str(json.load(answer)["access_token"])


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case, _kwargs: dict[str, Any]) -> None:
    """Name our municipality, number the persons as lists do, take a new key: else nothing valid would get far."""
    if case.meta is None:
        return
    if case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters["municipality_id"] = os.environ["EXPLORING_MUNICIPALITY"]
    if case.meta.generation.mode.is_negative:
        return
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid4())
    if case.query and "cursor" in case.query and case.operation.path.endswith("/distribution-lists"):
        sort = Sort(case.query.get("sort", Sort.NEWEST))  # a cursor of lists belongs to one order
        case.query["cursor"] = cursors.write_place(sort, Place(0, "FL-2026-000000"))
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("decisions"), list):
        numbered = [{**one, "running_number": number} for number, one in enumerate(body["decisions"][:3], 1)]
        case.body = {**body, "decisions": numbered}


@schemathesis.check
def as_expected(_context: schemathesis.CheckContext, response: schemathesis.Response, _case: schemathesis.Case) -> None:
    """Hold a run that may not get in to the refusals it was told of."""
    expected = os.environ.get("EXPLORING_EXPECT", "")
    if expected and str(response.status_code) not in expected.split(","):
        raise AssertionError(f"{response.status_code} where only {expected} may be answered")


@schemathesis.check
def shape_is_documented(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Hold that what the document allows is refused for what is so, as a year that is over, and never for its shape."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in {400, 422}:
        return
    problem = json.loads(response.content)
    if problem["type"] in SHAPE:
        raise AssertionError(f"allowed by the document, and refused: {response.text}")
