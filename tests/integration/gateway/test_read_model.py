"""The read model on a real database: what the projector writes, and what the reader may see of it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from chassis import dead_letters
from chassis.clock import FixedClock
from chassis.database import Pool, create_pool
from chassis.decoding import read
from chassis.subscriptions import Reading, Received, Record
from chassis.transaction import Transactions
from contracts import topics
from contracts.codes import LetterKind, ListChangeKind, ListStatus, NoticeKind, PersonStatus, PlaceKind, Role
from contracts.envelope import EPOCH, Envelope, Message, encode_headers
from contracts.letters.v1 import LetterState
from contracts.municipality.codes import ReportKind, ReportStatus
from contracts.municipality.reports import PersonReportState
from contracts.municipality.v1 import LedgerListState
from contracts.notification.choices import NoticeChoiceState
from contracts.notification.v1 import NoticeState
from gateway.auth.oidc import Attempt
from gateway.auth.rights import Grant
from gateway.auth.sessions import Sessions
from gateway.consuming import forget
from gateway.readmodel.agreements import Agreement, find_agreement, find_agreements
from gateway.readmodel.feeds import Position
from gateway.readmodel.folders import find_erased, has_folder
from gateway.readmodel.ledger import LedgerWanted, find_ledger
from gateway.readmodel.lists import PAGE_SIZE, ListFilter, Sort, find_lists
from gateway.readmodel.one_list import find_list
from gateway.readmodel.overview import find_overview
from gateway.readmodel.placed import find_placed
from gateway.readmodel.projector import project
from gateway.readmodel.reader import Reader
from gateway.readmodel.reports import find_report, find_reports, report_feed
from gateway.readmodel.surface import find_surface
from gateway.readmodel.threads import find_messages
from services.letters.domain.about import request_case
from tests.browser.stage import ledgers, reports as stage_reports, world
from tests.browser.stage.drafts import Drafts
from tests.browser.stage.world import ALESUND, BERGEN, OSLO
from tests.integration.gateway.conftest import Urls
from tests.unit.gateway import samples

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
OFFSETS = itertools.count()
TABLES = (
    "municipality",
    "ledger_year",
    "ledger_list",
    "ledger_entry",
    "ledger_change",
    "notice_choice",
    "distribution_list",
    "person",
    "thread_message",
    "list_change",
    "person_folder",
    "notice",
    "letter",
    "report",
    "person_report",
)


@pytest.fixture
async def owner(urls: Urls) -> AsyncIterator[Pool]:
    async with await create_pool(urls.owner, name="test-owner") as pool:
        yield pool


@pytest.fixture
async def reading(urls: Urls) -> AsyncIterator[Pool]:
    async with await create_pool(urls.reader, name="test-reader") as pool:
        yield pool


def received(key: str, body: Message | None, sequence: int, kind: str = "") -> Received[Message | None]:
    kind = body.message_type if body else kind
    value = body.model_dump_json().encode() if body else None
    record = Record("topic", 0, next(OFFSETS), 0, key.encode(), (), value)
    return Received(Envelope(f"{key}:{sequence}", "/test", kind, key, NOW, sequence), body, record)


def records(one: world.OneList) -> list[Received[Message | None]]:
    identity = one.state.list_id
    persons = [received(f"{identity}/{each.running_number}", each, one.version) for each in one.persons]
    return [*persons, received(identity, one.state, one.version)]


async def write(pool: Pool, *batch: Received[Message | None]) -> None:
    async with Transactions(pool, "/test", FixedClock(NOW)).begin() as transaction:
        await project(batch, transaction)


async def test_a_batch_becomes_pages(owner: Pool, reading: Pool) -> None:
    """Municipality, ledger, list with persons, notice: what the owners tell is what the pages find."""
    one = world.new_list("FL-2026-000101", OSLO, [2, 1], days_left=6, minors=1)
    municipalities = [received(state.municipality_id, state, 1) for state in world.municipalities()]
    years = [received(f"{year.municipality_id}/{year.year}", year, 1) for year in ledgers.ledgers()]
    notices = [received(notice.notice_id, notice, 1) for notice in world.notices(one)]
    held = ledgers.ledger_list(one)
    await write(owner, *municipalities, *years, *records(one), *notices, received("k/y/l", held, 1))
    reader = Reader(reading)

    found = await find_list(reader, OSLO, one.state.list_id)
    assert found is not None
    assert (found.state, list(found.persons), found.version) == (one.state, one.persons, 1)
    assert found.messages == ()
    assert found.year is not None
    assert found.places_current
    overview = await find_overview(reader, OSLO)
    assert overview.municipality is not None
    assert overview.municipality.name == "Oslo"
    assert len(overview.years) == 2
    surface = await find_surface(reader, OSLO, "somebody")
    assert (len(surface.open_lists), len(surface.notices), surface.unread) == (1, 1, 1)


async def test_an_open_list_of_last_year_is_reckoned_in_this_one(owner: Pool, reading: Pool) -> None:
    """Open: the ledger of the year it is; answered: of the list's own year, and so where no year is asked for."""
    one, done = (world.new_list(f"FL-2026-00010{n}", OSLO, [1], days_left=6) for n in (1, 2))
    this_year = one.state.year
    for each, status in ((one, ListStatus.RECEIVED), (done, ListStatus.ANSWERED)):
        each.state = each.state.model_copy(update={"year": this_year - 1, "status": status})
    await _fill(owner, one, done)
    reader = Reader(reading)

    async def years(list_id: str, year: int | None) -> tuple[int, int | None, bool]:
        found = await find_list(reader, OSLO, list_id, this_year=year)
        assert found is not None
        return found.places_year, found.year.year if found.year else None, found.counted

    assert await years(one.state.list_id, this_year) == (this_year, this_year, False)
    assert await years(one.state.list_id, this_year + 1) == (this_year + 1, None, False)
    assert await years(one.state.list_id, None) == (this_year - 1, this_year - 1, True)
    assert await years(done.state.list_id, this_year) == (this_year - 1, this_year - 1, True)


