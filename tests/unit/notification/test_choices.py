"""Choices, digests and watches over memory, and the rules behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from contracts import codes
from contracts.notification import choices as contract
from contracts.notification.contacts import contact_reference
from services.notification.domain.choices import SOMEBODY_MUST_KNOW, Choice, Delivery, choose, deliver, usual
from services.notification.domain.notices import NoticeKind
from services.notification.domain.workdays import OSLO, easter, is_working_day, last_digest
from services.notification.use_cases.identities import contact_id
from tests.unit.notification.choices_contract import TUESDAY, ChoicesContract
from tests.unit.notification.units import FakeUnitWorld, UnitWorld

ADDRESSES = {f"{name}@x.example": name for name in ("anne", "per", "ola")}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["u-1", "u-2", "u-3"]),
        st.sampled_from([*ADDRESSES.values(), None, "gone"]),
        st.dictionaries(st.sampled_from(NoticeKind), st.sampled_from(Delivery)),
    ),
    max_size=20,
)


class TestInMemory(ChoicesContract):
    @pytest.fixture
    def world(self) -> UnitWorld:
        return FakeUnitWorld(TUESDAY)


@given(STEPS, st.sets(st.sampled_from([*ADDRESSES]), min_size=1))
def test_somebody_always_hears(steps: list[tuple[str, str | None, dict[NoticeKind, Delivery]]], left: set[str]) -> None:
    """Whatever users choose, and whoever of the writers is left, of a new list and an overdue one somebody has a mail.

    And no address is two users'.
    """
    held: dict[str, Choice] = {}
    for user, contact, deliveries in steps:
        everybody = [*ADDRESSES.values()]
        decided = choose(Choice("k-1", user, 0, contact, deliveries), [*held.values()], everybody, everybody)
        if isinstance(decided, Choice):
            held[user] = decided
    claimed = [one.contact_id for one in held.values() if one.contact_id]
    assert len(set(claimed)) == len(claimed)
    for kind in SOMEBODY_MUST_KNOW:
        for receivers in (ADDRESSES, {one: ADDRESSES[one] for one in left}):
            ways = deliver(kind, receivers, [*held.values()])
            assert ways.keys() == receivers.keys()
            assert set(ways.values()) - {Delivery.SURFACE}


def test_the_codes_and_ids_are_those_of_the_contract() -> None:
    """What the domain knows, messages can say, and the other way round; a contact has one id on both sides."""
    assert [one.value for one in NoticeKind] == [one.value for one in codes.NoticeKind]
    assert [one.value for one in Delivery] == [one.value for one in codes.NoticeDelivery]
    assert [usual(one).value for one in NoticeKind] == [contract.usual(one).value for one in codes.NoticeKind]
    assert contact_id("Kari@x.no") == contact_reference("kari@X.no")
    assert contact_id("kari@x.no") != contact_reference("ola@x.no")


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2008, (3, 23)),
        (2011, (4, 24)),
        (2024, (3, 31)),
        (2026, (4, 5)),
        (2027, (3, 28)),
        (2038, (4, 25)),
        (2100, (3, 28)),
    ],
)
def test_when_easter_is(year: int, sunday: tuple[int, int]) -> None:
    """As the almanac has it, with the earliest and the latest."""
    assert easter(year) == date(year, *sunday)


def test_the_holidays_of_a_year() -> None:
    """2026 as Norway's calendar has it: all weekdays that are free."""
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    free = [day for day in days if day.weekday() < 5 and not is_working_day(day)]
    assert [(day.month, day.day) for day in free] == [
        (1, 1), (4, 2), (4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (12, 25),
    ]  # fmt: skip
    assert not any(is_working_day(day) for day in days if day.weekday() >= 5)


@given(
    st.integers(0, 8 * 365 * 24 * 60).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
)
def test_the_last_digest_is_half_past_seven_of_a_working_day(now: datetime) -> None:
    """Summer and winter; none of the working days between it and now was passed over."""
    due = last_digest(now)
    local = due.astimezone(OSLO)
    assert due <= now
    assert (local.hour, local.minute) == (7, 30)
    assert is_working_day(local.date())
    after = local.date() + timedelta(days=1)
    while after <= now.astimezone(OSLO).date():
        moment = datetime.combine(after, local.timetz().replace(tzinfo=None), OSLO)
        assert not is_working_day(after) or moment > now
        after += timedelta(days=1)
