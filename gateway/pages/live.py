"""Where an open page hears what is new in its municipality."""

from __future__ import annotations

from contextvars import copy_context
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import ServiceUnavailableException
from litestar.params import QueryParameter
from litestar.response import Stream

from gateway.auth.guards import UNATTENDED, access_of
from gateway.live.news import Place, Told
from gateway.live.stream import stream
from gateway.live.subscriber import Subscriber
from gateway.live.words import said
from gateway.pages.render import PageRequest
from gateway.parts import Parts

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Neither kept nor held back by a proxy."""


@get("/hendelser", include_in_schema=False, opt={UNATTENDED: True})
async def live(
    request: PageRequest,
    parts: NamedDependency[Parts],
    from_place: Annotated[str | None, QueryParameter(name="fra")] = None,
) -> Stream:
    """Tell what is new, from where the page was made, or where the browser was when it lost the stream."""
    access, user = access_of(request), request.user
    assert user is not None
    dispatcher = parts.live
    if dispatcher is None or not dispatcher.has_room(user.user_id):
        raise ServiceUnavailableException
    since = Place.parse(request.headers.get("last-event-id") or from_place)
    speaking = copy_context()  # with the language of the request

    def say(told: Told) -> str:
        return speaking.run(said, told, user.user_id)

    subscriber = Subscriber(access.municipality_id, user.user_id, str(request.auth))
    return Stream(
        stream(dispatcher, subscriber, since, say), media_type="text/event-stream; charset=utf-8", headers=HEADERS
    )