async def test_a_new_epoch_does_not_make_old_places_current(owner: Pool, reading: Pool) -> None:
    """After a restore the ledger names versions above all others; places are current only once it has followed."""
    one = world.new_list("FL-2026-000101", OSLO, [2], days_left=6)
    one.state = one.state.model_copy(update={"places_version": 3})
    held = ledgers.ledger_list(one)
    await write(owner, *records(one))
    for version, current in ((2, False), (3, True)):
        told = held.model_copy(update={"list_version": EPOCH + version})
        await write(owner, received("k/y/l", told, EPOCH + version))
        found = await find_list(Reader(reading), OSLO, one.state.list_id)
        assert found is not None
        assert found.places_current is current


async def test_persons_count_in_the_year_of_their_placement(owner: Pool, reading: Pool) -> None:
    """A list of 2026 placed on 2 January 2027: the placed are of 2027, the declined of 2026."""
    one = world.new_list("FL-2026-000101", OSLO, [2], days_left=6)
    one.state = one.state.model_copy(update={"year": 2026})
    placed, declined = one.persons
    one.persons = [
        placed.model_copy(update={"status": PersonStatus.PLACED, "placed_on": date(2027, 1, 2)}),
        declined.model_copy(update={"status": PersonStatus.DECLINED}),
    ]
    await write(owner, *records(one))
    overview = await find_overview(Reader(reading), OSLO)
    assert overview.persons == {(2027, PersonStatus.PLACED): 1, (2026, PersonStatus.DECLINED): 1}


