"""The domain's codes and the contracts' are the same."""

from __future__ import annotations

from enum import StrEnum

import pytest

from contracts import codes as contract, erasure
from services.distribution.domain import codes


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (codes.PlaceKind, contract.PlaceKind),
        (codes.ListStatus, contract.ListStatus),
        (codes.PersonStatus, contract.PersonStatus),
        (codes.DeclineReason, contract.DeclineReason),
        (codes.WithdrawalReason, contract.WithdrawalReason),
        (codes.SplitReason, contract.SplitReason),
        (codes.ErasureReason, erasure.ErasureReason),
        (codes.Papers, erasure.Papers),
        (codes.ChangeKind, contract.ListChangeKind),
        (codes.Role, contract.Role),
    ],
)
def test_codes_equal_those_that_travel(ours: type[StrEnum], theirs: type[StrEnum]) -> None:
    """Each value of either can be turned into the other."""
    assert {code.value for code in ours} == {code.value for code in theirs}
