"""News on a real database: written once with what they are about, and told in order, late commits included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from chassis.clock import SystemClock
from chassis.storage.database import Pool, create_pool
from chassis.storage.transaction import Transactions
from contracts.codes import DispatchStatus, LetterKind, ListChangeKind, ListStatus
from contracts.letters.v1 import Dispatch, LetterState
from gateway.commands.wakeups import Wakeups
from gateway.live.dispatcher import Dispatcher
from gateway.live.news import Kind, Place
from gateway.live.recording import prune
from gateway.live.source import MOST_MISSED, Database
from gateway.live.subscriber import End, Subscriber
from gateway.readmodel import schemas
from gateway.readmodel.projector import project
from gateway.readmodel.reader import Reader
from tests.browser.stage import ledgers, world
from tests.browser.stage.drafts import Drafts
from tests.browser.stage.world import BERGEN, OSLO
from tests.integration.gateway.conftest import Urls
from tests.integration.gateway.live import received, until, write

KINDS = "SELECT array_agg(kind ORDER BY xid, id) FROM gateway.news"
LIST = "FL-2026-000101"


@pytest.fixture
async def owner(urls: Urls) -> AsyncIterator[Pool]:
    async with await create_pool(urls.owner, name="test-owner") as pool:
        yield pool


@pytest.fixture
async def source(urls: Urls, owner: Pool) -> AsyncIterator[Database]:
    async with await create_pool(urls.reader, name="test-reader") as pool:
        yield Database(owner, Reader(pool))


class Everybody:
    """All sessions stand but those that have ended."""

    def __init__(self) -> None:
        self.ended: set[str] = set()

    async def of(self, held: list[tuple[str, str]]) -> set[int]:
        return {index for index, (token, _) in enumerate(held) if token not in self.ended}


@pytest.fixture
async def dispatcher(urls: Urls, source: Database) -> AsyncIterator[Dispatcher]:
    """Run one as a process has it, and give it once it has looked for the first time."""
    wakeups = Wakeups()
    found = Dispatcher(source, Everybody(), wakeups, 100)  # type: ignore[arg-type]  a list is all it is given
    async with wakeups.listening(urls.owner), found.running():
        await until(lambda: found.place is not None)
        yield found


async def kinds(pool: Pool) -> list[str]:
    return await pool.fetchval(KINDS) or []


async def forget(pool: Pool) -> None:
    await pool.execute("DELETE FROM gateway.news")


async def test_what_happens_to_a_list_is_told_once_however_often_it_is_read(owner: Pool) -> None:
    """Published, withdrawn, moved, placed: one row each, with its read model row; a record read twice gives none."""
    one = world.new_list(LIST, OSLO, [2], days_left=6)
    batch = [received(one.state, 1)]
    await write(owner, *batch)
    await write(owner, *batch)
    await write(owner, *batch, *batch)
    assert await kinds(owner) == [Kind.LIST_PUBLISHED]
    later = one.state.deadline + timedelta(days=7)
    await write(owner, received(one.state.model_copy(update={"deadline": later, "withdrawn_persons": 1}), 2))
    await write(owner, received(one.state, 1))
    assert await kinds(owner) == [Kind.LIST_PUBLISHED, Kind.PERSONS_WITHDRAWN, Kind.DEADLINE_MOVED]
    row = await owner.fetchrow("SELECT municipality_id, list_id, actor FROM gateway.news LIMIT 1")
    assert row is not None
    assert tuple(row) == (OSLO, LIST, None)


async def test_a_row_that_is_not_written_is_not_told(owner: Pool) -> None:
    """Both are one transaction: where it fails, nobody hears of what is not there."""
    one = world.new_list(LIST, OSLO, [2], days_left=6)

    async def fail() -> None:
        async with Transactions(owner, "/test", SystemClock()).begin() as transaction:
            await project([received(one.state, 1)], transaction)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await fail()
    assert await kinds(owner) == []


async def test_steps_messages_letters_and_requests_are_told(owner: Pool) -> None:
    """A colleague's step with who took it; IMDi's words; a letter that is read; small things as small."""
    one = world.new_list(LIST, OSLO, [2], days_left=6)
    change = Drafts().change(one, 2, ListChangeKind.SAVED, households=[1])
    saved = one.state.model_copy(update={"status": ListStatus.UNDER_TREATMENT, "changed": change.by})
    await write(owner, received(one.state, 1))
    await forget(owner)
    await write(owner, received(change, 2), received(saved, 2))
    row = await owner.fetchrow("SELECT kind, version, actor FROM gateway.news")
    assert row is not None
    assert tuple(row) == (Kind.LIST_SAVED, 2, change.by.user_id)
    await forget(owner)
    await write(owner, received(world.say(one, 1, "Heis holder.", world.IMDI), 3))
    await write(owner, received(world.say(one, None, "Når?"), 4))
    letter = LetterState(
        letter_id="letter-1",
        municipality_id=OSLO,
        list_id=LIST,
        running_number=1,
        kind=LetterKind.LETTER_TO_PERSON,
        planned_at=world.now(),
    )
    read = letter.model_copy(update={"dispatch": Dispatch(status=DispatchStatus.READ)})
    await write(owner, received(letter, 1))
    await write(owner, received(read, 2))
    await write(owner, received(read.model_copy(update={"attempt": 2}), 3))
    [year, *_] = ledgers.ledgers()
    await write(owner, received(year, 1))
    await write(owner, received(year, 2))
    letters = [Kind.LETTER_MOVED, Kind.LETTER_READ, Kind.LETTER_MOVED]
    assert await kinds(owner) == [
        Kind.IMDI_WROTE, Kind.QUESTION_ASKED, *letters, Kind.PLACES_REQUESTED, Kind.LEDGER,
    ]  # fmt: skip


async def test_what_is_told_again_or_old_or_built_beside_announces_nothing(owner: Pool) -> None:
    """A republished state, one of yesterday's, and all of a read model that is built anew."""
    one, other = (world.new_list(f"FL-2026-00010{n}", OSLO, [2], days_left=6) for n in (1, 2))
    await write(owner, received(one.state, 1, at=world.now() - timedelta(days=2)))
    await write(owner, received(other.state, 1, republished=True))
    async with owner.acquire() as connection:
        await schemas.copy_structure(connection)
    third = world.new_list("FL-2026-000103", OSLO, [2], days_left=6)
    await write(owner, received(third.state, 1), received(one.state, 2), schema=schemas.NEXT)
    assert await kinds(owner) == []


