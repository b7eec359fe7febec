"""Waiting with an end."""

from __future__ import annotations

import asyncio
import time

import pytest

from chassis.running.patience import within


async def test_what_does_not_let_itself_be_cancelled_is_not_waited_for() -> None:
    """As a query on a database that is frozen."""
    let_go = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await let_go.wait()
            raise

    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        await within(0.05, stubborn())
    assert time.monotonic() - begun < 10
    let_go.set()
    await asyncio.sleep(0)


async def test_what_it_gives_or_raises_comes_out() -> None:
    """In time."""

    async def give(*, error: bool) -> int:
        if error:
            raise LookupError
        return 7

    assert await within(10, give(error=False)) == 7
    with pytest.raises(LookupError):
        await within(10, give(error=True))
