"""Searching, filtering and paging lists, placed persons by number, statistics: on a real database."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from chassis.storage.database import Connection, Pool, create_pool
from contracts.codes import DeclineReason, PersonStatus, PlaceKind
from contracts.distribution.v1 import ListAnswered, ListState, PersonFolderState, PersonState
from contracts.imdi.v1 import PostalAddress
from gateway.pages.list_filter import LARGEST
from gateway.pages.preferences import Preferences
from gateway.readmodel.lists import ALL_LISTS, CHUNK, LISTS, ListFilter, Place, Sort, all_lists, find_lists
from gateway.readmodel.placed import PLACED, find_placed
from gateway.readmodel.reader import Reader
from gateway.readmodel.statistics import find_statistics
from gateway.readmodel.surface import SURFACE
from services.distribution.adapters import messages
from services.distribution.domain.answering import send_answer
from services.distribution.domain.codes import DeclineReason as OwnersReason, PlacementPolicy, WithdrawalReason
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.persons import Decision
from services.distribution.domain.treatment import Form, approve
from services.distribution.domain.withdrawal import withdraw_list, withdraw_persons
from tests.browser.stage import world
from tests.browser.stage.world import BERGEN, OSLO
from tests.integration.gateway.conftest import Urls
from tests.integration.gateway.projecting import received, records, write
from tests.unit.distribution.samples import AT, a_list, asked, minor, offered

DUF = "202612345678"
NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
"""In Norway it is half past midnight, and 2027."""


@pytest.fixture
async def reader(urls: Urls) -> AsyncIterator[Reader]:
    async with await create_pool(urls.reader, name="test-reader") as pool:
        yield Reader(pool)


def many(count: int, first: int = 1) -> list[world.OneList]:
    """Make lists of which some share the moment they came and the deadline."""
    made = []
    for number in range(first, first + count):
        one = world.new_list(f"FL-2026-{number:06}", OSLO, [1], days_left=number % 4)
        at = AT + timedelta(hours=number // 3)
        one.state = one.state.model_copy(update={"received_at": at})
        made.append(one)
    return made


@pytest.mark.parametrize("sort", list(Sort))
async def test_pages_neither_double_nor_leave_out(database: Pool, reader: Reader, sort: Sort) -> None:
    """Forwards to the end and back again, while lists arrive: each that was there from the beginning once."""
    lists = many(47)
    await write(database, *(record for one in lists for record in records(one)))
    wanted = ListFilter(sort=sort, limit=10)
    first = page = await find_lists(reader, OSLO, wanted)
    seen = [one.list_id for one in page.lists]
    late = iter(many(9, first=100))
    while page.next:
        await write(database, *records(next(late)))
        page = await find_lists(reader, OSLO, ListFilter(sort=sort, limit=10, after=page.next))
        seen += [one.list_id for one in page.lists]
    there = {one.state.list_id for one in lists}
    assert [one for one in Counter(seen).values() if one > 1] == []
    assert there <= set(seen)
    back = [one.list_id for one in page.lists]
    while page.previous:
        page = await find_lists(reader, OSLO, ListFilter(sort=sort, limit=10, before=page.previous))
        back += [one.list_id for one in page.lists]
    assert len(back) == len(set(back))
    assert there <= set(back)
    assert first.skipped == page.skipped == 0
    whole = [one async for some in all_lists(reader, OSLO, ListFilter(sort=sort), most=1000) for one in some.lists]
    keys = {
        Sort.NEWEST: lambda one: (-one.received_at.timestamp(), one.list_id),
        Sort.OLDEST: lambda one: (one.received_at.timestamp(), one.list_id),
        Sort.DEADLINE: lambda one: (one.deadline, one.list_id),
        Sort.NUMBER: lambda one: one.list_id,
    }
    assert whole == sorted(whole, key=keys[sort])


async def test_a_file_has_the_lists_of_one_moment(database: Pool, urls: Urls) -> None:
    """More than are held at once, in their order; none that arrives meanwhile; and whoever goes away holds nothing."""
    body = world.new_list("FL-2026-000001", OSLO, [1], days_left=3).state.model_dump(mode="json")
    make = (
        "INSERT INTO readmodel.distribution_list"
        " SELECT 'FL-' || n, $2, 'received', 2026, now() - n * interval '1 hour', current_date, 1,"
        " jsonb_set($1, '{list_id}', to_jsonb('FL-' || n)) FROM generate_series($3::integer, $4) AS n"
    )
    await database.execute(make, body, OSLO, 1001, 2200)
    async with await create_pool(urls.reader, name="test-reader", max_size=1, wait=2) as pool:
        seen, sizes = [], []
        wanted = ListFilter(sort=Sort.NUMBER, status="open")
        async for some in all_lists(Reader(pool), OSLO, wanted, most=1100):
            seen += [one.list_id for one in some.lists]
            sizes.append(len(some.lists))
            assert some.total == 1200
            await database.execute(make, body, OSLO, 3000 + len(sizes), 3000 + len(sizes))
        assert seen == [f"FL-{n}" for n in range(1001, 2101)]
        assert max(sizes) <= CHUNK < len(seen)
        gone = all_lists(Reader(pool), OSLO, wanted, most=1100)
        await anext(gone)
        await gone.aclose()
        assert [one async for one in all_lists(Reader(pool), BERGEN, wanted, most=1100)] == []


async def test_lists_are_searched_and_filtered_by_deadline(database: Pool, reader: Reader) -> None:
    """A part of the number, days of the deadline, and only what waits for an answer; signs are no patterns."""
    lists = world.lists()
    await write(database, *(record for one in lists for record in records(one)))
    today = world.now().date()

    async def found(**wanted: object) -> set[str]:
        return {one.list_id for one in (await find_lists(reader, OSLO, ListFilter(limit=100, **wanted))).lists}  # type: ignore[arg-type]

    oslo = {one.state.list_id: one.state for one in lists if one.state.municipality_id == OSLO}
    assert await found(number=world.NEW) == {world.NEW}
    assert await found(number="0002") == {name for name in oslo if "0002" in name}
    assert await found(number="%") == await found(number="FL_2026") == set()
    until = today + timedelta(days=3)
    assert await found(due_from=today, due_to=until) == {
        name for name, one in oslo.items() if today <= one.deadline <= until
    }
    assert await found(due_to=today - timedelta(days=1), awaiting=True) == {world.OVERDUE}
    assert await found(due_to=today - timedelta(days=1), status="answered") >= {"FL-2026-000223"}
    assert (await find_lists(reader, BERGEN, ListFilter(number=world.NEW))).total == 0


def folder(one: world.OneList, number: int, duf_number: str = DUF) -> PersonFolderState:
    return PersonFolderState(
        list_id=one.state.list_id,
        municipality_id=one.state.municipality_id,
        running_number=number,
        given_name="Test",
        family_name="Testesen",
        birth_date=date(1990, 1, 1),
        duf_number=duf_number,
        address=PostalAddress(lines=["Testveien 1"], postal_code="0001", city="Oslo"),
        placed_on=world.now().date(),
    )


async def test_only_who_is_placed_here_is_found_by_number(database: Pool, reader: Reader) -> None:
    """Not by another municipality, not before the placement, not after a withdrawal, not by a part of the number."""
    here, elsewhere = world.answered("FL-2026-000301", 5), world.answered("FL-2026-000302", 5)
    elsewhere.state = elsewhere.state.model_copy(update={"municipality_id": BERGEN})
    elsewhere.persons = [one.model_copy(update={"municipality_id": BERGEN}) for one in elsewhere.persons]
    theirs = "202600000099"
    folders = [(here, 1, DUF), (elsewhere, 1, theirs)]
    told = [received(f"{one.state.list_id}/{n}", folder(one, n, duf), 6) for one, n, duf in folders]
    await write(database, *records(here), *records(elsewhere), *told)
    [person] = await find_placed(reader, OSLO, DUF)
    assert (person.list_id, person.running_number, person.status) == ("FL-2026-000301", 1, PersonStatus.PLACED)
    for municipality_id, number in ((BERGEN, DUF), (OSLO, theirs), (OSLO, DUF[:-1]), (OSLO, "%"), (OSLO, "")):
        assert await find_placed(reader, municipality_id, number) == []
    assert len(await find_placed(reader, BERGEN, theirs)) == 1

    # the person's state may come before the folder's tombstone, and after it
    key = "FL-2026-000301/1"
    withdrawn = here.persons[0].model_copy(update={"status": PersonStatus.WITHDRAWN})
    await write(database, received(key, withdrawn, 7))
    assert await find_placed(reader, OSLO, DUF) == []
    await write(database, received(key, here.persons[0], 8))
    assert len(await find_placed(reader, OSLO, DUF)) == 1
    await write(database, received(key, None, 9, PersonFolderState.message_type))
    assert await find_placed(reader, OSLO, DUF) == []


async def test_the_answered_events_add_up_to_the_statistics(database: Pool, reader: Reader) -> None:
    """What IMDi gets with each answer, added up, is what the municipality sees: year, kind, reason and share.

    Over New Year in Norway, with persons and lists withdrawn before the answer and after it.
    """
    chance = random.Random(13)
    told: Counter[tuple[int, PlaceKind, DeclineReason | None]] = Counter()
    for number in range(1, 41):
        persons = [(minor if chance.random() < 0.3 else offered)(n, 10 * number + n) for n in range(1, 5)]
        current = a_list(*persons, list_id=f"FL-2026-{number:06}")
        if number % 5 == 0:
            current = _after(withdraw_persons(current, [1], WithdrawalReason.OTHER, at=AT))
        current = _answered(current, chance, NEW_YEAR if number % 3 == 0 else AT + timedelta(hours=1), told)
        if number % 7 == 0:
            current = _after(withdraw_list(current, WithdrawalReason.OTHER, at=NEW_YEAR + timedelta(days=1)))
        state = messages.list_state(current)
        told_persons = [messages.person_state(current, one) for one in current.persons]
        batch = [received(f"{state.list_id}/{one.running_number}", one, current.version) for one in told_persons]
        await write(database, *batch, received(state.list_id, state, current.version))
    unanswered = messages.list_state(a_list(list_id="FL-2026-000999"))
    await write(database, received(unanswered.list_id, unanswered, 1))

    found = await find_statistics(reader, OSLO)
    counted = {
        (year, kind, reason): number
        for (year, kind), answers in found.counts.items()
        for reason, number in [(None, answers.accepted), *answers.reasons.items()]
        if number
    }
    assert counted == told
    assert set(found.years) == {2027, 2026}
    assert sum(told.values()) == found.of().answered
    assert (await find_statistics(reader, BERGEN)).years == ()


async def test_answers_are_counted_in_whatever_order_and_batches_rows_come(database: Pool, reader: Reader) -> None:
    """A list and its persons are records of their own; a batch may end between them, and begin with any."""
    for lists, order in enumerate(itertools.permutations(range(4)), start=1):
        batch = records(world.answered(f"FL-2026-{lists:06}", 5))
        assert len(batch) == 4
        for place in order:
            await write(database, batch[place])
        found = (await find_statistics(reader, OSLO)).of()
        assert (found.accepted, dict(found.reasons)) == (2 * lists, {DeclineReason.NO_HEALTH_SERVICES: lists})
        await write(database, *batch)
        assert (await find_statistics(reader, OSLO)).of() == found


async def test_what_is_erased_is_counted_no_more(database: Pool, reader: Reader) -> None:
    """A person's tombstone takes it from the counts, the list's all that are left."""
    one = world.answered("FL-2026-000301", 5)
    await write(database, *records(one))
    for number, left in ((3, (2, 0)), (1, (1, 0))):
        gone = received(f"{one.state.list_id}/{number}", None, one.version + 1, PersonState.message_type)
        await write(database, gone)
        found = (await find_statistics(reader, OSLO)).of()
        assert (found.accepted, found.declined) == left
    await write(database, received(one.state.list_id, None, one.version + 1, ListState.message_type))
    assert (await find_statistics(reader, OSLO)).years == ()
    assert await database.fetchval("SELECT count(*) FROM readmodel.answer") == 0


def _answered(
    current: DistributionList,
    chance: random.Random,
    at: datetime,
    told: Counter[tuple[int, PlaceKind, DeclineReason | None]],
) -> DistributionList:
    """Answer the list, and count as somebody would who only reads the event."""
    present = [one for one in current.persons if one.withdrawn is None]
    decisions = {one.running_number: _decision(chance) for one in present}
    current = _after(approve(current, Form(list(decisions.items()), ""), asked(current)))
    answered = send_answer(current, asked(current, at=at), accepted_at=at, policy=PlacementPolicy.AUTOMATIC)
    assert isinstance(answered, tuple)
    [event] = [one for one in (messages.list_event(*_about(answered, one)) for one in answered[1])
               if isinstance(one, ListAnswered)]  # fmt: skip
    body = ListAnswered.model_validate_json(event.model_dump_json())
    for person in body.accepted:
        told[body.answered_on.year, person.place_kind, None] += 1
    for declined in body.declined:
        told[body.answered_on.year, declined.place_kind, declined.reason] += 1
    assert "reason_text" not in event.model_dump_json()
    return answered[0]


def _about(decided: tuple, event: object) -> tuple:  # type: ignore[type-arg]
    return decided[0], event


def _decision(chance: random.Random) -> Decision:
    if chance.random() < 0.6:
        return Decision()
    reason = chance.choice(list(OwnersReason))
    return Decision(accept=False, reason=reason, reason_text="Vi venter." if reason is OwnersReason.OTHER else None)


def _after(decided: object) -> DistributionList:
    assert isinstance(decided, tuple), decided
    found: DistributionList = decided[0]
    return found


VISIBLE = (
    "SELECT relpages > 0 AND relallvisible = relpages FROM pg_class WHERE oid = 'readmodel.distribution_list'::regclass"
)


async def test_the_lists_of_many_years_are_found_in_an_index(database: Pool, reader: Reader) -> None:
    """No question reads the whole table; the newest of 5,000, ten years of a large one, are read in their order."""
    body = world.new_list("FL-2026-000001", OSLO, [1], days_left=3).state.model_dump_json()
    await database.execute(
        "INSERT INTO readmodel.distribution_list"
        " SELECT 'FL-' || n, 'k-' || (1000 + n % 4), 'answered', 2017 + n % 10, now() - n * interval '1 hour',"
        " current_date - n % 3000, 1, $1::jsonb FROM generate_series(1, 20000) AS n",
        ListState.model_validate_json(body).model_dump(mode="json"),
    )
    # An index alone is read where pages are known to be visible to all; a vacuum right after the rows may not say so
    # of each. Where it does, sorting some hundred is reckoned cheaper than reading twenty of them in their order.
    while not await database.fetchval(VISIBLE):
        await database.execute("VACUUM ANALYZE readmodel.distribution_list")
    async with reader.as_municipality("k-1001", planned_anew=True) as connection:
        plain, narrowed = (
            ("k-1001", "", None, "", None, None, False),
            ("k-1001", "answered", None, "", None, None, False),
        )
        newest = await plan(connection, LISTS[Sort.NEWEST, False], *plain, None, None, 20)
        page = await plan(connection, LISTS[Sort.NUMBER, False], *narrowed, None, None, 20)
        every = await plan(connection, ALL_LISTS[Sort.NUMBER], *narrowed, 10_000)
        surface = await plan(connection, SURFACE, "k-1001", "u-1", 8, AT)
    for one in (newest, page, every):
        assert "distribution_list_found" in one
        assert "Seq Scan on distribution_list" not in one
    assert "using distribution_list_received" in newest, "the newest are not sorted out of all"
    assert "using distribution_list_open" in surface


@pytest.mark.parametrize("sort", list(Sort))
async def test_whatever_an_address_names_is_asked_for(database: Pool, reader: Reader, sort: Sort) -> None:
    """Places far outside of all years, every condition at once: a page without lists, and no error."""
    await write(database, *records(world.new_list("FL-2026-000101", OSLO, [2], days_left=6)))
    for key, days in itertools.product((-LARGEST, 0, LARGEST), (date.min, date.max)):
        place = Place(key, "FL-2026-000101")
        each = {"status": "answered", "year": 2026, "number": "FL", "due_from": days, "due_to": days, "awaiting": True}
        for there in ({"after": place}, {"before": place}):
            found = await find_lists(reader, OSLO, ListFilter(**each, **there, sort=sort))  # type: ignore[arg-type]
            assert (found.total, found.all_lists, found.years) == (0, 1, (2026,))


async def plan(connection: Connection, query: str, *arguments: object) -> str:
    """Tell how PostgreSQL would go about a query."""
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {query}", *arguments))


async def test_a_placed_person_is_found_in_an_index(database: Pool, reader: Reader) -> None:
    """By number, however many are placed here, and in spite of the policies."""
    await database.execute(
        "INSERT INTO readmodel.person_folder (list_id, running_number, municipality_id, duf_number, sequence, body)"
        " SELECT 'FL-' || n, 1, 'k-1001', (202600000000 + n)::text, 1, '{}' FROM generate_series(1, 5000) AS n"
    )
    await database.execute("ANALYZE readmodel.person_folder")
    async with reader.as_municipality("k-1001") as connection:
        rows = await connection.fetch(f"EXPLAIN {PLACED}", "k-1001", DUF)
    assert any("Index Cond" in row[0] and "duf_number" in row[0] for row in rows), rows


async def test_a_choice_is_kept_per_user(database: Pool) -> None:
    """The last one counts, until it is forgotten."""
    preferences = Preferences(database)
    await preferences.keep("u-1", "lists/k-0301", "status=open")
    await preferences.keep("u-1", "lists/k-0301", "status=answered")
    assert await preferences.find("u-1", "lists/k-0301") == "status=answered"
    assert await preferences.find("u-2", "lists/k-0301") is None
    await preferences.forget("u-1", "lists/k-0301")
    assert await preferences.find("u-1", "lists/k-0301") is None