async def test_what_is_left_at_the_end_of_a_day_is_the_sum_of_the_lines_until_then(owner: Pool, reading: Pool) -> None:
    """On every day of the year, for both kinds, and for whichever lines of them are asked for."""
    [year, *_] = ledgers.ledgers()
    entries = ledgers.entries(year)
    of_year = f"{OSLO}/{year.year}"
    late = entries[40].model_copy(update={"number": len(entries) + 1, "at": entries[0].at + timedelta(hours=1)})
    entries.append(late)  # entered last, but of the first day
    lines = [received(f"{of_year}/entries/{one.number}", one, one.number) for one in entries]
    changes = [received(f"{of_year}/changes/{one.version}", one, one.version) for one in ledgers.changes(year)]
    shuffled = lines[::2] + lines[1::2]
    await write(owner, received(of_year, year, 1), *changes, *shuffled, *lines[:3])
    reader = Reader(reading)
    days = sorted({one.at.date() for one in entries})
    for day in [date(year.year - 1, 12, 31), *days, None]:
        before = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) if day else None
        counted = [one for one in entries if before is None or one.at < before]
        found = await find_ledger(reader, OSLO, LedgerWanted(year.year, before))
        assert [line.entry for line in found.lines] == counted
        left = dict.fromkeys(PlaceKind, 0)
        for line in found.lines:
            one = line.entry
            left[one.place_kind] += one.agreed - one.settled - one.placed - one.requested
            assert line.left == left[one.place_kind]
        assert {kind: places.left for kind, places in found.sums.items()} == left
        assert all((places.agreed is None) == (not counted) for places in found.sums.values())
    ordinary = PlaceKind.ORDINARY
    whole = await find_ledger(reader, OSLO, LedgerWanted(year.year, kind=ordinary))
    paged = LedgerWanted(year.year, kind=ordinary, limit=7, offset=3, newest_first=True)
    assert (await find_ledger(reader, OSLO, paged)).lines == whole.lines[::-1][3:10]
    after = LedgerWanted(year.year, kind=ordinary, after=whole.lines[4].entry.number, limit=2)
    assert (await find_ledger(reader, OSLO, after)).lines == whole.lines[5:7]
    assert (await find_ledger(reader, BERGEN, LedgerWanted(year.year))).lines == ()


async def test_a_year_has_its_history(owner: Pool, reading: Pool) -> None:
    """In its order, with the version that a resolution is to name; a year without anything is at 0."""
    await _fill(owner)
    reader = Reader(reading)
    found = await find_agreements(reader, OSLO)
    assert [one.year for one in found] == sorted(
        {year.year for year in ledgers.ledgers() if year.municipality_id == OSLO}
    )[::-1]
    assert [(one.version, one.request is None) for one in found[0].changes] == [(1, False), (2, True)]
    assert (found[0].version, found[0].awaits_resolution) == (1, False)
    assert await find_agreement(reader, OSLO, 2031) == Agreement(2031)
    surface = await find_surface(reader, ALESUND, "somebody")
    assert [year.municipality_id for year in surface.open_requests] == [ALESUND]
    assert (await find_surface(reader, OSLO, "somebody")).open_requests == ()


async def test_a_requests_letters_are_with_its_year(owner: Pool, reading: Pool) -> None:
    """Found by the case that the letters service names, of one's own municipality and that year, oldest first."""

    def letter(number: int, municipality_id: str, year: int, kind: LetterKind = LetterKind.REQUEST) -> LetterState:
        of = request_case(municipality_id, year) if kind is LetterKind.REQUEST else "FL-2026-000001"
        return LetterState(
            letter_id=f"letter-{number}", municipality_id=municipality_id, list_id=of, kind=kind,
            planned_at=NOW - timedelta(days=number), year=year if kind is LetterKind.REQUEST else None,
        )  # fmt: skip

    await _fill(owner)
    reader = Reader(reading)
    year = (await find_agreements(reader, OSLO))[0].year
    made = [letter(1, OSLO, year), letter(2, OSLO, year), letter(3, OSLO, 2031), letter(4, BERGEN, year)]
    made.append(letter(5, OSLO, year, LetterKind.PLACEMENT_DECISION))
    await write(owner, *(received(one.letter_id, one, 1) for one in made))
    found = await find_agreement(reader, OSLO, year)
    assert [one.letter_id for one in found.letters] == ["letter-2", "letter-1"]
    assert found.letter("letter-1") == made[0]
    assert found.letter("letter-4") is None
    assert [one.letters for one in await find_agreements(reader, OSLO) if one.year != year] == [()] * (
        len(await find_agreements(reader, OSLO)) - 1
    )


