"""What is told to open pages: as events, in words, and to whom; without a database."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence

import pytest

from contracts.codes import DispatchStatus, LetterKind
from contracts.letters.v1 import Dispatch, LetterState
from gateway.commands.wakeups import Wakeups
from gateway.live.dispatcher import BACKSTOP, MOST_OF_ONE, SOON, Dispatcher
from gateway.live.finding import of_letter, of_list
from gateway.live.news import Kind, News, Place, Told
from gateway.live.source import Look
from gateway.live.stream import event, stream
from gateway.live.subscriber import MOST_WAITING, End, Subscriber
from gateway.live.words import SAID, said
from tests.unit.gateway.samples import LIST, NOW, OSLO, one_list

SILENT = {Kind.LIST_TOUCHED, Kind.NOTICE, Kind.LETTER_MOVED, Kind.LEDGER}


def told(number: int, kind: Kind = Kind.LIST_PUBLISHED, **more: object) -> Told:
    return Told(Place(700, number), News(kind, OSLO, LIST, **more), who="Thomas Lie")  # type: ignore[arg-type]


def test_an_event_is_a_block_that_names_its_place() -> None:
    """One id, one line of data whatever the text holds, an empty line after it."""
    written = event(told(3), "Første\nlinje æøå", own=False).decode()
    assert written.endswith("\n\n")
    identity, data = written.rstrip("\n").split("\n")
    assert identity == "id: 700-3"
    found = json.loads(data.removeprefix("data: "))
    assert found == {"kind": "list-published", "list": LIST, "own": False, "text": "Første\nlinje æøå"}
    assert Place.parse("700-3") == Place(700, 3)


@pytest.mark.parametrize("text", [None, "", "700", "700-", "-3", "700-3-1", "700-3\n", "x-1", "٧-٣", "9" * 19 + "-1"])
def test_what_is_no_place_of_ours_is_none(text: str | None) -> None:
    """A browser may send anything as the last event's id; nothing of it reaches the database."""
    assert Place.parse(text) is None


def test_every_kind_is_said_or_meant_to_be_silent() -> None:
    """A new kind gets its words, or a place here; one's own doing is not told to oneself."""
    assert set(Kind) == SILENT | set(SAID) | {Kind.LETTER_READ}
    for kind in Kind:
        text = said(told(1, kind, running_number=2, actor="u-2"), "u-1")
        assert bool(text) is (kind not in SILENT)
        assert "%(" not in text
        assert said(told(1, kind, actor="u-1"), "u-1") == ""
    assert said(told(1, Kind.LIST_SAVED), "u-1") == f"Thomas Lie har lagret endringer på {LIST}."
    assert said(told(1, Kind.LETTER_READ, running_number=2), "u-1") == f"Brevet til person 2 på {LIST} er lest."


def test_what_is_new_is_what_was_not_so_before() -> None:
    """A list that comes withdrawn was never published to anybody; a letter is read once."""
    state = one_list().state
    before = state.model_dump(mode="json")
    assert [news.kind for news in of_list(None, state)] == [Kind.LIST_PUBLISHED]
    assert [news.kind for news in of_list(before, state)] == [Kind.LIST_TOUCHED]
    more = state.model_copy(update={"placed": state.placed + 1, "withdrawn_persons": 1})
    assert [news.kind for news in of_list(before, more)] == [Kind.PERSONS_WITHDRAWN, Kind.PERSONS_PLACED]
    letter = LetterState(
        letter_id="1", municipality_id=OSLO, list_id="ANM-2026-0301", kind=LetterKind.PLACEMENT_DECISION,
        planned_at=NOW, year=2026, dispatch=Dispatch(status=DispatchStatus.READ),
    )  # fmt: skip
    [news] = of_letter(None, letter)
    assert (news.kind, news.list_id) == (Kind.LETTER_READ, None)
    assert [one.kind for one in of_letter(letter.model_dump(mode="json"), letter)] == [Kind.LETTER_MOVED]


class Silence:
    """Nothing new of itself; what was missed is what it is made with."""

    def __init__(self, missed: Sequence[Told] | None = ()) -> None:
        self._missed = missed

    async def begin(self) -> Place:
        return Place(700, 0)

    async def after(self, place: Place) -> Look:
        return Look((), place, more=False)

    async def missed(self, _municipality_id: str, _since: Place, _until: Place) -> Sequence[Told] | None:
        return self._missed


class Standing:
    async def of(self, held: Sequence[tuple[str, str]]) -> set[int]:
        return {index for index, (token, _) in enumerate(held) if token == "stands"}


