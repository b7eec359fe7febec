"""The ledger always adds up, whatever comes in whatever order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from random import Random

from hypothesis import given, settings, strategies as st

from services.municipality.domain.book import Book, ListYearId
from services.municipality.domain.codes import Movement, PlaceKind, Role
from services.municipality.domain.ledger import LedgerYear, PlacesMoved, Resolution, ResolutionRegistered, YearId
from services.municipality.domain.lines import Line, lines_of
from services.municipality.domain.list_facts import ListFact
from services.municipality.domain.places import NOTHING, Entry, Sums
from tests.unit.municipality.stories import AT, MUNICIPALITIES, YEARS, Story, stories, told_in_any_order

STAGES = ("requested", "placed", "settled")


def entries(book: Book) -> list[tuple[YearId, Entry]]:
    return [
        (event.id, entry)
        for event in book.events
        if isinstance(event, PlacesMoved | ResolutionRegistered)
        for entry in event.entries
    ]


def lines(book: Book) -> list[Line]:
    return [line for event in book.events for line in lines_of(event)]


def standing(book: Book) -> Counter[tuple[YearId, PlaceKind, str]]:
    return +Counter(
        {
            (year.id, kind, stage): getattr(year.sums[kind], stage)
            for year in book.years.values()
            for kind in PlaceKind
            for stage in STAGES
        }
    )


def must_add_up(book: Book) -> None:
    """Each year's sums are those of its entries, and left follows; so do the lists', and the country's."""
    total = dict.fromkeys(PlaceKind, NOTHING)
    for year in book.years.values():
        for kind in PlaceKind:
            own = [entry.change for year_id, entry in entries(book) if year_id == year.id and entry.kind is kind]
            assert year.sums[kind] == sum(own, NOTHING)
            assert year.sums[kind].left == sum(change.left for change in own)
            assert min(year.sums[kind].requested, year.sums[kind].placed, year.sums[kind].settled) >= 0
            total[kind] += year.sums[kind]
    for kind in PlaceKind:
        assert total[kind] == sum((entry.change for _, entry in entries(book) if entry.kind is kind), NOTHING)
    for places in book.lists.values():
        own = [
            entry.change
            for year_id, entry in entries(book)
            if year_id == places.id.year_id and entry.cause is not None and entry.cause.list_id == places.id.list_id
        ]
        assert places.held == sum(own, NOTHING)


def must_be_told_line_by_line(book: Book) -> None:
    """Each year's lines are numbered 1, 2, 3 …, name their cause, and add up to its sums; so does the whole country."""
    country: Counter[tuple[int, PlaceKind]] = Counter()
    told: Counter[tuple[int, PlaceKind]] = Counter()
    for year in book.years.values():
        own = [line for line in lines(book) if line.year_id == year.id]
        assert [line.number for line in own] == list(range(1, year.lines + 1))
        for kind in PlaceKind:
            changes = [line.change for line in own if line.kind is kind]
            assert sum(changes, NOTHING) == year.sums[kind]
            country[year.id.year, kind] += year.sums[kind].left
            told[year.id.year, kind] += sum(change.left for change in changes)
        for line in own:
            assert (line.list_id is None) == (line.movement is Movement.AGREED)
            assert line.change != NOTHING
            persons = abs(line.change.requested) + abs(line.change.placed) + abs(line.change.settled)
            assert line.movement is Movement.AGREED or len(line.running_numbers) in {persons, persons / 2}
    assert country == told


def resolve(book: Book, year_id: YearId, ordinary: int, minors: int) -> None:
    year = book.years.get(year_id) or LedgerYear(year_id)
    resolution = Resolution(ordinary, minors, date(2026, 1, 28), "2026/1", AT, "user")
    decided = year.resolve(resolution, role=Role.SYSTEM, expected_version=year.version, today=date(2026, 11, 24))
    assert isinstance(decided, tuple)
    book.years[year_id], events = decided
    book.events.extend(events)


@given(told_in_any_order())
@settings(max_examples=150, deadline=None)
def test_any_order_with_repeats_ends_where_the_lists_stand(told: tuple[list[Story], Sequence[ListFact]]) -> None:
    """Facts in any order, some of them twice, leave every person counted once, where the list says it stands."""
    told_stories, facts = told
    book = Book()
    for fact in facts:
        book.follow(fact)
        must_add_up(book)
        must_be_told_line_by_line(book)
    expected: Counter[tuple[YearId, PlaceKind, str]] = sum((story.expected() for story in told_stories), Counter())
    assert standing(book) == expected


@given(told_in_any_order())
@settings(max_examples=50, deadline=None)
def test_a_repeat_of_everything_changes_nothing(told: tuple[list[Story], Sequence[ListFact]]) -> None:
    """Following all facts a second time, in whatever order they came first, makes no event and moves no sum."""
    _, facts = told
    book = Book()
    for fact in facts:
        book.follow(fact)
    again = Book(years=dict(book.years), lists=dict(book.lists), holdings=dict(book.holdings))
    for fact in facts:
        again.follow(fact)
    assert again.events == []
    assert (again.years, again.lists, again.holdings) == (book.years, book.lists, book.holdings)
    assert again.changed_years | again.changed_lists | again.changed_holdings == set()


@given(told_in_any_order())
@settings(max_examples=50, deadline=None)
def test_versions_count_events_and_the_lists_own_year_follows_to_its_last_fact(
    told: tuple[list[Story], Sequence[ListFact]],
) -> None:
    """A year's versions are 1, 2, 3 … with one event each; each list's own year names the list's last fact."""
    told_stories, facts = told
    book = Book()
    for fact in facts:
        book.follow(fact)
    for year in book.years.values():
        assert [event.version for event in book.events if event.id == year.id] == list(range(1, year.version + 1))
    for story in told_stories:
        own = ListYearId(YearId(story.municipality_id, story.year), story.list_id)
        assert book.lists[own].list_version == story.facts()[-1].version


@given(
    stories(),
    st.lists(
        st.tuples(st.sampled_from(MUNICIPALITIES), st.sampled_from(YEARS), st.integers(0, 2000), st.integers(0, 50)),
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=50, deadline=None)
def test_agreements_and_lists_together_leave_what_is_left(
    told: list[Story], resolutions: list[tuple[str, int, int, int]], random: Random
) -> None:
    """With resolutions in between, left is the last resolution's places less all that lists hold."""
    steps: list[ListFact | tuple[str, int, int, int]] = [*(f for s in told for f in s.facts()), *resolutions]
    random.shuffle(steps)
    book, agreed = Book(), dict[tuple[YearId, PlaceKind], int]()
    for step in steps:
        if isinstance(step, ListFact):
            book.follow(step)
        else:
            municipality_id, number, ordinary, minors = step
            year_id = YearId(municipality_id, number)
            resolve(book, year_id, ordinary, minors)
            agreed[year_id, PlaceKind.ORDINARY] = ordinary
            agreed[year_id, PlaceKind.UNACCOMPANIED_MINOR] = minors
        must_add_up(book)
        must_be_told_line_by_line(book)
    held = standing(book)
    for year in book.years.values():
        for kind in PlaceKind:
            places = agreed.get((year.id, kind), 0)
            assert year.sums[kind].left == places - sum(held[year.id, kind, stage] for stage in STAGES)


def test_sums_are_signed_and_left_may_be_negative() -> None:
    """More than agreed is allowed, and shows as less than none left."""
    assert Sums(agreed=1, requested=2, settled=1).left == -2
    assert -Sums(requested=1) + Sums(placed=1) == Sums(requested=-1, placed=1)
