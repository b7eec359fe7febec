"""An open page's stream, as the browser reads it (HTML Living Standard, 9.2 Server-sent events)."""

from __future__ import annotations

import json
import random
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

from litestar.response.sse import ServerSentEventMessage

from gateway.live.dispatcher import Dispatcher
from gateway.live.news import Place, Told
from gateway.live.subscriber import End, Subscriber

LONGEST = (25 * 60.0, 35 * 60.0)
"""Seconds a stream lasts; then the page comes back by itself, to whichever process there is by then."""

Say = Callable[[Told], str]


def event(told: Told, text: str, *, own: bool) -> bytes:
    """Write one event. ``text``: what is announced; empty: only fetch what changed."""
    about = {"kind": told.news.kind.value, "list": told.news.list_id, "own": own, "text": text}
    return _message(json.dumps(about, ensure_ascii=False), id=str(told.place))


def _message(data: str | None, **fields: Any) -> bytes:  # noqa: ANN401  as the class takes them
    return ServerSentEventMessage(data, sep="\n", **fields).encode()


async def stream(
    dispatcher: Dispatcher,
    subscriber: Subscriber,
    since: Place | None,
    say: Say,
) -> AsyncGenerator[bytes, None]:
    """Tell a page what it missed since a place, and then what is new, until it is gone or its session is."""
    until = time.monotonic() + random.uniform(*LONGEST)  # noqa: S311  spreading, not secrecy
    with dispatcher.subscribed(subscriber) as place:
        yield _message(None, comment="", retry=random.randint(*dispatcher.retry_ms))  # noqa: S311
        missed = [] if since is None else await dispatcher.missed(subscriber, since, place)
        if missed is None:
            yield _message("{}", event="behind", id=str(place))
        for told in missed or ():
            yield _event(told, subscriber, say)
        # Another process may have told it more than this one has looked at yet.
        reached = max(since, place) if since and missed is not None else place
        while subscriber.ended is None and time.monotonic() < until:
            news = await subscriber.next(dispatcher.heartbeat)
            for told in news:
                if told.place > reached:
                    yield _event(told, subscriber, say)
            if not news and subscriber.ended is None:
                yield _message(None, comment="")
    if subscriber.ended is End.SESSION:
        yield _message("{}", event="ended")


def _event(told: Told, subscriber: Subscriber, say: Say) -> bytes:
    own = told.news.actor == subscriber.user_id
    return event(told, say(told), own=own)
