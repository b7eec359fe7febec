"""One stage and one browser for the page tests of a run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import chromium
from tests.browser.stage import world
from tests.browser.stage.play import Stage, stage
from tests.browser.stage.world import OSLO, OneList

_NUMBERS = itertools.count(700)


@pytest.fixture(scope="session")
def playing(scratch: Path, dear: ExitStack) -> Stage:
    """Start broker, database, login provider, invented owners and the gateway."""
    folder = scratch / "stage"
    folder.mkdir()
    return dear.enter_context(stage(folder, command_wait=1.0))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium, once a file: while it is there Playwright's event loop runs, and no asynchronous test can."""
    with chromium() as found:
        yield found


@pytest.fixture
def new_list(playing: Stage) -> Callable[..., OneList]:
    """Have IMDi send Oslo a list of the test's own: a family of three and one unaccompanied minor."""

    def send(days_left: int = 5) -> OneList:
        one = world.new_list(f"FL-2026-000{next(_NUMBERS)}", OSLO, [3, 1], days_left=days_left, minors=1, age_days=0)
        playing.owner.add(one)
        return one

    return send