async def test_only_newer_state_counts(owner: Pool, reading: Pool) -> None:
    """Repeats and stragglers change nothing, in one batch or over several; the epoch counts as higher."""
    one = world.new_list("FL-2026-000101", OSLO, [1], days_left=6)
    identity = one.state.list_id
    old, new = (one.state.model_copy(update={"message": text}) for text in ("old", "new"))
    await write(owner, *records(one))
    await write(owner, received(identity, new, 5), received(identity, new, 5))
    await write(owner, received(identity, old, 4))
    await write(owner, received(identity, old, 5))
    found = await find_list(Reader(reading), OSLO, identity)
    assert found is not None
    assert (found.state.message, found.version) == ("new", 5)
    await write(owner, received(identity, old, EPOCH + 1))
    found = await find_list(Reader(reading), OSLO, identity)
    assert found is not None
    assert (found.state.message, found.version) == ("old", 1)


async def test_the_last_of_a_batch_counts(owner: Pool, reading: Pool) -> None:
    """Two states of one list in a batch: the later one, also where a tombstone stands between or behind."""
    one = world.new_list("FL-2026-000101", OSLO, [1], days_left=6)
    identity, kind = one.state.list_id, one.state.message_type
    newer = one.state.model_copy(update={"message": "new"})
    await write(
        owner, received(identity, one.state, 1), received(identity, None, 2, kind), received(identity, newer, 3)
    )
    found = await find_list(Reader(reading), OSLO, identity)
    assert found is not None
    assert found.state.message == "new"
    await write(owner, received(identity, newer, 4), received(identity, None, 5, kind))
    assert await find_list(Reader(reading), OSLO, identity) is None


async def test_messages_are_found_in_their_order_by_their_municipality_alone(owner: Pool, reading: Pool) -> None:
    """With the list and page by page; whatever the order in which they came."""
    one = world.new_list("FL-2026-000101", OSLO, [2], days_left=6)
    for number in range(1, 13):
        world.say(one, 1 if number % 2 else None, f"melding {number}", world.IMDI)
    keys = [f"{one.state.list_id}/messages/{message.number}" for message in one.messages]
    batch = [received(key, message, 2) for key, message in zip(keys, one.messages, strict=True)]
    await write(owner, *reversed(batch), *records(one))
    reader = Reader(reading)
    found = await find_list(reader, OSLO, one.state.list_id)
    assert found is not None
    assert list(found.messages) == one.messages
    page = await find_messages(reader, OSLO, one.state.list_id, after=2, limit=3)
    assert [message.number for message in page] == [3, 4, 5]
    assert await find_messages(reader, BERGEN, one.state.list_id, after=0, limit=3) == []


def change(one: world.OneList, version: int, kind: ListChangeKind = ListChangeKind.SAVED) -> Received[Message | None]:
    return received(
        f"{one.state.list_id}/changes/{version}", Drafts().change(one, version, kind, households=[1]), version
    )


async def test_who_did_what_is_read_with_its_list(owner: Pool, reading: Pool) -> None:
    """In the order of the versions, of that list alone; and whether the municipality wants four eyes."""
    one, other = (world.new_list(f"FL-2026-00010{n}", OSLO, [2], days_left=6) for n in (1, 2))
    await write(owner, *records(one), *records(other), change(other, 3))
    await write(owner, change(one, 11, ListChangeKind.APPROVED), change(one, 3))
    found = await find_list(Reader(reading), OSLO, one.state.list_id)
    assert found is not None
    assert [(each.version, each.kind) for each in found.changes] == [(3, "saved"), (11, "approved")]
    assert not found.four_eyes
    [oslo] = [state for state in world.municipalities() if state.municipality_id == OSLO]
    await write(owner, received(OSLO, oslo.model_copy(update={"four_eyes": True}), 1))
    found = await find_list(Reader(reading), OSLO, one.state.list_id)
    assert found is not None
    assert found.four_eyes
    assert (await find_surface(Reader(reading), OSLO, "somebody")).four_eyes


