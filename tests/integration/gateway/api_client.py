"""A municipal system before the API: each of its answers is held to the served document."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from gateway.auth.machines import WRITE_SCOPE
from gateway.bootstrap import Gateway, gateway
from tests.browser.stage.world import MUNICIPALITIES, OSLO
from tests.integration.gateway.conftest import Urls, settings
from tests.integration.gateway.machines import Issuer
from tests.unit.gateway.api_fakes import Document

SECONDS = 20.0
START_SECONDS = 60.0


class Client:
    """A municipal system. Every answer is held to the served document."""

    def __init__(self, http: httpx.AsyncClient, document: Document) -> None:
        self.http = http
        self.document = document

    async def call(
        self, method: str, path: str, *, key: str | None = None, etag: str | None = None, **more: Any
    ) -> httpx.Response:
        sent = {"Idempotency-Key": key, "If-Match": etag}
        answer = await self.http.request(
            method, path, headers={name: value for name, value in sent.items() if value}, **more
        )
        self.document.check(answer)
        return answer

    async def get(self, path: str) -> httpx.Response:
        return await self.call("GET", path)

    async def until(self, path: str, holds: Callable[[httpx.Response], bool]) -> httpx.Response:
        """Ask until the answer is so."""
        deadline = time.monotonic() + SECONDS
        while True:
            answer = await self.get(path)
            if holds(answer):
                return answer
            assert time.monotonic() < deadline, answer.text
            await asyncio.sleep(0.05)


Clients = Callable[..., Client]


@asynccontextmanager
async def system(
    urls: Urls, bootstrap_servers: str, issuer: Issuer, tmp_path: Path, **changes: object
) -> AsyncIterator[tuple[Gateway, Clients]]:
    """Run a gateway, and make clients of it: ``(municipality, scope, client id)``."""
    chosen = settings(
        urls,
        bootstrap_servers,
        maskinporten_issuer=issuer.url,
        object_store_url=tmp_path.as_uri(),
        **{"command_wait": SECONDS, **changes},
    )
    async with gateway(chosen) as running:
        transport = httpx.ASGITransport(app=running.app)  # type: ignore[arg-type]
        base = "http://localhost:8080/api/v1"
        async with httpx.AsyncClient(transport=transport, base_url=base) as http:
            document = Document((await http.get("/openapi.json")).json())

        def client(municipality: str = OSLO, scope: str = WRITE_SCOPE, client_id: str = "case-system") -> Client:
            token = issuer.token(chosen.audience, MUNICIPALITIES[municipality][4], scope, client_id)
            headers = {"Authorization": f"Bearer {token}"}
            return Client(httpx.AsyncClient(transport=transport, base_url=base, headers=headers), document)

        # the register has been read
        deadline = time.monotonic() + START_SECONDS
        while not (await client().get("/municipalities")).json()["items"]:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        yield running, client
