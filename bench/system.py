"""A municipality's own system, working through the API: it looks until a list is there, and writes until it is done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE = 180.0
LOOK = 0.05
"""Between two looks: often enough to measure, and seldom enough not to be the load (the API asks for a second)."""
TOKEN_SECONDS = 60.0


@dataclass
class Client:
    """One municipality's system."""

    address: str
    issuer: str
    number: str
    organisation: str
    token: tuple[str, float] = ("", 0.0)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=PATIENCE, trust_env=False))

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401  httpx's own
        headers = {**more.pop("headers", {}), "Authorization": f"Bearer {self._token()}"}
        return self.http.request(method, f"{self.address}{path}", headers=headers, **more)

    def list_path(self, list_id: str) -> str:
        return f"/api/v1/municipalities/k-{self.number}/distribution-lists/{list_id}"

    def shown(self, list_id: str) -> dict[str, Any]:
        """Look until a list is there."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self.ask("GET", self.list_path(list_id))
            if answer.status_code == 200:
                return dict(answer.json())
            time.sleep(LOOK)
        raise TimeoutError(f"{list_id} is not shown")

    def write(self, list_id: str, what: str, version: int, key: str, body: object = None) -> int:
        """Send a write and follow it to its outcome; returns the list's version then."""
        headers = {"If-Match": f'"{version}"', "Idempotency-Key": key}
        answer = self.ask("PUT", f"{self.list_path(list_id)}/{what}", headers=headers, json=body)
        end = time.monotonic() + PATIENCE
        while answer.status_code == 202 or answer.json().get("status") == "pending":
            if time.monotonic() > end:
                raise TimeoutError(f"no outcome of {what}")
            time.sleep(LOOK)
            place = answer.headers.get("location") or answer.request.url.path
            answer = self.ask("GET", place)
        answer.raise_for_status()
        return int(answer.json()["version"])

    def _token(self) -> str:
        token, until = self.token
        if time.monotonic() > until:
            form = {
                "grant_type": "client_credentials", "client_id": "bench", "client_secret": "any",
                "scope": "ks:fordeling:write", "resource": f"{self.address}/api/v1",
                "organisation": self.organisation,
            }  # fmt: skip
            token = str(self.http.post(f"{self.issuer}/token", data=form).raise_for_status().json()["access_token"])
            self.token = (token, time.monotonic() + TOKEN_SECONDS)
        return token
