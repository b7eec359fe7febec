"""Following list facts: which persons hold which places, and the entries that makes in which ledger years."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from services.municipality.domain.codes import Movement, PlaceKind, Stage
from services.municipality.domain.ledger import LedgerEvent, LedgerYear, YearId
from services.municipality.domain.list_facts import ListFact, Place
from services.municipality.domain.places import NOTHING, Cause, Entry, Sums, held_at


@dataclass(frozen=True, slots=True, order=True)
class PersonKey:
    """A person, as far as the ledger knows one."""

    list_id: str
    running_number: int


@dataclass(frozen=True, slots=True)
class Holding:
    """The place a person holds now, by the latest fact that named the person."""

    place: Place
    list_version: int


@dataclass(frozen=True, slots=True, order=True)
class ListYearId:
    """What one list holds in one ledger year."""

    year_id: YearId
    list_id: str

    def __str__(self) -> str:
        return f"{self.year_id}/{self.list_id}"


@dataclass(frozen=True, slots=True)
class ListPlaces:
    """A list's places in a ledger year, both kinds together, up to ``list_version``."""

    id: ListYearId
    list_version: int = 0
    held: Sums = NOTHING


@dataclass(slots=True)
class Book:
    """The ledger years, lists and persons that some facts touch, as loaded; and what following them changed.

    What is not in ``years``, ``lists`` or ``holdings`` does not exist yet: whoever loads a book loads all years of
    the facts' municipalities, all list records of the facts' lists and all persons the facts name.
    """

    years: dict[YearId, LedgerYear] = field(default_factory=dict)
    lists: dict[ListYearId, ListPlaces] = field(default_factory=dict)
    holdings: dict[PersonKey, Holding] = field(default_factory=dict)
    changed_years: set[YearId] = field(default_factory=set)
    changed_lists: set[ListYearId] = field(default_factory=set)
    changed_holdings: set[PersonKey] = field(default_factory=set)
    events: list[LedgerEvent] = field(default_factory=list)

    def follow(self, fact: ListFact) -> None:
        """Follow one fact: each ledger year it concerns gets one event, a repeat none.

        The list's own year follows even where nothing moves in it (all accepted, say), since readers wait for its
        list record to name the fact's version.
        """
        own = ListYearId(YearId(fact.municipality_id, fact.year), fact.list_id)
        entries = self._entries(fact)
        concerned = {YearId(fact.municipality_id, year) for year in entries}
        if fact.version > self._list(own).list_version:
            concerned.add(own.year_id)
        for year_id in sorted(concerned):
            self._move(year_id, fact, entries.get(year_id.year, []))

    def _entries(self, fact: ListFact) -> dict[int, list[Entry]]:
        by_year: dict[int, list[Entry]] = {}
        for number, place in sorted(fact.places.items()):
            key = PersonKey(fact.list_id, number)
            before = self.holdings.get(key)
            if before is not None and before.list_version >= fact.version:
                continue  # a repeat, or a later fact has already said where this person stands
            self.holdings[key] = Holding(place, fact.version)
            self.changed_holdings.add(key)
            cause = Cause(fact.list_id, fact.version, number)
            told = _movement(before.place if before else None, place)
            for year, kind, change in _changes(before.place if before else None, place):
                by_year.setdefault(year, []).append(Entry(kind, told, change, fact.at, cause))
        return by_year

    def _move(self, year_id: YearId, fact: ListFact, entries: list[Entry]) -> None:
        year = self.years.get(year_id) or LedgerYear(year_id)
        self.years[year_id], event = year.move(fact.list_id, fact.version, entries)
        self.changed_years.add(year_id)
        self.events.append(event)
        places = self._list(ListYearId(year_id, fact.list_id))
        self.lists[places.id] = replace(
            places,
            list_version=max(places.list_version, fact.version),
            held=_total(places.held, (entry.change for entry in entries)),
        )
        self.changed_lists.add(places.id)

    def _list(self, list_id: ListYearId) -> ListPlaces:
        return self.lists.get(list_id) or ListPlaces(list_id)


_STEPS = (Stage.REQUESTED, Stage.PLACED, Stage.SETTLED)
"""The way of a place that is held, in its order."""


def _movement(before: Place | None, after: Place) -> Movement:
    """Name the step: by where it ends, but a correction where it does not go on from where the place was held."""
    if before is not None and before.stage in _STEPS and after.stage in _STEPS[: _STEPS.index(before.stage) + 1]:
        return Movement.CORRECTED
    return Movement(after.stage)


def _changes(before: Place | None, after: Place) -> Iterator[tuple[int, PlaceKind, Sums]]:
    """Tell the signed changes from one place to the next; within one year and kind a single one."""
    given_up = NOTHING if before is None else -held_at(before.stage)
    taken = held_at(after.stage)
    if before is None or (before.year, before.kind) == (after.year, after.kind):
        given_up, taken = NOTHING, given_up + taken
    elif given_up != NOTHING:
        yield before.year, before.kind, given_up
    if taken != NOTHING:
        yield after.year, after.kind, taken


def _total(start: Sums, changes: Iterable[Sums]) -> Sums:
    return sum(changes, start)
