"""The pages of the unit tests' worlds, shown in a browser: every state there is, without a stack behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from gateway.pages.assets import FOREVER, Assets
from ops.embedded.ports import LOOPBACK
from tests.unit.gateway.fakes import Desktop
from tests.unit.gateway.worlds import visits

PREFIX = "/verden/"
WORDS = re.compile(r">(?=[^<]*\S)[^<]+<")
VALUES = re.compile(r'\b(href|src|action|name|value|content|datetime|title)="[^"]+"')
"""What two pages that are built alike may differ in; whether there is one at all is no such thing."""


@dataclass(frozen=True)
class Shown:
    """A page as the gateway answered it. ``templates``: what it is made of."""

    name: str
    status: int
    headers: dict[str, str]
    text: str
    templates: frozenset[str]


@cache
def shown() -> tuple[Shown, ...]:
    """Have every page of the worlds answered, in bokmål; files and redirections are none."""
    return tuple(_answers())


def _answers() -> Iterator[Shown]:
    for visit in visits():
        found = visit.make()
        answer = visit.look("nb", found)
        if answer.is_redirect or not answer.headers["content-type"].startswith("text/html"):
            continue
        kept = ("content-type", "content-security-policy", "content-language")
        headers = {name: answer.headers[name] for name in kept if name in answer.headers}
        yield Shown(visit.name, answer.status_code, headers, answer.text, used(found))


def used(found: Desktop) -> frozenset[str]:
    """Give the templates that a gateway has made pages of so far."""
    engine = found.app.template_engine
    assert engine is not None
    return frozenset(str(name) for _, name in engine.engine.cache.keys())  # noqa: SIM118  it is no mapping


def distinct() -> Iterator[int]:
    """Give the places of the pages among all that are built alike with no earlier one.

    Pages that differ only in words, addresses and values, as those of a refusal for each reason, are one to axe.
    """
    met = set[str]()
    for nth, one in enumerate(shown()):
        built = VALUES.sub(r'\1="value"', WORDS.sub(">words<", one.text))
        if built not in met:
            met.add(built)
            yield nth


@contextmanager
def served() -> Iterator[str]:
    """Answer pages at an address, by their place among all, with the browser files beside them, kept as they may be.

    A server, not a route of the browser's: with routes it keeps nothing, and reads every style anew for each page.
    """
    files = Assets.read().files

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the library's name
            path = self.path.partition("?")[0]
            if path.startswith("/static/") and (asset := files.get(path.split("/", 3)[3])):
                self._answer(200, {"content-type": asset.content_type, "cache-control": FOREVER}, asset.content)
            elif path.startswith(PREFIX):
                one = shown()[int(path.removeprefix(PREFIX))]
                self._answer(one.status, one.headers, one.text.encode())
            else:
                self._answer(404, {}, b"")

        def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Answers) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
