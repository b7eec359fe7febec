"""A national year adds up, falls out as it really comes, and would be taken by the receiver."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from itertools import islice
from random import Random

import pytest
from hypothesis import given, strategies as st

from contracts.imdi.v1 import PublishDistributionList, RequestPlaces
from ops.demo.spread import Place, division, plan, shares, sizes, working_days
from ops.demo.year import LISTS, PERSONS, Year, lines
from ops.inbound import Inbound, read

PLACES = division()


def small(seed: int = 1, *, requests: bool = True) -> list[Inbound]:
    """Invent a small year, as read by the command that publishes it."""
    messages, mistakes = read("\n".join(lines(Year(2026, seed, 300, 1140, requests))))
    assert mistakes == []
    return messages


@given(st.integers(0, 20_000), st.lists(st.floats(0.01, 1000), min_size=1, max_size=50))
def test_shares_add_up_and_follow_the_weights(total: int, weights: list[float]) -> None:
    """Whatever the weights, all is shared out, and nobody's part is a whole one away from what is due."""
    parts = shares(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < 1.001


@given(st.integers(), st.integers(1, 60), st.integers(0, 1000))
def test_sizes_add_up(seed: int, lists: int, more: int) -> None:
    """However many persons there are to a list, the lists hold exactly so many, and each one person at least."""
    persons = min(lists + more, lists * 500)
    drawn = sizes(Random(seed), lists, persons)
    assert (len(drawn), sum(drawn)) == (lists, persons)
    assert all(1 <= size <= 500 for size in drawn)


@pytest.mark.parametrize(("lists", "persons"), [(10, 9), (2, 1001)])
def test_persons_that_do_not_fit_are_told(lists: int, persons: int) -> None:
    """Fewer persons than lists, or more than lists can hold, is an error that gives the limits."""
    with pytest.raises(ValueError, match=r"lists hold from"):
        sizes(Random(1), lists, persons)


def test_the_year_of_the_domain_falls_out_as_it_should() -> None:
    """10,000 lists, 38,000 persons: by population, two to four mostly, on weekdays, few in July and at Christmas."""
    planned = plan(Random(1), 2026, LISTS, PERSONS, PLACES)
    assert (len(planned), sum(one.persons for one in planned)) == (10_000, 38_000)
    lists = Counter(one.municipality_number for one in planned)
    by_population = sorted(PLACES, key=lambda place: -place.population)
    assert lists.most_common(1)[0][0] == by_population[0].number == "0301"
    assert all(lists[place.number] >= 1 for place in by_population if place.population >= 600)
    counts = [lists[place.number] for place in by_population]
    assert counts == sorted(counts, reverse=True)
    assert 0.6 < sum(2 <= one.persons <= 4 for one in planned) / LISTS < 0.75
    months = Counter(one.at.month for one in planned)
    assert months[7] == min(months.values())
    assert months[7] < months[3] / 3
    assert sum(one.at.month == 12 and one.at.day >= 20 for one in planned) < months[3] / 10
    assert {one.at.weekday() for one in planned} == set(range(5))
    assert [one.at for one in planned] == sorted(one.at for one in planned)


def test_nobody_publishes_on_a_public_holiday() -> None:
    """Easter moves with the year; 2026's Good Friday, Ascension Day, Whit Monday and fixed days are free."""
    days = set(working_days(2026))
    free = [(1, 1), (4, 2), (4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (12, 25)]
    assert not days & {date(2026, month, day) for month, day in free}
    assert {date(2026, 4, 1), date(2026, 4, 7), date(2026, 5, 18)} <= days
    assert date(2025, 4, 18) not in set(working_days(2025))


def test_the_same_seed_gives_the_same_lines_and_another_one_others() -> None:
    """Lines are reproducible to the byte."""
    assert list(lines(Year(2026, 7, 40, 150))) == list(lines(Year(2026, 7, 40, 150)))
    assert list(lines(Year(2026, 7, 40, 150))) != list(lines(Year(2026, 8, 40, 150)))


def test_lines_come_as_they_are_asked_for() -> None:
    """The first lines are there without the others: nothing is held but the plan."""
    assert len(list(islice(lines(Year(2026, 1)), 400))) == 400


def test_every_municipality_is_asked_for_the_places_its_lists_will_take() -> None:
    """Requests come first, one a municipality; together they ask for as many places as there are persons, or more."""
    messages = small()
    requests = [one.body for one in messages if isinstance(one.body, RequestPlaces)]
    assert [isinstance(one.body, RequestPlaces) for one in messages[: len(PLACES)]] == [True] * len(PLACES)
    assert {one.municipality_number for one in requests} == {place.number for place in PLACES}
    asked = {one.municipality_number: one.ordinary_places + one.unaccompanied_minor_places for one in requests}
    persons: Counter[str] = Counter()
    for one in messages:
        if isinstance(one.body, PublishDistributionList):
            persons[one.body.municipality_number] += len(one.body.persons)
    assert all(asked[place.number] == max(1, persons[place.number]) for place in PLACES)
    assert not any(isinstance(one.body, RequestPlaces) for one in small(requests=False))


def test_no_person_is_there_twice_and_all_numbers_are_synthetic() -> None:
    """DUF and identity numbers are unique; these are D numbers with the month raised by 80."""
    people = [person for one in small() if isinstance(one.body, PublishDistributionList) for person in one.body.persons]
    assert len(people) == 1140
    assert len({person.identity.duf_number for person in people}) == 1140
    numbers = [person.identity.identity_number or "" for person in people]
    assert len(set(numbers)) == 1140
    assert all(40 < int(number[:2]) <= 71 and 80 < int(number[2:4]) <= 92 for number in numbers)


def test_what_is_said_holds_on_every_day_of_the_year() -> None:
    """On 1 January all are born; on 31 December unaccompanied minors are still minors, and no date has passed."""
    bodies = [one.body for one in small()]
    lists = [body for body in bodies if isinstance(body, PublishDistributionList)]
    people = [person for body in lists for person in body.persons]
    assert all(body.deadline is None for body in lists)
    assert max(person.identity.birth_date for person in people) < date(2026, 1, 1)
    minors = [person for person in people if person.unaccompanied_minor]
    assert minors
    assert min(person.identity.birth_date for person in minors) > date(2008, 12, 31)
    assert {body.answer_by for body in bodies if isinstance(body, RequestPlaces)} == {date(2026, 12, 31)}


def test_a_place_without_people_gets_nothing() -> None:
    """All lists go where people live."""
    planned = plan(Random(1), 2026, 10, 38, [Place("0301", 100), Place("9999", 0)])
    assert {one.municipality_number for one in planned} == {"0301"}
    assert all(isinstance(one.at, datetime) and one.at.tzinfo for one in planned)
