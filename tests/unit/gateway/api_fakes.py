"""The API without a database, broker or provider: tokens are signed here, and every answer is held to the document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import httpx
import jsonschema
from joserfc import jwt
from joserfc.jwk import RSAKey
from litestar.testing import TestClient

from chassis.clock import FixedClock
from contracts.codes import LanguageForm, NoticeKind
from contracts.municipality.v1 import MunicipalityState
from contracts.notification.v1 import NoticeState
from gateway.api.limits import Limits
from gateway.api.parts import ApiParts
from gateway.api.requests import Asked, KeyReusedError
from gateway.app import make_app
from gateway.auth.cookies import Cookies
from gateway.auth.machines import READ_SCOPE, WRITE_SCOPE, Caller, Tokens
from gateway.auth.users import Access, Merged
from gateway.commands.desk import Sent
from gateway.parts import Parts
from gateway.readmodel import feeds, overview, threads
from tests.unit.gateway.fakes import (
    ASSETS,
    FakeAudit,
    FakeDesk,
    FakeLetters,
    FakeLooks,
    FakePreferences,
    FakeProvider,
    FakeReader,
    FakeSessions,
    settings,
)
from tests.unit.gateway.samples import LIST, NOW, OSLO, ledger

ISSUER = "https://machines.example/"
AUDIENCE = "https://fordeling.example/api/v1"
ORGANISATION = "958935420"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
FAR = 4_000_000_000
"""Seconds far enough ahead for a token not to have expired."""

MUNICIPALITY = MunicipalityState(
    municipality_id=OSLO,
    number="0301",
    name="Oslo",
    county_number="03",
    county_name="Oslo",
    organisation_number=ORGANISATION,
    language_form=LanguageForm.NEUTRAL,
    population=717710,
    valid_from=NOW.date(),
)


def token(key: Any = KEY, algorithm: str = "RS256", kid: str | None = "one", **changes: Any) -> str:
    """Sign a token as Maskinporten does; a claim that is None is left out."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": FAR,
        "iat": 1_700_000_000,
        "jti": "a",
        "scope": WRITE_SCOPE,
        "client_id": "case-system",
        "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{ORGANISATION}"},
    } | changes
    header = {"alg": algorithm} | ({"kid": kid} if kid else {})
    return jwt.encode(
        header, {name: value for name, value in claims.items() if value is not None}, key, algorithms=[algorithm]
    )


@dataclass
class FakeIssuer:
    """Answers for its configuration and keys. ``asked``: how often for the keys."""

    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    down: bool = False
    name: str = ISSUER
    asked: int = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("refused")
        if request.url.path == "/.well-known/oauth-authorization-server":
            return httpx.Response(200, json={"issuer": self.name, "jwks_uri": ISSUER + "jwks"})
        self.asked += 1
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})

    def tokens(self, **changes: Any) -> Tokens:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        return Tokens(ISSUER, AUDIENCE, "a key", http, **changes)


@dataclass
class FakeMunicipalities:
    known: Mapping[str, tuple[str, str]] = field(default_factory=lambda: {ORGANISATION: (OSLO, "Oslo")})
    gone: Mapping[str, Merged] = field(default_factory=dict)

    async def of(self, caller: Caller) -> tuple[Access, ...]:
        found = self.known.get(caller.organisation_number)
        return (Access(*found, caller.role),) if found else ()

    async def merged(self, caller: Caller) -> Merged | None:
        return self.gone.get(caller.organisation_number)


@dataclass
class FakeRequests:
    kept: dict[str, Asked] = field(default_factory=dict)

    async def claim(self, asked: Asked) -> datetime:
        if self.kept.setdefault(asked.command_id, asked).fingerprint != asked.fingerprint:
            raise KeyReusedError
        return NOW - timedelta(minutes=1)

    async def find(self, municipality_id: str, user_id: str, wanted: str) -> Sent | None:
        asked = self.kept.get(wanted)
        if asked is None or (asked.municipality_id, asked.user_id) != (municipality_id, user_id):
            return None
        return Sent(wanted, asked.kind, asked.subject, None)


