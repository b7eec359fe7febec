"""The read model on a real PostgreSQL: what comes in batches is what pages read."""

from __future__ import annotations

from datetime import timedelta

from chassis.storage.database import Pool
from contracts.codes import ListChangeKind, NoticeKind
from contracts.envelope import EPOCH
from contracts.municipality.codes import ReportKind, ReportStatus
from contracts.municipality.reports import PersonReportState
from contracts.notification.v1 import NoticeState
from gateway.readmodel.feeds import Position
from gateway.readmodel.lists import PAGE_SIZE, ListFilter, Sort, find_lists
from gateway.readmodel.one_list import find_list
from gateway.readmodel.overview import find_overview
from gateway.readmodel.reader import Reader
from gateway.readmodel.reports import find_report, find_reports, report_feed
from gateway.readmodel.surface import NOTICES_KEPT, find_surface
from gateway.readmodel.threads import find_messages
from tests.browser.stage import ledgers, reports as stage_reports, world
from tests.browser.stage.world import BERGEN, OSLO
from tests.integration.gateway.projecting import NOW, TABLES, change, counts, fill, received, records, write


async def test_a_batch_becomes_pages(database: Pool, reading: Pool) -> None:
    """Municipality, ledger, list with persons, notice: what the owners tell is what the pages find."""
    one = world.new_list("FL-2026-000101", OSLO, [2, 1], days_left=6, minors=1)
    municipalities = [received(state.municipality_id, state, 1) for state in world.municipalities()]
    years = [received(f"{year.municipality_id}/{year.year}", year, 1) for year in ledgers.ledgers()]
    notices = [received(notice.notice_id, notice, 1) for notice in world.notices(one)]
    held = ledgers.ledger_list(one)
    await write(database, *municipalities, *years, *records(one), *notices, received("k/y/l", held, 1))
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
    surface = await find_surface(reader, OSLO, "somebody", NOW)
    assert (len(surface.open_lists), len(surface.notices), surface.unread) == (1, 1, 1)


async def test_only_newer_statecounts(database: Pool, reading: Pool) -> None:
    """Repeats and stragglers change nothing, in one batch or over several; the epoch counts as higher."""
    one = world.new_list("FL-2026-000101", OSLO, [1], days_left=6)
    identity = one.state.list_id
    old, new = (one.state.model_copy(update={"message": text}) for text in ("old", "new"))
    await write(database, *records(one))
    await write(database, received(identity, new, 5), received(identity, new, 5))
    await write(database, received(identity, old, 4))
    await write(database, received(identity, old, 5))
    found = await find_list(Reader(reading), OSLO, identity)
    assert found is not None
    assert (found.state.message, found.version) == ("new", 5)
    await write(database, received(identity, old, EPOCH + 1))
    found = await find_list(Reader(reading), OSLO, identity)
    assert found is not None
    assert (found.state.message, found.version) == ("old", 1)


async def test_the_last_of_a_batchcounts(database: Pool, reading: Pool) -> None:
    """Two states of one list in a batch: the later one, also where a tombstone stands between or behind."""
    one = world.new_list("FL-2026-000101", OSLO, [1], days_left=6)
    identity, kind = one.state.list_id, one.state.message_type
    newer = one.state.model_copy(update={"message": "new"})
    await write(
        database, received(identity, one.state, 1), received(identity, None, 2, kind), received(identity, newer, 3)
    )
    found = await find_list(Reader(reading), OSLO, identity)
    assert found is not None
    assert found.state.message == "new"
    await write(database, received(identity, newer, 4), received(identity, None, 5, kind))
    assert await find_list(Reader(reading), OSLO, identity) is None


