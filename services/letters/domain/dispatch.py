"""A letter's way to its receiver, once it is made: handed over once, then followed until its last status."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.letters.domain.codes import DispatchFailure, DispatchStatus

_IN_VAIN = frozenset({DispatchStatus.REJECTED, DispatchStatus.NOT_DELIVERED, DispatchStatus.HANDLED_MANUALLY})


@dataclass(frozen=True, slots=True)
class DispatchStep:
    """One status and since when, by the clock of who delivers."""

    status: DispatchStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class Dispatch:
    """How far a letter has come.

    reference, handed_over_at: the id it has at who delivers it, and when that was given; None where ``failure``
    says why it was not handed over.
    history: oldest first.
    """

    reference: str | None = None
    handed_over_at: datetime | None = None
    history: tuple[DispatchStep, ...] = ()
    failure: DispatchFailure | None = None

    @property
    def status(self) -> DispatchStatus | None:
        """The last status; None until one is known."""
        return self.history[-1].status if self.history else None

    @property
    def in_vain(self) -> bool:
        """Whether it is over and nobody has got the letter. Who was withdrawn is not to get it."""
        return self.failure is DispatchFailure.REFUSED or self.status in _IN_VAIN

    def after(self, step: DispatchStep) -> Dispatch | None:
        """Take a status in; None where it tells nothing new: known, older than the last, or after the final one."""
        if self.history:
            last = self.history[-1]
            if step.status is last.status or step.at < last.at or last.status.final:
                return None
        return replace(self, history=(*self.history, step))
