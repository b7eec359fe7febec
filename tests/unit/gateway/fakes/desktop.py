"""The application as it is around the fakes, and a browser before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from chassis.clock import FixedClock
from gateway.api.limits import Limits
from gateway.app import make_app
from gateway.auth.cookies import Cookies
from gateway.auth.users import User
from gateway.operations.catalogue import Catalogue
from gateway.operations.lookout import Lookout
from gateway.pages.assets import Asset, Assets
from gateway.parts import Parts
from gateway.settings import GatewaySettings
from tests.unit.gateway.fakes.desk import FakeDesk, FakeLetters
from tests.unit.gateway.fakes.login import TOKEN, FakePreferences, FakeProvider, FakeSessions
from tests.unit.gateway.fakes.reader import FakeReader
from tests.unit.gateway.fakes.recording import FakeAudit, FakeLooks
from tests.unit.gateway.samples import NOW, OSLO

NAMES = (
    "mark.svg",
    "app.css",
    "answer.js",
    "checking.js",
    "print.js",
    "live.js",
    "designsystemet/theme.css",
    "designsystemet/index.css",
    "designsystemet/index.js",
    "inter/index.css",
)


ASSETS = Assets({name: Asset("text/css", b"body{}", None) for name in NAMES}, "0")
CATALOGUE = Catalogue.read()
"""Read once for all tests."""


def settings(**changes: Any) -> GatewaySettings:
    values: dict[str, Any] = {
        "kafka_bootstrap_servers": "localhost:1",
        "database_url": "postgresql://nobody",
        "reader_database_url": "postgresql://nobody",
        "secret": "a secret of its own",
        "public_url": "https://fordeling.example",
        "oidc_issuer": "https://login.example/ansattporten",
        "oidc_client_id": "fordeling",
        "oidc_client_secret": "client secret",
        "object_store_url": "memory:///",
    }
    return GatewaySettings(**{**values, **changes})


_APPS: dict[str, Litestar] = {}


@dataclass
class Around:
    """The application around some parts. One is made for all with the same settings: that takes half a second."""

    parts: Any

    def __post_init__(self) -> None:
        key = repr(self.parts.settings)
        self.app = _APPS[key] if key in _APPS else _APPS.setdefault(key, make_app(self.parts, ASSETS))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.app.state["parts"] = self.parts
        await self.app(scope, receive, send)


@dataclass
class Desktop:
    """The application with its fakes, and a browser that keeps cookies."""

    user: User | None = None
    reader: FakeReader = field(default_factory=FakeReader)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    desk: FakeDesk = field(default_factory=FakeDesk)
    provider: FakeProvider = field(default_factory=FakeProvider)
    letters: FakeLetters = field(default_factory=FakeLetters)
    looks: FakeLooks = field(default_factory=FakeLooks)
    audit: FakeAudit = field(default_factory=FakeAudit)
    preferences: FakePreferences = field(default_factory=FakePreferences)
    settings: GatewaySettings = field(default_factory=settings)
    visits: Limits = field(default_factory=lambda: Limits(10_000))
    live: Any = None
    now: datetime = NOW
    lookout: Any = field(default_factory=Lookout)

    def __post_init__(self) -> None:
        self.sessions.user = self.user
        self.sessions.preferences = self.preferences
        self.looks.reader = self.reader
        cookies = Cookies(self.settings.secure)
        parts: Any = Parts(
            settings=self.settings,
            clock=FixedClock(self.now),
            cookies=cookies,
            provider=self.provider,  # type: ignore[arg-type]
            sessions=self.sessions,  # type: ignore[arg-type]
            reader=self.reader,  # type: ignore[arg-type]
            desk=self.desk,  # type: ignore[arg-type]
            letters=self.letters,  # type: ignore[arg-type]
            looks=self.looks,  # type: ignore[arg-type]
            audit=self.audit,  # type: ignore[arg-type]
            preferences=self.preferences,  # type: ignore[arg-type]
            visits=self.visits,
            strangers=self.visits,
            live=self.live,
            lookout=self.lookout,
            catalogue=CATALOGUE,
        )
        around = Around(parts)
        self.app = around.app
        self.client = TestClient(around, base_url="https://fordeling.example", raise_server_exceptions=False)
        if self.user:
            self.client.cookies.set(cookies.session, TOKEN)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, data: Mapping[str, str]) -> httpx.Response:
        """Send a form as the page that holds it would: with the token of a page seen before."""
        self.get(f"/kommune/{OSLO}/arbeidsflate")
        token = self.client.cookies.get("__Host-skjema", "")
        return self.client.post(path, data={"_csrf_token": token, **data}, follow_redirects=False)