async def test_messages_are_found_in_their_order_by_their_municipality_alone(database: Pool, reading: Pool) -> None:
    """With the list and page by page; whatever the order in which they came."""
    one = world.new_list("FL-2026-000101", OSLO, [2], days_left=6)
    for number in range(1, 13):
        world.say(one, 1 if number % 2 else None, f"melding {number}", world.IMDI)
    keys = [f"{one.state.list_id}/messages/{message.number}" for message in one.messages]
    batch = [received(key, message, 2) for key, message in zip(keys, one.messages, strict=True)]
    await write(database, *reversed(batch), *records(one))
    reader = Reader(reading)
    found = await find_list(reader, OSLO, one.state.list_id)
    assert found is not None
    assert list(found.messages) == one.messages
    page = await find_messages(reader, OSLO, one.state.list_id, after=2, limit=3)
    assert [message.number for message in page] == [3, 4, 5]
    assert await find_messages(reader, BERGEN, one.state.list_id, after=0, limit=3) == []


async def test_who_did_what_is_read_with_its_list(database: Pool, reading: Pool) -> None:
    """In the order of the versions, of that list alone; and whether the municipality wants four eyes."""
    one, other = (world.new_list(f"FL-2026-00010{n}", OSLO, [2], days_left=6) for n in (1, 2))
    await write(database, *records(one), *records(other), change(other, 3))
    await write(database, change(one, 11, ListChangeKind.APPROVED), change(one, 3))
    found = await find_list(Reader(reading), OSLO, one.state.list_id)
    assert found is not None
    assert [(each.version, each.kind) for each in found.changes] == [(3, "saved"), (11, "approved")]
    assert not found.four_eyes
    [oslo] = [state for state in world.municipalities() if state.municipality_id == OSLO]
    await write(database, received(OSLO, oslo.model_copy(update={"four_eyes": True}), 1))
    found = await find_list(Reader(reading), OSLO, one.state.list_id)
    assert found is not None
    assert found.four_eyes
    assert (await find_surface(Reader(reading), OSLO, "somebody", NOW)).four_eyes


async def test_reports_are_found_by_kind_and_id_open_ones_first(database: Pool, reading: Pool) -> None:
    """Those about persons among the others; of one kind, or one; nothing of another municipality."""
    reader, over = Reader(reading), next(one for one in stage_reports.reports() if one.report_id == stage_reports.HOME)
    told = [received(f"{OSLO}/reports/{one.report_id}", one, 1) for one in stage_reports.reports()]
    withdrawn = over.model_copy(update={"status": ReportStatus.WITHDRAWN})
    await write(database, *told, received(f"{OSLO}/reports/{over.report_id}", withdrawn, 2))
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
    surface = await find_surface(reader, OSLO, "u-1", NOW)
    assert [one.state.report_id for one in surface.questioned] == [stage_reports.OLD_HOME]


async def test_tombstones_erase_each_kind(database: Pool) -> None:
    """Every table forgets the key that its tombstone names, and nothing else."""
    one, other = (world.new_list(f"FL-2026-00010{n}", OSLO, [2], days_left=6) for n in (1, 2))
    await fill(database, one, other)
    before = await counts(database)
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
    await write(database, *(received(key, None, 9, kind) for kind, key in erased.items()))
    after = await counts(database)
    assert {name: before[name] - after[name] for name in TABLES} == {**dict.fromkeys(TABLES, 1), "letter": 0}


async def test_lists_are_filtered_sorted_and_paged(database: Pool, reading: Pool) -> None:
    """Status, year, order and page, and how many there are in all."""
    for one in world.lists():
        await write(database, *records(one))
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


async def test_unread_notices_come_first_and_per_user(database: Pool, reading: Pool) -> None:
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
    await write(database, *(received(notice.notice_id, notice, 1) for notice in notices))
    mine = await find_surface(Reader(reading), OSLO, "mine", NOW, notices=2)
    assert ([notice.notice_id for notice in mine.notices], mine.unread, mine.all_notices) == (["n1", "n2"], 2, 3)
    assert (await find_surface(Reader(reading), OSLO, "yours", NOW)).unread == 3

    later = await find_surface(Reader(reading), OSLO, "yours", NOW + NOTICES_KEPT - timedelta(hours=1, minutes=30))
    assert ([notice.notice_id for notice in later.notices], later.unread, later.all_notices) == (["n0", "n1"], 2, 2)
