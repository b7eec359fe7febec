"""Who is logged in: sessions, what users chose, and the login provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from gateway.audit.record import LoginFault
from gateway.auth.oidc import Attempt, LoginRefusedError, ProviderUnavailableError
from gateway.auth.sessions import Held
from gateway.auth.users import User
from tests.unit.gateway.samples import NOW

TOKEN = "a-session"


@dataclass
class FakePreferences:
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    async def find(self, user_id: str, name: str) -> str | None:
        return self.kept.get((user_id, name))

    async def keep(self, user_id: str, name: str, value: str) -> None:
        self.kept[user_id, name] = value

    async def forget(self, user_id: str, name: str) -> None:
        self.kept.pop((user_id, name), None)


@dataclass
class FakeSessions:
    user: User | None = None
    broken: Exception | None = None
    ended: list[str] = field(default_factory=list)
    attended: list[bool] = field(default_factory=list)
    attempts: dict[str, tuple[str, Attempt, str]] = field(default_factory=dict)
    started: list[tuple[str, str, Any]] = field(default_factory=list)
    sids: list[str | None] = field(default_factory=list)
    operators: list[bool] = field(default_factory=list)
    preferences: FakePreferences = field(default_factory=FakePreferences)

    async def find(self, token: str, *, attended: bool = True) -> User | None:
        self.attended.append(attended)
        if self.broken:
            raise self.broken
        if self.user is None or token != TOKEN:
            return None
        chosen = self.preferences.kept.get((self.user.user_id, "language"), self.user.language)
        return replace(self.user, language=chosen)

    async def start(
        self, user_id: str, display_name: str, grants: Any, sid: str | None = None, *, operator: bool = False
    ) -> str:
        self.operators.append(operator)
        self.started.append((user_id, display_name, grants))
        self.sids.append(sid)
        return TOKEN

    async def of(self, _user_id: str, _token: str) -> list[Held]:
        return [Held(NOW, NOW, this=True)]

    async def end_all(self, user_id: str) -> None:
        self.ended.append(f"all of {user_id}")

    async def end_sid(self, sid: str) -> None:
        self.ended.append(f"sid {sid}")

    async def end(self, token: str) -> None:
        self.ended.append(token)

    async def begin_attempt(self, attempt: Attempt, browser: str, next_path: str) -> None:
        self.attempts[attempt.state] = (browser, attempt, next_path)

    async def take_attempt(self, state: str, browser: str) -> tuple[Attempt, str] | None:
        kept, attempt, next_path = self.attempts.get(state, ("", Attempt.new(), ""))
        if kept != browser:
            return None
        del self.attempts[state]
        return attempt, next_path


@dataclass
class FakeProvider:
    issuer: str = "https://login.example/ansattporten"
    down: bool = False
    claims_found: Mapping[str, Any] = field(default_factory=dict)
    refuses: LoginFault | None = None

    async def authorization_url(self, attempt: Attempt) -> str:
        if self.down:
            raise ProviderUnavailableError("down")
        return f"{self.issuer}/authorize?state={quote(attempt.state)}"

    async def logout_url(self, _return_to: str) -> str | None:
        return f"{self.issuer}/endsession"

    async def claims(self, _code: str, _attempt: Attempt) -> Mapping[str, Any]:
        if self.refuses:
            raise LoginRefusedError("refused", self.refuses)
        return self.claims_found
