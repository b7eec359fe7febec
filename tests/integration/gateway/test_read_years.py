"""Places and years as pages read them, on a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from chassis.storage.database import Pool
from contracts.codes import LetterKind, ListStatus, PersonStatus, PlaceKind
from contracts.envelope import EPOCH
from contracts.letters.v1 import LetterState
from gateway.readmodel.agreements import Agreement, find_agreement, find_agreements
from gateway.readmodel.ledger import LedgerWanted, find_ledger
from gateway.readmodel.one_list import find_list
from gateway.readmodel.overview import find_overview
from gateway.readmodel.reader import Reader
from gateway.readmodel.surface import find_surface
from services.letters.domain.about import request_case
from tests.browser.stage import ledgers, world
from tests.browser.stage.world import ALESUND, BERGEN, OSLO
from tests.integration.gateway.projecting import NOW, fill, received, records, write


async def test_an_open_list_of_last_year_is_reckoned_in_this_one(database: Pool, reading: Pool) -> None:
    """Open: the ledger of the year it is; answered: of the list's own year, and so where no year is asked for."""
    one, done = (world.new_list(f"FL-2026-00010{n}", OSLO, [1], days_left=6) for n in (1, 2))
    this_year = one.state.year
    for each, status in ((one, ListStatus.RECEIVED), (done, ListStatus.ANSWERED)):
        each.state = each.state.model_copy(update={"year": this_year - 1, "status": status})
    await fill(database, one, done)
    reader = Reader(reading)

    async def years(list_id: str, year: int | None) -> tuple[int, int | None, bool]:
        found = await find_list(reader, OSLO, list_id, this_year=year)
        assert found is not None
        return found.places_year, found.year.year if found.year else None, found.counted

    assert await years(one.state.list_id, this_year) == (this_year, this_year, False)
    assert await years(one.state.list_id, this_year + 1) == (this_year + 1, None, False)
    assert await years(one.state.list_id, None) == (this_year - 1, this_year - 1, True)
    assert await years(done.state.list_id, this_year) == (this_year - 1, this_year - 1, True)


async def test_a_new_epoch_does_not_make_old_places_current(database: Pool, reading: Pool) -> None:
    """After a restore the ledger names versions above all others; places are current only once it has followed."""
    one = world.new_list("FL-2026-000101", OSLO, [2], days_left=6)
    one.state = one.state.model_copy(update={"places_version": 3})
    held = ledgers.ledger_list(one)
    await write(database, *records(one))
    for version, current in ((2, False), (3, True)):
        told = held.model_copy(update={"list_version": EPOCH + version})
        await write(database, received("k/y/l", told, EPOCH + version))
        found = await find_list(Reader(reading), OSLO, one.state.list_id)
        assert found is not None
        assert found.places_current is current


async def test_persons_count_in_the_year_of_their_placement(database: Pool, reading: Pool) -> None:
    """A list of 2026 placed on 2 January 2027: the placed are of 2027, the declined of 2026."""
    one = world.new_list("FL-2026-000101", OSLO, [2], days_left=6)
    one.state = one.state.model_copy(update={"year": 2026})
    placed, declined = one.persons
    one.persons = [
        placed.model_copy(update={"status": PersonStatus.PLACED, "placed_on": date(2027, 1, 2)}),
        declined.model_copy(update={"status": PersonStatus.DECLINED}),
    ]
    await write(database, *records(one))
    overview = await find_overview(Reader(reading), OSLO)
    assert overview.persons == {(2027, PersonStatus.PLACED): 1, (2026, PersonStatus.DECLINED): 1}


async def test_what_is_left_at_the_end_of_a_day_is_the_sum_of_the_lines_until_then(
    database: Pool, reading: Pool
) -> None:
    """On every day of the year, for both kinds, and for whichever lines of them are asked for."""
    [year, *_] = ledgers.ledgers()
    entries = ledgers.entries(year)
    of_year = f"{OSLO}/{year.year}"
    late = entries[40].model_copy(update={"number": len(entries) + 1, "at": entries[0].at + timedelta(hours=1)})
    entries.append(late)  # entered last, but of the first day
    lines = [received(f"{of_year}/entries/{one.number}", one, one.number) for one in entries]
    changes = [received(f"{of_year}/changes/{one.version}", one, one.version) for one in ledgers.changes(year)]
    shuffled = lines[::2] + lines[1::2]
    await write(database, received(of_year, year, 1), *changes, *shuffled, *lines[:3])
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


async def test_a_year_has_its_history(database: Pool, reading: Pool) -> None:
    """In its order, with the version that a resolution is to name; a year without anything is at 0."""
    await fill(database)
    reader = Reader(reading)
    found = await find_agreements(reader, OSLO)
    assert [one.year for one in found] == sorted(
        {year.year for year in ledgers.ledgers() if year.municipality_id == OSLO}
    )[::-1]
    assert [(one.version, one.request is None) for one in found[0].changes] == [(1, False), (2, True)]
    assert (found[0].version, found[0].awaits_resolution) == (1, False)
    assert await find_agreement(reader, OSLO, 2031) == Agreement(2031)
    surface = await find_surface(reader, ALESUND, "somebody", NOW)
    assert [year.municipality_id for year in surface.open_requests] == [ALESUND]
    assert (await find_surface(reader, OSLO, "somebody", NOW)).open_requests == ()


async def test_a_requests_letters_are_with_its_year(database: Pool, reading: Pool) -> None:
    """Found by the case that the letters service names, of one's own municipality and that year, oldest first."""

    def letter(number: int, municipality_id: str, year: int, kind: LetterKind = LetterKind.REQUEST) -> LetterState:
        of = request_case(municipality_id, year) if kind is LetterKind.REQUEST else "FL-2026-000001"
        return LetterState(
            letter_id=f"letter-{number}", municipality_id=municipality_id, list_id=of, kind=kind,
            planned_at=NOW - timedelta(days=number), year=year if kind is LetterKind.REQUEST else None,
        )  # fmt: skip

    await fill(database)
    reader = Reader(reading)
    year = (await find_agreements(reader, OSLO))[0].year
    made = [letter(1, OSLO, year), letter(2, OSLO, year), letter(3, OSLO, 2031), letter(4, BERGEN, year)]
    made.append(letter(5, OSLO, year, LetterKind.PLACEMENT_DECISION))
    await write(database, *(received(one.letter_id, one, 1) for one in made))
    found = await find_agreement(reader, OSLO, year)
    assert [one.letter_id for one in found.letters] == ["letter-2", "letter-1"]
    assert found.letter("letter-1") == made[0]
    assert found.letter("letter-4") is None
    assert [one.letters for one in await find_agreements(reader, OSLO) if one.year != year] == [()] * (
        len(await find_agreements(reader, OSLO)) - 1
    )
