"""Lists' lives as Hypothesis strategies, and what their facts must add up to, worked out another way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from hypothesis import strategies as st

from services.municipality.domain.codes import PlaceKind
from services.municipality.domain.ledger import YearId
from services.municipality.domain.list_facts import ListFact, ListHead

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MUNICIPALITIES = ("k-0301", "k-4601", "k-5001")
YEARS = (2026, 2027)


class Withdrawn(Enum):
    """When IMDi took a person back: not at all, before the answer, after all else (unless the person has moved in)."""

    NEVER = 0
    EARLY = 1
    LATE = 2


@dataclass(frozen=True)
class Person:
    """How far one person of a list got. ``placed_in``: the placement's year; None: not placed."""

    kind: PlaceKind
    declined: bool
    placed_in: int | None
    settled: bool
    withdrawn: Withdrawn

    @property
    def moves_in(self) -> bool:
        """Whether it is settled in the end."""
        return self.settled and self.placed_in is not None and not self.declined and self.withdrawn is Withdrawn.NEVER


@dataclass(frozen=True)
class Story:
    """One list's life. ``answered`` False: the list is only received."""

    list_id: str
    municipality_id: str
    year: int
    answered: bool
    people: tuple[Person, ...]

    def facts(self) -> list[ListFact]:
        """Tell it as distribution does: received, answered, placed at once or year by year, settled one by one.

        Before the answer and after all else persons are withdrawn.
        """
        people = dict(enumerate(self.people, 1))
        facts = [self._head(1).received((number, person.kind) for number, person in people.items())]
        if early := {number: one for number, one in people.items() if one.withdrawn is Withdrawn.EARLY}:
            facts.append(self._head(2).withdrawn(_kinds(early)))
        people = {number: person for number, person in people.items() if number not in early}
        if not self.answered or not people:
            return facts
        version = 5  # what comes between moves no places
        accepted = {number: person for number, person in people.items() if not person.declined}
        declined = {number: person for number, person in people.items() if person.declined}
        facts.append(self._head(version).answered(_kinds(accepted), _kinds(declined)))
        for year in YEARS:
            placed = {number: person for number, person in accepted.items() if person.placed_in == year}
            if placed:
                version += 1
                facts.append(self._head(version).placed(_kinds(placed), year))
        for number, person in accepted.items():
            if person.placed_in is not None and person.moves_in:
                version += 1
                facts.append(self._head(version).settled([(number, person.kind)], person.placed_in))
        if late := {number: one for number, one in accepted.items() if one.withdrawn is Withdrawn.LATE}:
            facts.append(self._head(version + 1).withdrawn(_kinds(late)))
        return facts

    def expected(self) -> Counter[tuple[YearId, PlaceKind, str]]:
        """Count where its persons stand in the end."""
        counted: Counter[tuple[YearId, PlaceKind, str]] = Counter()
        for person in self.people:
            if person.withdrawn is Withdrawn.EARLY:
                continue
            if self.answered and (person.declined or person.withdrawn is Withdrawn.LATE):
                continue
            if not self.answered or person.placed_in is None:
                counted[YearId(self.municipality_id, self.year), person.kind, "requested"] += 1
            else:
                stage = "settled" if person.moves_in else "placed"
                counted[YearId(self.municipality_id, person.placed_in), person.kind, stage] += 1
        return counted

    def _head(self, version: int) -> ListHead:
        return ListHead(self.list_id, self.municipality_id, self.year, version, AT)


def _kinds(people: dict[int, Person]) -> list[tuple[int, PlaceKind]]:
    return [(number, person.kind) for number, person in people.items()]


people = st.builds(
    Person,
    kind=st.sampled_from(PlaceKind),
    declined=st.booleans(),
    placed_in=st.none() | st.sampled_from(YEARS),
    settled=st.booleans(),
    withdrawn=st.sampled_from(Withdrawn),
)


@st.composite
def stories(draw: st.DrawFn) -> list[Story]:
    """Make some lists of some municipalities."""
    return [
        Story(
            list_id=f"FL-2026-{index:06}",
            municipality_id=draw(st.sampled_from(MUNICIPALITIES)),
            year=draw(st.sampled_from(YEARS)),
            answered=draw(st.booleans()),
            people=tuple(draw(st.lists(people, min_size=1, max_size=5))),
        )
        for index in range(draw(st.integers(1, 4)))
    ]


@st.composite
def told_in_any_order(draw: st.DrawFn) -> tuple[list[Story], Sequence[ListFact]]:
    """Stories, and their facts shuffled and partly repeated."""
    told = draw(stories())
    facts = [fact for story in told for fact in story.facts()]
    repeats = draw(st.lists(st.sampled_from(facts), max_size=6))
    return told, draw(st.permutations([*facts, *repeats]))
