"""What each of a list's facts does to the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

from services.municipality.domain.book import Book, ListYearId
from services.municipality.domain.codes import Movement, PlaceKind
from services.municipality.domain.ledger import PlacesMoved, YearId
from services.municipality.domain.lines import Line, lines_of
from services.municipality.domain.list_facts import ListFact, ListHead
from services.municipality.domain.places import NOTHING, Sums

AT = datetime(2026, 12, 28, 9, 30, tzinfo=UTC)
OSLO_2026, OSLO_2027 = YearId("k-0301", 2026), YearId("k-0301", 2027)
ORDINARY, MINOR = PlaceKind.ORDINARY, PlaceKind.UNACCOMPANIED_MINOR
PEOPLE = [(1, ORDINARY), (2, ORDINARY), (3, MINOR)]
LIST = "FL-2026-000123"


def head(version: int) -> ListHead:
    return ListHead(LIST, "k-0301", 2026, version, AT)


def follow(*facts: ListFact) -> Book:
    book = Book()
    for fact in facts:
        book.follow(fact)
    return book


def moved(book: Book) -> list[tuple[YearId, int, int, int]]:
    """Year, its version, the list's version and the number of entries, of each event."""
    assert all(isinstance(event, PlacesMoved) for event in book.events)
    return [
        (event.id, event.version, event.list_version, len(event.entries))
        for event in book.events
        if isinstance(event, PlacesMoved)
    ]


def test_a_received_list_holds_a_requested_place_for_each_person() -> None:
    """Ordinary and EM places are counted apart, and each entry names the person and the fact."""
    book = follow(head(1).received(PEOPLE))
    year = book.years[OSLO_2026]
    assert year.sums == {ORDINARY: Sums(requested=2), MINOR: Sums(requested=1)}
    assert moved(book) == [(OSLO_2026, 1, 1, 3)]
    [event] = book.events
    assert isinstance(event, PlacesMoved)
    assert [entry.cause and entry.cause.running_number for entry in event.entries] == [1, 2, 3]
    assert {entry.cause and entry.cause.list_id for entry in event.entries} == {LIST}
    assert {entry.at for entry in event.entries} == {AT}


def test_an_answer_releases_declined_persons_only() -> None:
    """Accepted persons keep their requested places until they are placed."""
    book = follow(head(1).received(PEOPLE), head(5).answered(PEOPLE[:1], PEOPLE[1:]))
    assert book.years[OSLO_2026].sums == {ORDINARY: Sums(requested=1), MINOR: NOTHING}
    assert moved(book)[1] == (OSLO_2026, 2, 5, 2)


def test_an_answer_that_moves_nothing_is_still_followed() -> None:
    """All accepted: no entry, but the list's record names the answer, since readers wait for that."""
    book = follow(head(1).received(PEOPLE), head(5).answered(PEOPLE, []))
    assert moved(book)[1] == (OSLO_2026, 2, 5, 0)
    assert book.lists[ListYearId(OSLO_2026, LIST)].list_version == 5
    assert book.years[OSLO_2026].sums[ORDINARY] == Sums(requested=2)


def test_a_placement_in_another_year_moves_two_ledgers() -> None:
    """The requested place is given up in the list's year; the placement's year holds the placed one."""
    book = follow(head(1).received(PEOPLE), head(5).answered(PEOPLE, []), head(6).placed(PEOPLE[:1], 2027))
    assert book.years[OSLO_2026].sums[ORDINARY] == Sums(requested=1)
    assert book.years[OSLO_2027].sums[ORDINARY] == Sums(placed=1)
    assert moved(book)[2:] == [(OSLO_2026, 3, 6, 1), (OSLO_2027, 1, 6, 1)]


def test_a_settlement_stays_with_the_year_of_the_placement() -> None:
    """A person placed in 2026 who moves in during 2027 counts as settled in 2026."""
    book = follow(head(1).received(PEOPLE), head(6).placed(PEOPLE, 2026), head(7).settled(PEOPLE[:1], 2026))
    assert book.years[OSLO_2026].sums[ORDINARY] == Sums(placed=1, settled=1)
    assert OSLO_2027 not in book.years


def test_the_lists_own_year_follows_a_settlement_in_another_year() -> None:
    """Readers look at one record per list: its own year names the latest fact wherever the places lie."""
    book = follow(head(1).received(PEOPLE), head(6).placed(PEOPLE, 2027), head(7).settled(PEOPLE[:1], 2027))
    assert moved(book)[-2:] == [(OSLO_2026, 3, 7, 0), (OSLO_2027, 2, 7, 1)]
    assert book.lists[ListYearId(OSLO_2026, LIST)].list_version == 7
    assert book.lists[ListYearId(OSLO_2027, LIST)].held == Sums(placed=2, settled=1)


