"""Fifty users who ask for a page, again and again, each by a connection of its own; as light as can be.

Started by `bench.gateway` with {host}; told {port, path, cookies: one a user, seconds}, tells the answers'
milliseconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from bench.sides.speaking import given, hear, tell

OK, BUSY = b"HTTP/1.1 200", b"HTTP/1.1 503"


class AnswerError(Exception):
    """A page was not what was asked for; the text is the status line."""


async def visit(host: str, port: int, request: bytes, end: float) -> tuple[list[float], int]:
    """Ask until the time is up; gives milliseconds of each page, and how often there was too much to do for one (503).

    Raises AnswerError where a page was anything else.
    """
    reader, writer = await asyncio.open_connection(host, port)
    taken: list[float] = []
    busy = 0
    while (begun := time.monotonic()) < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith((OK, BUSY)):
            raise AnswerError(head.split(b"\r\n", 1)[0].decode())
        await reader.readexactly(int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]))
        if head.startswith(OK):
            taken.append((time.monotonic() - begun) * 1000)
        else:
            busy += 1
    writer.close()
    return taken, busy


def request(host: str, port: int, path: str, cookie: str) -> bytes:
    """Write a request as a browser's, that wants nothing packed."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nAccept: text/html\r\n\r\n".encode()


async def visits(host: str, port: int, path: str, cookies: Sequence[str], seconds: float) -> tuple[list[float], int]:
    """Let all of them ask at once."""
    end = time.monotonic() + seconds
    all_taken = await asyncio.gather(*(visit(host, port, request(host, port, path, one), end) for one in cookies))
    return [one for taken, _ in all_taken for one in taken], sum(busy for _, busy in all_taken)


async def main() -> None:
    """Visit as often as asked."""
    wanted = given()
    tell(doing="waiting")
    while True:
        said = await hear()
        begun = time.monotonic()
        taken, busy = await visits(wanted["host"], said["port"], said["path"], said["cookies"], said["seconds"])
        tell(spent=time.monotonic() - begun, milliseconds=[round(each, 3) for each in taken], busy=busy)


if __name__ == "__main__":
    asyncio.run(main())
