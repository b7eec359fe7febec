"""What the API works with beside the pages' parts."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.api.limits import Limits
from gateway.api.requests import Requests
from gateway.auth.machines import Municipalities, Tokens


@dataclass(frozen=True, slots=True)
class ApiParts:
    """Who may call, where, how often, and what was asked before."""

    tokens: Tokens
    municipalities: Municipalities
    limits: Limits
    requests: Requests