def test_a_repeat_changes_nothing() -> None:
    """The same fact again makes neither event nor version."""
    fact = head(1).received(PEOPLE)
    assert moved(follow(fact, fact)) == moved(follow(fact))


def test_a_later_fact_is_not_undone_by_an_earlier_one() -> None:
    """Placed before it was received (odd order): the person is placed, and holds no requested place on top."""
    book = follow(head(6).placed(PEOPLE[:1], 2026), head(1).received(PEOPLE))
    assert book.years[OSLO_2026].sums == {ORDINARY: Sums(requested=1, placed=1), MINOR: Sums(requested=1)}
    assert book.lists[ListYearId(OSLO_2026, LIST)].list_version == 6


def test_a_list_holds_its_own_places_only() -> None:
    """Two lists of one municipality share the year's sums but not the lists' records."""
    other = ListHead("FL-2026-000124", "k-0301", 2026, 1, AT).received([(1, ORDINARY)])
    book = follow(head(1).received(PEOPLE), other)
    assert book.years[OSLO_2026].sums[ORDINARY] == Sums(requested=3)
    assert book.lists[ListYearId(OSLO_2026, "FL-2026-000124")].held == Sums(requested=1)
    assert book.lists[ListYearId(OSLO_2026, LIST)].held == Sums(requested=3)


def test_an_answer_that_comes_first_stands() -> None:
    """Accepted persons hold their requested places though the list itself has not been seen; nothing counts twice."""
    book = follow(head(5).answered(PEOPLE[:1], PEOPLE[1:]))
    assert book.years[OSLO_2026].sums == {ORDINARY: Sums(requested=1), MINOR: NOTHING}
    book.follow(head(1).received(PEOPLE))
    assert book.years[OSLO_2026].sums == {ORDINARY: Sums(requested=1), MINOR: NOTHING}
    assert moved(book) == [(OSLO_2026, 1, 5, 1)]


def lines(book: Book) -> list[Line]:
    return [line for event in book.events for line in lines_of(event)]


def told(book: Book) -> list[tuple[int, PlaceKind, Movement, int, tuple[int, ...]]]:
    """Year, kind, movement, change of what is left, and the persons, of each line."""
    return [
        (line.year_id.year, line.kind, line.movement, line.change.left, line.running_numbers) for line in lines(book)
    ]


def test_persons_of_one_kind_share_a_line() -> None:
    """A line for each kind and movement of a fact, numbered on from the last, with the list as its cause."""
    book = follow(head(1).received(PEOPLE), head(5).answered(PEOPLE[:1], PEOPLE[1:]), head(6).placed(PEOPLE[:1], 2026))
    assert told(book) == [
        (2026, ORDINARY, Movement.REQUESTED, -2, (1, 2)),
        (2026, MINOR, Movement.REQUESTED, -1, (3,)),
        (2026, ORDINARY, Movement.RELEASED, 1, (2,)),
        (2026, MINOR, Movement.RELEASED, 1, (3,)),
        (2026, ORDINARY, Movement.PLACED, 0, (1,)),
    ]
    assert [line.number for line in lines(book)] == [1, 2, 3, 4, 5]
    assert [(line.ledger_version, line.list_id, line.list_version) for line in lines(book)] == [
        (1, LIST, 1), (1, LIST, 1), (2, LIST, 5), (2, LIST, 5), (3, LIST, 6),
    ]  # fmt: skip
    assert book.years[OSLO_2026].lines == 5


def test_a_place_in_another_year_is_a_line_in_both() -> None:
    """The year that gives the place up says why: the person was placed."""
    book = follow(head(1).received(PEOPLE[:1]), head(6).placed(PEOPLE[:1], 2027))
    assert told(book)[1:] == [
        (2026, ORDINARY, Movement.PLACED, 1, (1,)),
        (2027, ORDINARY, Movement.PLACED, -1, (1,)),
    ]
    assert [line.number for line in lines(book)] == [1, 2, 1]


def test_a_place_that_goes_back_is_corrected() -> None:
    """Settled by mistake, or in the wrong year: the ledger says that it is a correction, and the sums follow."""
    book = follow(
        head(1).received(PEOPLE[:1]), head(6).placed(PEOPLE[:1], 2026), head(7).settled(PEOPLE[:1], 2026),
        head(8).placed(PEOPLE[:1], 2026), head(9).placed(PEOPLE[:1], 2027),
    )  # fmt: skip
    assert [(line.year_id.year, line.movement, line.change) for line in lines(book)][3:] == [
        (2026, Movement.CORRECTED, Sums(placed=1, settled=-1)),
        (2026, Movement.CORRECTED, Sums(placed=-1)),
        (2027, Movement.CORRECTED, Sums(placed=1)),
    ]