def dispatcher(missed: Sequence[Told] | None = (), most: int = 100) -> Dispatcher:
    return Dispatcher(Silence(missed), Standing(), Wakeups(), most, place=Place(700, 0))


def page(user_id: str = "u-1", token: str = "stands") -> Subscriber:
    return Subscriber(OSLO, user_id, token)


async def test_a_queue_is_bounded_and_ends_its_stream_alone() -> None:
    """At most so many wait; beyond them the stream ends and nothing of it is kept, and nobody was waited for."""
    slow, quick = page(), page()
    for number in range(MOST_WAITING + 1):
        slow.offer(told(number))
        quick.offer(told(number))
        assert len(await quick.next(0.01)) == 1
    assert (slow.ended, quick.ended) == (End.SLOW, None)
    slow.offer(told(999))
    assert await slow.next(0) == []


async def test_what_was_missed_comes_first_and_nothing_twice() -> None:
    """What another process told it already is left out, though this one looks at it later."""
    live, one = dispatcher([told(-2), told(-1)]), page()
    events = stream(live, one, Place(699, 9), lambda found: str(found.place))
    assert b"retry: " in await anext(events)
    assert [b'"text": "700--' in await anext(events) for _ in range(2)] == [True, True]
    one.offer(told(5))
    assert b"id: 700-5" in await anext(events)
    await events.aclose()
    ahead = page()
    events = stream(live, ahead, Place(700, 4), lambda _: "")
    await anext(events)
    for number in (3, 4, 5):
        ahead.offer(told(number))
    assert b"id: 700-5" in await anext(events)
    await events.aclose()
    assert live.streams == 0


async def test_who_was_away_too_long_is_told_to_look_at_all_of_it() -> None:
    """One event of its own kind, with the place to go on from."""
    events = stream(dispatcher(missed=None), page(), Place(1, 1), lambda _: "")
    await anext(events)
    assert b"id: 700-0\nevent: behind\n" in await anext(events)
    await events.aclose()


async def test_silence_is_a_comment_and_an_ended_session_is_told() -> None:
    """A heartbeat is no event; the last word before the end is, so that the page does not come back."""
    live, one = dispatcher(), page(token="ended")
    live.heartbeat = 0.01
    events = stream(live, one, None, lambda _: "")
    await anext(events)
    assert await anext(events) == b": \n\n"
    await live.end_those_without_session()
    assert [left async for left in events] == [b"event: ended\ndata: {}\n\n"]


async def test_bounds_are_of_a_user_and_of_the_process() -> None:
    """Over either there is no room; a stream that began all the same ends at once; what closes makes room."""
    live = dispatcher(most=MOST_OF_ONE + 1)
    held = [live.subscribed(page()) for _ in range(MOST_OF_ONE)]
    for one in held:
        one.__enter__()
    assert not live.has_room("u-1")
    assert live.has_room("u-2")
    with live.subscribed(page("u-2")):
        assert not live.has_room("u-3")
        late = page("u-3")
        assert [b": " in sent for sent in [left async for left in stream(live, late, None, lambda _: "")]] == [True]
    held[0].__exit__(None, None, None)
    assert live.has_room("u-1")
    live.close()
    assert not live.has_room("u-1")


async def test_a_look_that_fails_is_not_the_last() -> None:
    """A database that is away for a while leaves open pages waiting, not forgotten."""

    class Failing(Silence):
        looks = 0

        async def after(self, place: Place) -> Look:
            self.looks += 1
            if self.looks == 1:
                raise ConnectionRefusedError
            return Look([told(7)], max(place, Place(701, 0)), more=False)

    live, one = Dispatcher(Failing(), Standing(), Wakeups(), 10), page()
    async with live.running():
        with live.subscribed(one):
            one.ended = None  # it was not ready yet
            async with asyncio.timeout(30):
                while not (found := await one.next(1)):
                    pass
    assert found[0].place == Place(700, 7)


async def test_many_words_are_one_look_and_a_word_is_looked_into_soon() -> None:
    """Words in a rush are looked into together, each after its moment, and none waits for the backstop."""

    class Counting(Silence):
        looks = 0

        async def after(self, place: Place) -> Look:
            self.looks += 1
            return Look((), place, more=False)

    source, wakeups = Counting(), Wakeups()
    live = Dispatcher(source, Standing(), wakeups, 10, place=Place(700, 0))
    begun = time.monotonic()
    async with live.running():
        while source.looks < 8:
            wakeups.announce()
            await asyncio.sleep(SOON / 20)
        assert source.looks <= 1 + (time.monotonic() - begun) / SOON
        assert time.monotonic() - begun < 6 * BACKSTOP
