"""Households are answered as a whole; splitting one is said, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from services.distribution.adapters import messages
from services.distribution.domain.answering import send_answer
from services.distribution.domain.codes import PlacementPolicy, SplitReason, WithdrawalReason
from services.distribution.domain.drafts import Form
from services.distribution.domain.households import Split, split_households
from services.distribution.domain.lists import Decided, DistributionList
from services.distribution.domain.persons import Decision
from services.distribution.domain.refusals import HouseholdsDiffer, HouseholdSplitUnconfirmed, ReasonMissing, Refusal
from services.distribution.domain.treatment import approve, return_to_treatment, save_decisions
from services.distribution.domain.withdrawal import withdraw_persons
from tests.unit.distribution.samples import AT, NO_HOUSING, OTHER, a_list, asked, offered

YES = Decision()
MEANT = Split(1, reason=SplitReason.SERVICES_NOT_FOR_ALL)
HOUSEHOLDS = (1, 1, 1, 2, 2, 3)


def families() -> DistributionList:
    """Give a list of a household of three, one of two, and one alone."""
    return a_list(*(offered(number, household=household) for number, household in enumerate(HOUSEHOLDS, 1)))


def filled(declined: set[int], *splits: Split) -> Form:
    decisions = [(number, NO_HOUSING if number in declined else YES) for number in range(1, len(HOUSEHOLDS) + 1)]
    return Form(decisions, "", splits)


def done(decided: Decided | Refusal) -> DistributionList:
    assert isinstance(decided, tuple), decided
    return decided[0]


@pytest.mark.parametrize("declined", [set(), {1, 2, 3}, {6}, {4, 5, 6}, {1, 2, 3, 4, 5, 6}])
def test_whole_households_need_no_confirmation(declined: set[int]) -> None:
    """Nobody is asked about a household of which all are accepted, or none; nor about somebody alone."""
    assert done(approve(families(), filled(declined), asked(1))).splits == ()


@pytest.mark.parametrize(
    ("declined", "splits", "missing"),
    [
        ({1}, (), (1,)),
        ({1, 5}, (MEANT,), (2,)),
        ({1, 5}, (), (1, 2)),
        ({1}, (replace(MEANT, confirmed=False),), (1,)),
        ({1}, (Split(1),), (1,)),
        ({1}, (Split(1, reason=SplitReason.OTHER, reason_text="  "),), (1,)),
        ({1}, (replace(MEANT, household=2),), (1,)),
    ],
)
def test_a_split_household_asks_for_a_confirmation_with_a_reason(
    declined: set[int], splits: tuple[Split, ...], missing: tuple[int, ...]
) -> None:
    """Each of them, by its own; «other» with words."""
    assert approve(families(), filled(declined, *splits), asked(1)) == HouseholdSplitUnconfirmed(missing)


def test_a_missing_decline_reason_is_asked_for_first() -> None:
    """Whoever is declined needs a reason whether or not the household is split."""
    form = Form([(1, Decision(accept=False)), *((number, YES) for number in range(2, 7))])
    assert approve(families(), form, asked(1)) == ReasonMissing((1,))


def test_a_confirmed_split_goes_to_imdi() -> None:
    """With its own reason and words; what was said of a household that is whole does not."""
    words = Split(1, reason=SplitReason.OTHER, reason_text="Bestemor blir hos sin søster.")
    approved = done(approve(families(), filled({1}, words, replace(MEANT, household=2)), asked(1)))
    assert approved.splits == (words,)
    sent = done(send_answer(approved, asked(approved), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC))
    [told] = messages.answer(sent).splits
    assert (told.household, told.reason, told.reason_text) == (1, "other", words.reason_text)
    [shown] = messages.list_state(sent).splits
    assert shown.model_dump() == {
        "household": 1, "confirmed": True, "reason": "other", "reason_text": words.reason_text,
    }  # fmt: skip


def test_a_draft_keeps_what_is_said_of_households() -> None:
    """Half said too; and an approval that is taken back has it still."""
    half = Split(1, confirmed=False, reason=SplitReason.AGREED_WITH_IMDI)
    saved = done(save_decisions(families(), filled({1}, half), asked(1)))
    assert saved.splits == (half,)
    approved = done(approve(saved, filled({1}, MEANT), asked(saved)))
    assert done(return_to_treatment(approved, asked(approved))).splits == (MEANT,)


def test_what_is_taken_back_is_not_shown() -> None:
    """A form that says nothing of it any more takes it back; the version at which that was is kept for others."""
    saved = done(save_decisions(families(), filled({1}, MEANT), asked(1)))
    taken_back = done(save_decisions(saved, filled({1}), asked(saved)))
    assert messages.list_state(taken_back).splits == []
    assert [(split.household, split.says_something, split.version) for split in taken_back.splits] == [(1, False, 4)]


@pytest.mark.parametrize("splits", [(replace(MEANT, household=9),), (MEANT, MEANT)])
def test_households_are_named_once_and_are_the_lists(splits: tuple[Split, ...]) -> None:
    """As persons are."""
    told = HouseholdsDiffer((splits[0].household,))
    assert approve(families(), filled({1}, *splits), asked(1)) == told
    assert save_decisions(families(), filled({1}, *splits), asked(1)) == told


def test_a_withdrawal_may_make_a_household_whole() -> None:
    """Whom IMDi has taken back belongs to none: nothing is left to confirm."""
    left = done_withdrawing(families(), 1)
    form = Form([(number, YES) for number in range(2, 7)])
    assert done(approve(left, form, asked(left))).splits == ()
    split = Form([(2, OTHER), *((number, YES) for number in range(3, 7))])
    assert approve(left, split, asked(left)) == HouseholdSplitUnconfirmed((1,))


def done_withdrawing(current: DistributionList, *numbers: int) -> DistributionList:
    decided = withdraw_persons(current, numbers, WithdrawalReason.OTHER, at=AT)
    assert isinstance(decided, tuple)
    return decided[0]


@settings(deadline=None)
@given(st.sets(st.integers(1, 6)), st.sets(st.integers(1, 3)))
def test_exactly_the_split_households_are_confirmed(declined: set[int], confirmed: set[int]) -> None:
    """Whatever is declined: approved exactly where each household with both answers is confirmed, and then told."""
    by_household = {
        household: {number not in declined for number, its in enumerate(HOUSEHOLDS, 1) if its == household}
        for household in (1, 2, 3)
    }
    split = {household for household, answers in by_household.items() if len(answers) == 2}
    splits = [Split(household, reason=SplitReason.NO_HOME_FOR_ALL) for household in sorted(confirmed)]
    decided = approve(families(), filled(declined, *splits), asked(1))
    if missing := sorted(split - confirmed):
        assert decided == HouseholdSplitUnconfirmed(tuple(missing))
    else:
        approved = done(decided)
        assert {one.household for one in approved.splits} == split == set(split_households(approved.persons))
