"""HTTP/1.1, one request a connection and none of its body read: for servers that show a page or two."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import h11

READ_BYTES = 4096


async def request(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    """Read a request; None where whoever asks hangs up first. Raises h11.ProtocolError."""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BYTES))
        elif isinstance(event, h11.Request):
            return event
        else:
            return None


def answer(connection: h11.Connection, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """Write an answer, its length and that it is the last one said with it. Raises h11.ProtocolError."""
    said = [*headers, ("content-length", str(len(body))), ("connection", "close")]
    events = (h11.Response(status_code=status, headers=said), h11.Data(data=body), h11.EndOfMessage())
    return b"".join(connection.send(event) or b"" for event in events)