async def test_one_that_commits_late_is_told_in_its_place(urls: Urls, dispatcher: Dispatcher, source: Database) -> None:
    """The younger transaction commits first and waits for the older: a page that resumes at it misses neither."""
    insert = "INSERT INTO gateway.news (municipality_id, kind, list_id, at) VALUES ($1, 'list-published', $2, now())"
    page = Subscriber(OSLO, "u-1", "a")
    older, younger = [await asyncpg.connect(urls.owner) for _ in range(2)]
    with dispatcher.subscribed(page) as began:
        first, second = older.transaction(), younger.transaction()
        await first.start()
        await older.execute(insert, OSLO, "FL-OLDER")
        await second.start()
        await younger.execute(insert, OSLO, "FL-YOUNGER")
        await second.commit()
        await younger.execute("SELECT pg_notify('gateway_changed', '')")
        assert await page.next(1.5) == [], "the younger one is not passed on before the older one"
        assert (await source.after(began)).told == []
        await first.commit()
        told = []
        while len(told) < 2:
            told += await page.next(5)
    assert [one.news.list_id for one in told] == ["FL-OLDER", "FL-YOUNGER"]
    for since, missed in ((began, 2), (told[0].place, 1), (told[1].place, 0)):
        assert dispatcher.place is not None
        found = await source.missed(OSLO, since, dispatcher.place)
        assert found is not None
        assert len(found) == missed
    for connection in (older, younger):
        await connection.close()


