"""A municipality's own system over the API: it sends a write again, under the same key, until it knows the outcome."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from contracts.distribution.v1 import Decision
from tests.faults.stage import Municipality
from tests.faults.told import Line, Told, What

PATIENCE_SECONDS = 150.0
TOKEN_SECONDS = 60.0
PAUSE_SECONDS = 0.3
TIMEOUT = httpx.Timeout(15.0, connect=5.0)
ACTIONS: Mapping[str, tuple[str, str]] = {
    "save": ("PUT", "decisions"),
    "approve": ("PUT", "approval"),
    "return": ("DELETE", "approval"),
    "send": ("PUT", "answer"),
}
ASK_AGAIN = (401, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a client was told of a write. problem: the name of its type."""

    what: What
    version: int | None = None
    problem: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether it took effect."""
        return self.what is What.ACCEPTED


@dataclass(frozen=True, slots=True)
class Write:
    """A write as it is sent, as often as needed. decisions: for save and approve."""

    action: str
    list_id: str
    key: str
    version: int
    decisions: Sequence[Decision] | None = None
    message: str = ""


@dataclass
class Caseworker:
    """One client of one municipality. Threads may share it.

    url: of the pages. issuer: Maskinporten's. client_id: tells it from its colleagues.
    """

    url: str
    issuer: str
    municipality: Municipality
    client_id: str
    told: Told
    patience: float = PATIENCE_SECONDS
    _token: tuple[str, float] = ("", 0.0)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=TIMEOUT, trust_env=False))

    @property
    def _lists(self) -> str:
        return f"{self.url}/api/v1/municipalities/{self.municipality.id}/distribution-lists"

    def get(self, list_id: str) -> dict[str, Any] | None:
        """Read a list as it is shown now; None where it is not, or nobody answers."""
        answer = self._ask("GET", f"{self._lists}/{list_id}")
        return answer.json() if answer is not None and answer.status_code == 200 else None

    def letters(self, list_id: str) -> list[dict[str, Any]]:
        """Read the letters of a list as they are shown now."""
        answer = self._ask("GET", f"{self._lists}/{list_id}/letters")
        return list(answer.json()["items"]) if answer is not None and answer.status_code == 200 else []

    def await_list(self, list_id: str, version: int = 1, seconds: float | None = None) -> dict[str, Any] | None:
        """Look until a list is shown at that version or later; None where patience ends."""
        deadline = time.monotonic() + (self.patience if seconds is None else seconds)
        while time.monotonic() < deadline:
            found = self.get(list_id)
            if found is not None and found["version"] >= version:
                return found
            time.sleep(PAUSE_SECONDS)
        return None

    def write(self, write: Write) -> Outcome:
        """Send a write until its outcome is known, and tell the ledger both."""
        details = {"action": write.action, "version": write.version, "over": "api", "client": self.client_id}
        if write.decisions is not None:
            details["accepted"] = sorted(one.running_number for one in write.decisions if one.accept)
            details["declined"] = {one.running_number: one.reason for one in write.decisions if not one.accept}
        self.told.write(Line(What.ASKED, write.list_id, write.key, self.client_id, details))
        outcome = self._outcome(write)
        said = {"action": write.action, "version": outcome.version, "problem": outcome.problem}
        self.told.write(Line(outcome.what, write.list_id, write.key, self.client_id, said))
        return outcome

    def _outcome(self, write: Write) -> Outcome:
        method, place = ACTIONS[write.action]
        body = None
        if write.decisions is not None:
            body = {
                "message": write.message,
                "decisions": [one.model_dump(mode="json", exclude_none=True) for one in write.decisions],
            }
        headers = {"If-Match": f'"{write.version}"', "Idempotency-Key": write.key}
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            answer = self._ask(method, f"{self._lists}/{write.list_id}/{place}", json=body, headers=headers)
            if answer is None or answer.status_code in ASK_AGAIN or answer.status_code == 202:
                time.sleep(PAUSE_SECONDS)
            elif answer.status_code == 200:
                return Outcome(What.ACCEPTED, answer.json()["version"])
            else:
                return Outcome(What.REFUSED, problem=_problem(answer))
        return Outcome(What.UNKNOWN)

    def _ask(self, method: str, url: str, **more: Any) -> httpx.Response | None:
        """Ask once, with a token; None where nobody answers."""
        try:
            headers = {**more.pop("headers", {}), "Authorization": f"Bearer {self._fresh_token()}"}
            answer = self._http.request(method, url, headers=headers, **more)
        except (httpx.HTTPError, KeyError, ValueError):
            return None
        if answer.status_code == 401:
            self._token = ("", 0.0)
        return answer

    def _fresh_token(self) -> str:
        token, until = self._token
        if time.monotonic() < until:
            return token
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": "any",
            "scope": "ks:fordeling:write",
            "resource": f"{self.url}/api/v1",
            "organisation": self.municipality.organisation_number,
        }
        answer = self._http.post(f"{self.issuer}/token", data=form)
        answer.raise_for_status()
        token = str(answer.json()["access_token"])
        self._token = (token, time.monotonic() + TOKEN_SECONDS)
        return token

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()


def _problem(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["type"]).rpartition(":")[2]
    except (ValueError, KeyError):
        return f"status-{answer.status_code}"
