"""What page tests do again and again: who logs in, how a list is opened, a person unmarked, a page known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from contracts.codes import DeclineReason
from ops.embedded.waiting import wait_until
from tests.browser.browsing import log_in, opened
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO, OneList

WITH = pytest.param(True, id="with scripts")
BOTH = pytest.mark.parametrize("scripts", [WITH, pytest.param(False, id="without scripts", marks=pytest.mark.heavy)])
"""Everything works without scripts, which only enhance: tried in ``make check``."""
BOTH_AT_ONCE = pytest.mark.parametrize("scripts", [WITH, pytest.param(False, id="without scripts")])
"""The main job: without scripts in ``make test`` too."""

WRITER, COLLEAGUE, READER, ELSEWHERE = "Ingrid Haugen", "Thomas Lie", "Marit Dahl", "Anne Vik"
NewList = Callable[..., OneList]


def page_of(one: OneList) -> str:
    return f"/kommune/{OSLO}/bosetting/fordelinger/{one.state.list_id}"


def open_list(page: Page, one: OneList) -> None:
    """Open it as soon as the read model has it, with its places, which come by another topic."""
    for _ in range(400):
        with suppress(Error):  # a page that comes back by itself may do so at this very moment
            answer = page.goto(page_of(one))
            if answer is not None and answer.status == 200 and page.locator(".updating").count() == 0:
                return
        page.wait_for_timeout(50)
    pytest.fail("the list does not come")


def shown_soon(page: Page, wanted: Locator) -> None:
    """Load the page again until the read model has followed: each topic comes in its own time."""
    for _ in range(400):
        if wanted.is_visible():
            return
        page.wait_for_timeout(50)
        page.reload()
    pytest.fail(f"{wanted} does not come")


def until_so(database_url: str, query: str, *values: str) -> None:
    """Wait until a query of a truth tells that it is so, where no page can be asked."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert wait_until(lambda: connection.execute(query.encode(), values).fetchone() == (True,), 90), query


@contextmanager
def at_list(playing: Stage, browser: Browser, one: OneList, *, scripts: bool = True) -> Iterator[Page]:
    """Log somebody in who may answer, and open the list."""
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, WRITER)
        open_list(page, one)
        yield page


def unmark(page: Page, number: int, reason: DeclineReason | None = None) -> None:
    page.get_by_label(f"Person {number}", exact=True).uncheck()
    if reason:
        page.locator(f"#grunn-{number}").select_option(reason.value)


def confirm_split(page: Page, household: int = 1, reason: str = "agreed_with_imdi") -> None:
    page.get_by_label(f"Ja, vi mener å dele husstand {household}").check()
    page.locator(f"#delgrunn-{household}").select_option(reason)


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text, exact=True)).to_be_visible()
