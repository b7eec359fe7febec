"""The pages of the unit tests' worlds, shown in a browser: every state there is, without a stack behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from playwright.sync_api import Page, Route

from gateway.pages.assets import Assets
from tests.unit.gateway.fakes import Desktop
from tests.unit.gateway.worlds import visits

ADDRESS = "https://fordeling.example"
PREFIX = "/verden/"


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


def serve(page: Page) -> None:
    """Answer what the page asks of the address: pages by their place among all, browser files as they are."""
    assets = Assets.read()

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS).partition("?")[0]
        if path.startswith("/static/"):
            asset = assets.files[path.split("/", 3)[3]]
            route.fulfill(body=asset.content, content_type=asset.content_type)
        elif path.startswith(PREFIX):
            one = shown()[int(path.removeprefix(PREFIX))]
            route.fulfill(status=one.status, body=one.text, headers=one.headers)
        else:
            route.abort()

    page.context.route(f"{ADDRESS}/**", answer)
