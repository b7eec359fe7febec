"""IMDi takes a list, or persons of it, back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.codes import WithdrawalReason
from services.distribution.domain.lists import Decided, DistributionList
from services.distribution.domain.problems import Problem
from services.distribution.domain.withdrawal import withdraw_list, withdraw_persons
from services.distribution.use_cases.imdis_word import Word, heed
from services.distribution.use_cases.ports import Ports


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Whom IMDi takes back. ``persons``: by running number; None: the list."""

    word: Word
    reason: WithdrawalReason
    persons: Sequence[int] | None = None


async def withdraw(
    withdrawal: Withdraw,
    ports: Ports,
    *,
    received_at: datetime,
) -> None:
    """Take them back, or send the withdrawal back; what is withdrawn already stays as it is."""

    def decide(current: DistributionList) -> Decided | list[Problem]:
        if withdrawal.persons is None:
            return withdraw_list(current, withdrawal.reason, at=received_at)
        return withdraw_persons(current, withdrawal.persons, withdrawal.reason, at=received_at)

    await heed(withdrawal.word, ports, decide, received_at=received_at)
