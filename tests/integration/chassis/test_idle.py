"""Who has got nothing for a while asks the broker less often, and waits for nothing longer for that."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.reading import intake, polling
from chassis.service import running
from tests.integration.chassis.stage import Stage, counted, until

LONG = 60.0


async def test_an_idle_reader_asks_seldom_and_has_what_comes_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its question waits at the broker for a minute, and for a record no longer than the record takes."""
    monkeypatch.setattr(intake, "IDLE_WAIT", LONG)
    monkeypatch.setattr(polling, "IDLE_SECONDS", 2.0)
    async with running(stage.service(), stage.settings(stuck_after=16 * LONG)) as state:
        await stage.produce([counted("a", 1)])
        await stage.applied(1)
        consumer = state.intake._subscribers[0].consumer
        asked: list[int] = []
        send = consumer._client.send

        async def sending(node: int, request: Any, **options: Any) -> Any:
            if type(request).__name__.startswith("FetchRequest"):
                asked.append(request._max_wait_ms)
            return await send(node, request, **options)

        monkeypatch.setattr(consumer._client, "send", sending)
        await until(asks(asked, 1000 * LONG))
        begun, before = time.monotonic(), len(asked)
        await stage.produce([counted("a", 2)])
        await stage.applied(2)
        assert time.monotonic() - begun < LONG / 2
        await until(asks(asked, 500, since=before))


def asks(asked: list[int], milliseconds: float, since: int = 0) -> Callable[[], Awaitable[bool]]:
    """Tell whether a question that the broker may think about for so long has been asked."""

    async def so() -> bool:
        return milliseconds in asked[since:]

    return so