async def test_reports_are_found_by_kind_and_id_open_ones_first(owner: Pool, reading: Pool) -> None:
    """Those about persons among the others; of one kind, or one; nothing of another municipality."""
    reader, over = Reader(reading), next(one for one in stage_reports.reports() if one.report_id == stage_reports.HOME)
    told = [received(f"{OSLO}/reports/{one.report_id}", one, 1) for one in stage_reports.reports()]
    withdrawn = over.model_copy(update={"status": ReportStatus.WITHDRAWN})
    await write(owner, *told, received(f"{OSLO}/reports/{over.report_id}", withdrawn, 2))
    found = await find_reports(reader, OSLO)
    assert [one.state.report_id for one in found] == [
        stage_reports.SELF, stage_reports.NAMED, "weekly-places", stage_reports.ADAPTED, stage_reports.OLD_HOME,
        stage_reports.HOME,
    ]  # fmt: skip
    assert (found[-1].state, found[-1].version) == (withdrawn, 2)
    homes = await find_reports(reader, OSLO, ReportKind.HOUSING)
    assert [one.state.report_id for one in homes] == [one.state.report_id for one in found[-3:]]
    named = await find_report(reader, OSLO, stage_reports.NAMED)
    assert named is not None
    assert isinstance(named.state, PersonReportState)
    assert await find_report(reader, BERGEN, stage_reports.NAMED) is None
    assert await find_reports(reader, BERGEN) == []
    first = await report_feed(reader, OSLO, None, after=None, limit=4)
    last = first[-1].state
    rest = await report_feed(reader, OSLO, None, after=Position(last.entered_at, last.report_id), limit=4)
    fed = [one.state.report_id for one in [*first, *rest]]
    assert sorted(fed) == sorted(one.state.report_id for one in found)
    assert len(await report_feed(reader, OSLO, ReportKind.HOUSING, after=None, limit=9)) == 3
    surface = await find_surface(reader, OSLO, "u-1")
    assert [one.state.report_id for one in surface.questioned] == [stage_reports.OLD_HOME]


async def test_tombstones_erase_each_kind(owner: Pool) -> None:
    """Every table forgets the key that its tombstone names, and nothing else."""
    one, other = (world.new_list(f"FL-2026-00010{n}", OSLO, [2], days_left=6) for n in (1, 2))
    await _fill(owner, one, other)
    before = await _counts(owner)
    erased = {
        "municipality.municipality-state.v1": OSLO,
        "municipality.ledger-year-state.v1": f"{OSLO}/{one.state.year}",
        "municipality.ledger-list-state.v1": f"{OSLO}/{one.state.year}/{one.state.list_id}",
        "municipality.ledger-entry-state.v1": f"{OSLO}/{one.state.year}/entries/1",
        "municipality.ledger-change-state.v1": f"{OSLO}/{one.state.year}/changes/2",
        "distribution.list-state.v1": one.state.list_id,
        "distribution.person-state.v1": f"{one.state.list_id}/1",
        "distribution.thread-message-state.v1": f"{one.state.list_id}/messages/1",
        "distribution.list-change-state.v1": f"{one.state.list_id}/changes/3",
        "distribution.person-folder-state.v1": f"{one.state.list_id}/1",
        "municipality.report-state.v1": f"{OSLO}/reports/{stage_reports.HOME}",
        "municipality.person-report-state.v1": f"{OSLO}/reports/{stage_reports.NAMED}",
        "notification.notice-choice-state.v1": f"{OSLO}/choices/u-1",
        "notification.notice-state.v1": next(world.notices(one)).notice_id,
    }
    await write(owner, *(received(key, None, 9, kind) for kind, key in erased.items()))
    after = await _counts(owner)
    assert {name: before[name] - after[name] for name in TABLES} == {**dict.fromkeys(TABLES, 1), "letter": 0}


async def test_the_reader_sees_one_municipality_and_else_nothing(owner: Pool, urls: Urls) -> None:
    """Row-level security on every table: closed without a setting, on NULL and '', and against others."""
    await _fill(owner, world.new_list("FL-2026-000101", OSLO, [2], days_left=6))
    connection = await asyncpg.connect(urls.reader)
    try:
        for table in TABLES:
            count = f"SELECT count(*) FROM readmodel.{table}"
            assert await connection.fetchval(count) == 0, table
            for setting in ("", None, BERGEN if table != "municipality" else "k-9999", "%", OSLO + " "):
                async with connection.transaction():
                    await connection.execute("SELECT set_config('fordeling.municipality', $1, true)", setting)
                    assert await connection.fetchval(count) == 0, (table, setting)
            async with connection.transaction():
                await connection.execute("SELECT set_config('fordeling.municipality', $1, true)", OSLO)
                if table != "letter":
                    assert await connection.fetchval(count) > 0, table
            # the setting ended with its transaction
            assert await connection.fetchval(count) == 0, table
    finally:
        await connection.close()