@dataclass
class ApiReader(FakeReader):
    """Answers the API's own queries too; the feeds' order is SQL's and tested with it."""

    async def row(
        self, municipality_id: str, query: str, *arguments: Any, planned_anew: bool = False
    ) -> Mapping[str, Any] | None:
        if query == feeds.NOTICE_FEED:
            notice = NoticeState(
                notice_id="n-1",
                municipality_id=municipality_id,
                kind=NoticeKind.LIST_RECEIVED,
                list_id=LIST,
                posted_at=NOW,
                read_by=["somebody"],
            )
            return {"rows": [notice.model_dump(mode="json")]}
        if query == threads.MESSAGES:
            list_id, _, after, limit = arguments
            written = [one for one in self.lists[list_id].messages if one.number > after][:limit]
            return {"messages": [one.model_dump(mode="json") for one in written]}
        if query == overview.OVERVIEW:
            found = dict(await super().row(municipality_id, query, *arguments, planned_anew=planned_anew) or {})
            return found | {
                "municipality": MUNICIPALITY.model_dump(mode="json"),
                "years": [ledger().model_dump(mode="json")],
            }
        return await super().row(municipality_id, query, *arguments, planned_anew=planned_anew)


class Document:
    """The served OpenAPI document, to hold answers to."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content
        # as a router does: what stands there in words comes before what may be anything
        ordered = sorted(content["paths"].items(), key=lambda one: one[0].count("{"))
        self.paths = {re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)): item for path, item in ordered}

    def check(self, answer: httpx.Response) -> None:
        """Assert that the document tells of this answer: its status, media type and every field."""
        method, path = answer.request.method.lower(), answer.request.url.path
        found = (item[method] for known, item in self.paths.items() if known.fullmatch(path) and method in item)
        operation = next(found)
        described = operation["responses"][str(answer.status_code)]
        if "content" not in described:
            assert answer.content == b"", answer.text
            return
        media_type = answer.headers["content-type"].partition(";")[0]
        schema = described["content"][media_type]["schema"]
        if media_type.endswith("json"):
            whole = {**schema, "components": self.content["components"]}
            checker = jsonschema.Draft202012Validator(
                whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
            )
            checker.validate(answer.json())


CHOSEN = settings(maskinporten_issuer=ISSUER)


@cache
def client() -> TestClient[Any]:
    """Make the application once: what differs from test to test is in the parts that it finds in its state."""
    parts: Any = SimpleNamespace(settings=CHOSEN, cookies=Cookies(CHOSEN.secure))
    return TestClient(make_app(parts, ASSETS), base_url="https://fordeling.example", raise_server_exceptions=False)


@cache
def document() -> Document:
    return Document(client().get("/api/v1/openapi.json").json())


@dataclass
class Api:
    """The application with its fakes, called as a municipal system calls it."""

    reader: ApiReader = field(default_factory=ApiReader)
    desk: FakeDesk = field(default_factory=FakeDesk)
    issuer: FakeIssuer = field(default_factory=FakeIssuer)
    municipalities: FakeMunicipalities = field(default_factory=FakeMunicipalities)
    requests: FakeRequests = field(default_factory=FakeRequests)
    letters: FakeLetters = field(default_factory=FakeLetters)
    looks: FakeLooks = field(default_factory=FakeLooks)
    audit: FakeAudit = field(default_factory=FakeAudit)
    per_minute: int = 100

    def __post_init__(self) -> None:
        parts = Parts(
            settings=CHOSEN,
            clock=FixedClock(NOW),
            cookies=Cookies(CHOSEN.secure),
            provider=FakeProvider(),  # type: ignore[arg-type]
            sessions=FakeSessions(),  # type: ignore[arg-type]
            reader=self.reader,  # type: ignore[arg-type]
            desk=self.desk,  # type: ignore[arg-type]
            letters=self.letters,  # type: ignore[arg-type]
            looks=self.looks,  # type: ignore[arg-type]
            audit=self.audit,  # type: ignore[arg-type]
            preferences=FakePreferences(),  # type: ignore[arg-type]
            api=ApiParts(
                tokens=self.issuer.tokens(),
                municipalities=self.municipalities,  # type: ignore[arg-type]
                limits=Limits(self.per_minute),
                requests=self.requests,  # type: ignore[arg-type]
            ),
        )
        self.client = client()
        self.client.app.state.parts = parts
        self.client.cookies.clear()
        self.document = document()

    def call(
        self,
        method: str,
        path: str,
        *,
        bearer: str | None = "",
        match: str | None = '"1"',
        key: str | None = "key-1",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Ask, below ``/api/v1``. ``bearer``: None for no token, empty for one that may write."""
        sent = dict(headers or {})
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer or token()}"
        if method != "GET" and match is not None:
            sent["If-Match"] = match
        if method != "GET" and key is not None:
            sent["Idempotency-Key"] = key
        answer = self.client.request(method, f"/api/v1{path}", headers=sent, **more)
        self.document.check(answer)
        return answer

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.call("GET", path, **more)


READER_TOKEN = token(scope=READ_SCOPE)