async def test_a_page_is_told_of_its_own_municipality_alone(
    owner: Pool, dispatcher: Dispatcher, source: Database
) -> None:
    """By offering and on coming back; the reader's role sees no other's rows, whatever it asks for."""
    began = dispatcher.place
    assert began is not None
    oslo, bergen = Subscriber(OSLO, "u-1", "a"), Subscriber(BERGEN, "u-2", "b")
    with dispatcher.subscribed(oslo), dispatcher.subscribed(bergen):
        await write(owner, received(world.new_list(LIST, OSLO, [2], days_left=6).state))
        assert [told.news.municipality_id for told in await oslo.next(10)] == [OSLO]
        assert await bergen.next(0.3) == []
    assert dispatcher.place is not None
    assert len(await source.missed(OSLO, began, dispatcher.place) or ()) == 1
    assert await source.missed(BERGEN, began, dispatcher.place) == []
    async with source.reader.as_municipality(BERGEN) as connection:
        assert await connection.fetchval("SELECT count(*) FROM gateway.news") == 0
    async with source.reader.as_municipality("") as connection:
        assert await connection.fetchval("SELECT count(*) FROM gateway.news") == 0


async def test_the_colleagues_name_is_the_read_models(owner: Pool, dispatcher: Dispatcher) -> None:
    """No row of the news has it; who is told gets it from the list's history, which they may read."""
    one = world.new_list(LIST, OSLO, [2], days_left=6)
    page = Subscriber(OSLO, "u-1", "a")
    with dispatcher.subscribed(page):
        await write(owner, received(Drafts().change(one, 2, ListChangeKind.SAVED, households=[1]), 2))
        [told] = await page.next(10)
    rows = await owner.fetchval("SELECT string_agg(news::text, ' ') FROM gateway.news")
    assert told.who
    assert told.who not in rows


async def test_who_comes_back_after_a_day_or_from_elsewhere_is_sent_for_all(
    owner: Pool, dispatcher: Dispatcher, source: Database
) -> None:
    """Where rows were pruned, too many were missed, or the place is of another cluster: None, which is "fetch anew"."""
    began = dispatcher.place
    assert began is not None
    many = [world.new_list(f"FL-2026-0{n:05}", OSLO, [1], days_left=6) for n in range(MOST_MISSED + 1)]
    await write(owner, *(received(one.state) for one in many))
    await until(lambda: dispatcher.place is not None and dispatcher.place > began)
    last = Place(dispatcher.place.xid + 1, 0)
    assert await source.missed(OSLO, began, last) is None
    [place] = await owner.fetch("SELECT xid, id FROM gateway.news ORDER BY xid DESC, id DESC LIMIT 1 OFFSET 1")
    assert len(await source.missed(OSLO, Place(*place), last) or ()) == 1
    await owner.execute("UPDATE gateway.news SET at = at - interval '25 hours'")
    async with Transactions(owner, "/test", SystemClock()).begin() as transaction:
        await prune(transaction)
    assert await kinds(owner) == []
    assert await source.missed(OSLO, Place(*place), last) is None
    assert await source.missed(OSLO, last, last) == []
    assert await source.missed(OSLO, Place(10**17, 1), last) is None
    await owner.execute(
        "INSERT INTO gateway.news (xid, municipality_id, kind, at) VALUES (10^17, 'k', 'notice', now())"
    )
    await source.begin()
    assert await kinds(owner) == []


@pytest.mark.heavy
async def test_streams_end_with_their_sessions(dispatcher: Dispatcher) -> None:
    """Within seconds of the session's end; those of others go on."""
    gone, there = Subscriber(OSLO, "u-1", "a"), Subscriber(OSLO, "u-2", "b")
    dispatcher.standing.ended.add("a")  # type: ignore[attr-defined]
    with dispatcher.subscribed(gone), dispatcher.subscribed(there):
        async with asyncio.timeout(30):
            while gone.ended is None:
                await gone.next(1)
        assert gone.ended is End.SESSION
        assert there.ended is None
