"""``/livez`` and ``/readyz``, JSON about this process, and ``/metrics``, text, over plain HTTP/1.1."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import h11

from chassis.running import plain_http

READ_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """An answer: ``ok`` is 200, not ok is 503; ``details`` is its JSON."""

    ok: bool
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Text:
    """An answer that is written already."""

    content_type: str
    content: bytes


Check = Callable[[], Awaitable[Health | Text]]


class HealthServer:
    """Answers GET for the given paths."""

    def __init__(self, host: str, port: int, checks: Mapping[str, Check]) -> None:
        self._host = host
        self._port = port
        self.checks = checks
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port)

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            async with asyncio.timeout(READ_SECONDS):
                status, text = await self._answer(await plain_http.request(connection, reader))
            headers = [("content-type", text.content_type)]
            writer.write(plain_http.answer(connection, status, headers, text.content))
            await writer.drain()
        except (h11.ProtocolError, TimeoutError, ConnectionError):
            pass  # whoever asked is told nothing and the process is as well as before
        finally:
            writer.close()

    async def _answer(self, request: h11.Request | None) -> tuple[int, Text]:
        check = self.checks.get(request.target.decode()) if request is not None and request.method == b"GET" else None
        if check is None:
            return 404, _json({"paths": sorted(self.checks)})
        found = await check()
        if isinstance(found, Text):
            return 200, found
        return 200 if found.ok else 503, _json({"status": "ok" if found.ok else "not ok", **found.details})


def _json(details: Mapping[str, Any]) -> Text:
    return Text("application/json", json.dumps(details, default=str).encode())
