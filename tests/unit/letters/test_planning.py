"""Which letters follow from placements."""

from __future__ import annotations

from hypothesis import given, strategies as st

from services.letters.domain.codes import Kind
from services.letters.domain.letter import Letter, LetterPlanned
from services.letters.domain.planning import plan
from services.letters.use_cases.entities import letter_id
from tests.unit.letters.stories import AT, PLACED_ON, placement


def planned(numbers: tuple[int, ...], covered: frozenset[int] = frozenset(), version: int = 6) -> list[Letter]:
    changes = plan(placement(*numbers, version=version), covered, AT, letter_id)
    assert all(event == LetterPlanned() for _, event in changes)
    return [letter for letter, _ in changes]


def test_a_placement_gives_one_decision_and_a_letter_to_each() -> None:
    """The decision covers them all; households get a letter each person."""
    letters = planned((3, 1, 2))
    assert [(letter.kind, letter.persons, letter.running_number) for letter in letters] == [
        (Kind.PLACEMENT_DECISION, (1, 2, 3), None),
        (Kind.LETTER_TO_PERSON, (1,), 1),
        (Kind.LETTER_TO_PERSON, (2,), 2),
        (Kind.LETTER_TO_PERSON, (3,), 3),
    ]
    assert {(letter.version, letter.planned_at, letter.placed_on) for letter in letters} == {(1, AT, PLACED_ON)}


def test_nobody_placed_gives_no_letter() -> None:
    """An answer that declines everybody is followed by no decision."""
    assert planned(()) == []


def test_ids_follow_from_the_cause() -> None:
    """They are the same whenever and wherever they are planned."""
    letters = planned((1,))
    assert [letter.letter_id for letter in letters] == [
        letter_id("placement_decision:FL-2026-000123:6"),
        letter_id("letter_to_person:FL-2026-000123/1"),
    ]
    assert letters[1].letter_id == "e6f551e5-406a-5b88-a565-1f2d7cd62cc1"


@given(st.lists(st.frozensets(st.integers(1, 8)), max_size=6))
def test_however_persons_are_placed_each_is_in_one_decision_and_has_one_letter(steps: list[frozenset[int]]) -> None:
    """Repeated and widened placements double nothing and forget nobody."""
    letters: list[Letter] = []
    covered: frozenset[int] = frozenset()
    for version, numbers in enumerate(steps, start=5):
        letters += planned(tuple(numbers), covered, version)
        covered |= numbers
    decided = [number for letter in letters if letter.kind is Kind.PLACEMENT_DECISION for number in letter.persons]
    written = [letter.running_number for letter in letters if letter.kind is Kind.LETTER_TO_PERSON]
    assert sorted(decided) == sorted(n for n in written if n is not None) == sorted(covered)
    assert len({letter.letter_id for letter in letters}) == len(letters)
