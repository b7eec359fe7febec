"""When IMDi may correct where a person lives, and what the list remembers of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.distribution.domain.addresses import Residence, correct_address
from services.distribution.domain.answering import send_answer
from services.distribution.domain.codes import ErasureReason, PersonStatus, PlacementPolicy, WithdrawalReason
from services.distribution.domain.erasure import Erasing, erase_persons
from services.distribution.domain.events import AddressCorrected
from services.distribution.domain.lists import Act, Decided, DistributionList
from services.distribution.domain.persons import Address
from services.distribution.domain.problems import Problem
from services.distribution.domain.refusals import Refusal
from services.distribution.domain.settlement import register_settlement
from services.distribution.domain.treatment import approve
from services.distribution.domain.withdrawal import withdraw_list, withdraw_persons
from tests.unit.distribution.samples import AT, NO_HOUSING, a_list, asked, form

BEFORE, NEW = Address(("Nordlys mottak",), "9016", "Tromsø"), Address(("Ny vei 2",), "0001", "Oslo")
LATER = AT + timedelta(hours=1)
GONE = WithdrawalReason.OFFERED_ELSEWHERE


def after(decided: Decided | Refusal | list[Problem]) -> DistributionList:
    assert isinstance(decided, tuple), decided
    return decided[0]


def answered(policy: PlacementPolicy = PlacementPolicy.AUTOMATIC) -> DistributionList:
    """Have person 2 declined and the others accepted."""
    current = a_list()
    approved = after(approve(current, form(current, _2=NO_HOUSING), asked(current)))
    return after(send_answer(approved, asked(approved), accepted_at=AT, policy=policy))


def settled() -> DistributionList:
    current = answered()
    return after(register_settlement(current, asked(current), running_number=1, settlement_date=AT.date()))


def correct(current: DistributionList, number: int = 1, known: Address = BEFORE) -> Decided | list[Problem]:
    return correct_address(current, number, NEW, Residence(known), at=LATER)


@pytest.mark.parametrize(
    ("current", "status"),
    [
        (a_list(), PersonStatus.REQUESTED),
        (answered(PlacementPolicy.IMDI_CONFIRMED), PersonStatus.ACCEPTED),
        (answered(), PersonStatus.PLACED),
        (settled(), PersonStatus.SETTLED),
    ],
    ids=lambda one: str(one) if isinstance(one, PersonStatus) else "",
)
def test_whoever_is_here_or_asked_for_can_live_elsewhere(current: DistributionList, status: PersonStatus) -> None:
    """One event; no place and nobody's work changes, and no person as the list knows it."""
    person = current.person(1)
    assert person is not None
    assert person.status is status
    decided = correct(current)
    assert isinstance(decided, tuple)
    changed, events = decided
    assert events == (AddressCorrected(current.version + 1, 1, NEW),)
    assert changed.persons == current.persons
    assert (changed.places_version, changed.alike_since) == (current.places_version, current.alike_since)
    assert (changed.version, changed.changed) == (current.version + 1, Act("imdi", "IMDi", LATER))


def test_the_same_address_again_is_no_event() -> None:
    """The list stays at its version."""
    current = answered()
    assert correct(current, known=NEW) == (current, ())


def _erased() -> DistributionList:
    return after(erase_persons(answered(), Erasing([2], ErasureReason.ERASURE_REQUEST), at=AT))


@pytest.mark.parametrize(
    ("current", "number", "code"),
    [
        (answered(), 9, "unknown-person"),
        (answered(), 2, "person-declined"),
        (_erased(), 2, "person-erased"),
        (after(withdraw_persons(answered(), [1], GONE, at=AT)), 1, "person-withdrawn"),
        (after(withdraw_list(answered(), GONE, at=AT)), 1, "person-withdrawn"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_of_whom_it_is_refused(current: DistributionList, number: int, code: str) -> None:
    """The field and the reason are named, the address is not."""
    [problem] = correct(current, number)
    assert isinstance(problem, Problem)
    assert (problem.path, problem.code) == ("running_number", code)
    assert "Ny vei" not in repr(problem)


def test_an_address_is_in_no_line_that_is_written_of_it() -> None:
    """What a log or a traceback would show of event and residence has no address in it."""
    assert "Ny vei" not in repr(AddressCorrected(7, 1, NEW)) + repr(Residence(NEW))