async def test_every_table_is_forced_behind_the_policies(owner: Pool) -> None:
    """A table added later without row-level security fails here."""
    rows = await owner.fetch(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE relnamespace = 'readmodel'::regnamespace AND relkind = 'r'"
    )
    assert {row["relname"] for row in rows} == set(TABLES)
    assert all(row["relrowsecurity"] and row["relforcerowsecurity"] for row in rows)


async def test_the_reader_changes_nothing_and_sees_no_session(urls: Urls) -> None:
    """The pages' role has no way to change the read model, and none to sessions, commands or the chassis' tables."""
    connection = await asyncpg.connect(urls.reader)
    try:
        for statement in (
            "DELETE FROM readmodel.person",
            "INSERT INTO readmodel.letter VALUES ('a', 'b', 'c', 1, '{}')",
            "SELECT * FROM gateway.session",
            "SELECT * FROM gateway.command",
            "SELECT * FROM gateway.look",
            "DELETE FROM gateway.look",
            "UPDATE gateway.look SET refusal = NULL",
            "INSERT INTO gateway.look (at, municipality_id) VALUES (now(), 'k-0301')",
            "SELECT * FROM public.dead_letter",
            "CREATE TABLE readmodel.mine (id int)",
            "SET ROLE fordeling_test",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_query_for_the_wrong_municipality_finds_nothing(owner: Pool, reading: Pool) -> None:
    """The filter of the query and the policy both hold: neither alone opens another municipality's list."""
    one = world.new_list("FL-2026-000101", OSLO, [2], days_left=6)
    await _fill(owner, one)
    reader = Reader(reading)
    assert await find_list(reader, BERGEN, one.state.list_id) is None
    row = await reader.row(BERGEN, "SELECT count(*) AS n FROM readmodel.person WHERE municipality_id = $1", OSLO)
    assert row is not None
    assert row["n"] == 0


async def test_lists_are_filtered_sorted_and_paged(owner: Pool, reading: Pool) -> None:
    """Status, year, order and page, and how many there are in all."""
    for one in world.lists():
        await write(owner, *records(one))
    reader = Reader(reading)
    first = await find_lists(reader, OSLO, ListFilter())
    second = await find_lists(reader, OSLO, ListFilter(after=first.next))
    assert (len(first.lists), first.total, first.skipped) == (PAGE_SIZE, 29, 0)
    assert (len(second.lists), second.skipped, second.next) == (9, PAGE_SIZE, None)
    received_at = [one.received_at for one in (*first.lists, *second.lists)]
    assert received_at == sorted(received_at, reverse=True)
    not_answered = await find_lists(reader, OSLO, ListFilter(status="open", sort=Sort.DEADLINE))
    deadlines = [one.deadline for one in not_answered.lists]
    assert (not_answered.total, deadlines) == (5, sorted(deadlines))
    yesterday = world.now().date() - timedelta(days=1)
    overdue = await find_lists(reader, OSLO, ListFilter(awaiting=True, due_to=yesterday))
    assert [one.list_id for one in overdue.lists] == [world.OVERDUE]
    nothing = await find_lists(reader, OSLO, ListFilter(year=1999))
    assert (nothing.total, nothing.all_lists, nothing.next, nothing.previous) == (0, 29, None, None)
    assert (await find_lists(reader, BERGEN, ListFilter())).all_lists == 0
    oldest = await find_lists(reader, OSLO, ListFilter(sort=Sort.OLDEST))
    assert oldest.lists[0].received_at == min(received_at)


async def test_unread_notices_come_first_and_per_user(owner: Pool, reading: Pool) -> None:
    """What one has read is read for that user only."""
    notices = [
        NoticeState(
            notice_id=f"n{n}",
            municipality_id=OSLO,
            kind=NoticeKind.LIST_RECEIVED,
            list_id="FL-2026-000101",
            posted_at=NOW - timedelta(hours=n),
            read_by=["mine"] if n == 0 else [],
        )
        for n in range(3)
    ]
    await write(owner, *(received(notice.notice_id, notice, 1) for notice in notices))
    mine = await find_surface(Reader(reading), OSLO, "mine", notices=2)
    assert ([notice.notice_id for notice in mine.notices], mine.unread, mine.all_notices) == (["n1", "n2"], 2, 3)
    assert (await find_surface(Reader(reading), OSLO, "yours")).unread == 3


async def test_a_session_lives_while_used_and_not_for_ever(owner: Pool) -> None:
    """Rights follow organisation numbers through the read model; idle and absolute time end it, so does logging out."""
    await write(owner, *(received(state.municipality_id, state, 1) for state in world.municipalities()))
    clock = FixedClock(NOW)
    sessions = Sessions(owner, clock, timedelta(minutes=30), timedelta(hours=8))
    grants = [Grant("958935420", Role.SETTLEMENT_WRITER), Grant("000000000", Role.SETTLEMENT_WRITER)]
    token = await sessions.start("u-1", "Kari", grants)
    user = await sessions.find(token)
    assert user is not None
    assert [(one.municipality_id, one.role) for one in user.access] == [(OSLO, Role.SETTLEMENT_WRITER)]
    assert (
        await owner.fetchval("SELECT count(*) FROM gateway.session WHERE encode(token_hash, 'escape') LIKE $1", token)
        == 0
    )

    for _ in range(16):
        clock.advance(timedelta(minutes=29))
        assert await sessions.find(token) is not None
    clock.advance(timedelta(minutes=29))
    assert await sessions.find(token) is None

    idle = await sessions.start("u-1", "Kari", grants)
    clock.advance(timedelta(minutes=31))
    assert await sessions.find(idle) is None
    ended = await sessions.start("u-1", "Kari", grants)
    await sessions.end(ended)
    assert await sessions.find(ended) is None
    assert await sessions.find("guessed") is None


async def test_a_login_comes_back_once_to_the_same_browser(owner: Pool) -> None:
    """Another browser, a second use and ten minutes later find nothing."""
    clock = FixedClock(NOW)
    sessions = Sessions(owner, clock, timedelta(minutes=30), timedelta(hours=8))
    attempt = Attempt.new()
    await sessions.begin_attempt(attempt, "browser", "/kommune/k-0301")
    assert await sessions.take_attempt(attempt.state, "another") is None
    assert await sessions.take_attempt(attempt.state, "browser") == (attempt, "/kommune/k-0301")
    assert await sessions.take_attempt(attempt.state, "browser") is None
    late = Attempt.new()
    await sessions.begin_attempt(late, "browser", "/")
    clock.advance(timedelta(minutes=11))
    assert await sessions.take_attempt(late.state, "browser") is None


async def test_what_was_typed_is_forgotten_after_a_day(owner: Pool) -> None:
    """Sessions, logins and commands of the day before yesterday go; younger ones stay."""
    for days in (0, 2):
        clock = FixedClock(NOW - timedelta(days=days))
        sessions = Sessions(owner, clock, timedelta(minutes=30), timedelta(hours=8))
        await sessions.start("u-1", "Kari", [])
        await sessions.begin_attempt(Attempt.new(), "browser", "/")
        await owner.execute(
            "INSERT INTO gateway.command VALUES ($1, 'k-0301', 'u-1', 'save', 'L', '{}', $2)", str(days), clock.now()
        )
    async with Transactions(owner, "/test", FixedClock(NOW)).begin() as transaction:
        await forget(transaction)
    for table in ("session", "login_attempt", "command"):
        assert await owner.fetchval(f"SELECT count(*) FROM gateway.{table}") == 1, table


async def test_an_erased_person_leaves_nothing_of_what_was_typed_or_has_failed(owner: Pool, reading: Pool) -> None:
    """Its folder is closed, its number finds nobody, forms about its list and messages parked about it are gone."""
    one, other = world.answered("FL-2026-000661", 3), world.answered("FL-2026-000662", 3)
    list_id = one.state.list_id
    folders = [received(f"{list_id}/{number}", folder(list_id, number), 1) for number in (1, 2)]
    await write(owner, *records(one), *records(other), *folders)
    for about in (one, other):
        await owner.execute(
            "INSERT INTO gateway.command (command_id, municipality_id, user_id, kind, subject, form, message,"
            " created_at)"
            " VALUES ($1, 'k-0301', 'u-1', 'save', $1, '{\"tekst-1\": \"Kari\"}', '{}', $2)",
            *(about.state.list_id, NOW),
        )
    headers = encode_headers(folders[0].envelope)
    raw = replace(folders[0].raw, topic=topics.PERSON_FOLDERS.name, headers=headers)
    failed = read(raw, Reading({}, sequenced=False))
    async with Transactions(owner, "/test", FixedClock(NOW)).begin() as transaction:
        await dead_letters.park(transaction, "gateway", "gateway.person-folders", failed, "ValueError")

    gone = one.persons[0].model_copy(update={"erased_at": NOW, "birth_year": 0, "nationality": None})
    await write(owner, received(f"{list_id}/1", gone, one.version + 1))
    assert not await has_folder(Reader(reading), OSLO, list_id, 1)
    assert await has_folder(Reader(reading), OSLO, list_id, 2)
    erased = await find_erased(Reader(reading), OSLO, list_id, 1)
    assert erased is not None
    assert await find_erased(Reader(reading), BERGEN, list_id, 1) is None
    found = await find_placed(Reader(reading), OSLO, samples.DUF_NUMBER)
    assert (list_id, 1) not in {(person.list_id, person.running_number) for person in found}
    kept = {row["command_id"]: row["form"] for row in await owner.fetch("SELECT * FROM gateway.command")}
    assert (kept[list_id], kept[other.state.list_id]) == (None, {"tekst-1": "Kari"})
    assert await dead_letters.letters(owner) == []
    assert await owner.fetchval("SELECT action FROM dead_letter_action ORDER BY id DESC LIMIT 1") == "erased"


def folder(list_id: str, number: int) -> Message:
    return samples.folder(number).model_copy(update={"list_id": list_id})


async def _fill(pool: Pool, *lists: world.OneList) -> None:
    batch = [received(state.municipality_id, state, 1) for state in world.municipalities()]
    batch += [received(f"{year.municipality_id}/{year.year}", year, 1) for year in ledgers.ledgers()]
    for year in ledgers.ledgers():
        of_year = f"{year.municipality_id}/{year.year}"
        batch += [received(f"{of_year}/entries/{one.number}", one, one.number) for one in ledgers.entries(year)[:5]]
        batch += [received(f"{of_year}/changes/{one.version}", one, one.version) for one in ledgers.changes(year)]
    batch += [received(f"{one.municipality_id}/reports/{one.report_id}", one, 1) for one in stage_reports.reports()]
    for one in lists:
        message = world.say(one, 1, "Holder det med heis?")
        batch.append(received(f"{one.state.list_id}/messages/{message.number}", message, one.version))
        held: LedgerListState = ledgers.ledger_list(one)
        batch += [*records(one), received(f"{OSLO}/{held.year}/{held.list_id}", held, 1)]
        batch += [received(notice.notice_id, notice, 1) for notice in world.notices(one)]
        batch += [change(one, 3)]
        batch += [received(f"{one.state.list_id}/{n}", folder(one.state.list_id, n), 1) for n in (1, 2)]
    chosen = NoticeChoiceState(municipality_id=OSLO, user_id="u-1", contact_id=None, choices=[])
    batch += [
        received(f"{OSLO}/choices/{user}", chosen.model_copy(update={"user_id": user}), 1) for user in ("u-1", "u-2")
    ]
    await write(pool, *batch)


async def _counts(pool: Pool) -> dict[str, int]:
    return {table: await pool.fetchval(f"SELECT count(*) FROM readmodel.{table}") for table in TABLES}
