"""How outcomes travel."""

from __future__ import annotations

from datetime import date
from typing import get_args
from uuid import UUID

import pytest

from chassis.validation import FieldError
from contracts.outcomes import CommandAccepted, CommandRefused
from services.distribution.domain import refusals
from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import ListStatus, Role, WithdrawalReason
from services.distribution.entrypoints.replies import invalid_command, problem_of, reply
from services.distribution.use_cases.outcomes import Accepted, Refused
from tests.unit.distribution.samples import AT, LIST

COMMAND = str(UUID(int=7))
TOLD = [
    (refusals.ListNotFound(LIST), "list-not-found", {"list": LIST}),
    (refusals.RoleMayNotWrite(Role.SETTLEMENT_READER), "role-may-not-write", {"role": "settlement_reader"}),
    (refusals.AlreadyAnswered("Kari Nordmann", AT), "already-answered",
     {"by": "Kari Nordmann", "at": "2026-11-24T09:30:00+00:00"}),
    (refusals.ListWasWithdrawn(AT, WithdrawalReason.NEW_INFORMATION), "list-withdrawn",
     {"at": "2026-11-24T09:30:00+00:00", "reason": "new_information"}),
    (refusals.PersonsWereWithdrawn((4, 9), AT), "person-withdrawn",
     {"running_numbers": "4, 9", "at": "2026-11-24T09:30:00+00:00"}),
    (refusals.PersonsAreErased((1,), AT), "person-erased", {"running_numbers": "1", "at": "2026-11-24T09:30:00+00:00"}),
    (refusals.VersionConflict(3, 5, "Kari Nordmann", AT), "version-conflict",
     {"expected": "3", "actual": "5", "by": "Kari Nordmann", "at": "2026-11-24T09:30:00+00:00"}),
    (refusals.VersionConflict(3, 1, None, None), "version-conflict", {"expected": "3", "actual": "1"}),
    (refusals.DraftConflict((2, 3), (), message=True, by="Kari Nordmann", at=AT), "draft-conflict",
     {"running_numbers": "2, 3", "message": "true", "by": "Kari Nordmann", "at": "2026-11-24T09:30:00+00:00"}),
    (refusals.DraftConflict((), (1,), message=False, by=None, at=None), "draft-conflict", {"households": "1"}),
    (refusals.FourEyesRequired(AT), "four-eyes-required", {"at": "2026-11-24T09:30:00+00:00"}),
    (refusals.WrongStatus(ListStatus.APPROVED), "wrong-status", {"status": "approved"}),
    (refusals.NotApproved(ListStatus.RECEIVED), "not-approved", {"status": "received"}),
    (refusals.UnknownPerson((4, 9)), "persons-differ", {"running_numbers": "4, 9"}),
    (refusals.DecidedTwice((4,)), "persons-differ", {"running_numbers": "4"}),
    (refusals.DecisionMissing((4,)), "persons-differ", {"running_numbers": "4"}),
    (refusals.ReasonMissing((4,)), "reason-missing", {"running_numbers": "4"}),
    (refusals.HouseholdsDiffer((7,)), "households-differ", {"households": "7"}),
    (refusals.HouseholdSplitUnconfirmed((1, 2)), "household-split-unconfirmed", {"households": "1, 2"}),
    (refusals.NotPlaced(4), "not-placed", {"running_number": "4"}),
    (refusals.SettlementBeforePlacement(date(2026, 11, 24), 4), "settlement-before-placement",
     {"placed_on": "2026-11-24", "running_number": "4"}),
    (refusals.SettlementInFuture(date(2026, 11, 24), 4), "settlement-in-future",
     {"today": "2026-11-24", "running_number": "4"}),
    (refusals.CorrectionReasonMissing((4, 9)), "correction-reason-missing", {"running_numbers": "4, 9"}),
    (refusals.AlreadySettled((4,)), "already-settled", {"running_numbers": "4"}),
    (refusals.PlannedWeekPast(Week(2026, 48)), "planned-week-past", {"earliest": "2026-W48"}),
    (refusals.PlannedWeekTooFar(Week(2028, 5)), "planned-week-too-far", {"latest": "2028-W05"}),
    (refusals.ThreadFull(500), "thread-full", {"most": "500"}),
]  # fmt: skip


@pytest.mark.parametrize(("refusal", "problem", "params"), TOLD)
def test_each_refusal_has_a_problem_type_and_what_fills_its_text(
    refusal: refusals.Refusal, problem: str, params: dict[str, str]
) -> None:
    """The parameters are text, times with their offset."""
    assert problem_of(refusal) == (problem, params)
    refused = reply(COMMAND, Refused(LIST, 5, refusal))
    assert isinstance(refused, CommandRefused)
    assert (refused.version, refused.params) == (5, params)


def test_no_refusal_is_forgotten_here() -> None:
    """Every kind there is, is among those above."""
    assert {type(refusal) for refusal, _, _ in TOLD} == set(get_args(refusals.Refusal))


def test_an_accepted_command_names_the_version() -> None:
    """The gateway waits until the read model has it."""
    assert reply(COMMAND, Accepted(LIST, 5)) == CommandAccepted(command_id=COMMAND, subject=LIST, version=5)


def test_an_unreadable_command_is_refused_by_its_fields() -> None:
    """As many as help, and never what is in them."""
    errors = [FieldError(f"decisions[{number}].reason", "enum", "is none") for number in range(100)]
    refused = invalid_command(COMMAND, LIST, errors)
    assert refused.problem == "invalid-command"
    assert refused.params["fields"].startswith("decisions[0].reason, decisions[1].reason")
    assert len(refused.params["fields"].split(", ")) == 20
