"""A letter's way to its receiver, once it is made: handed over once, then followed until its last status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.letters.domain.codes import DispatchFailure, DispatchStatus

_S = DispatchStatus
_FIRST = {_S.RECEIVED, _S.ACCEPTED}
_ONWARD = frozenset({_S.NOTIFIED, _S.READY_FOR_COLLECTION, _S.SENT_TO_MAILBOX, _S.SENT_TO_PRINT, _S.SENT_DIGITALLY})
_ENDED = frozenset({_S.REJECTED, _S.HANDLED_MANUALLY, _S.NOT_DELIVERED})
# What may follow a status with nothing between them. Of all else there may have been more than was seen.
_NEXT: Mapping[DispatchStatus | None, frozenset[DispatchStatus]] = {
    None: frozenset({_S.RECEIVED, _S.ACCEPTED, _S.REJECTED}),  # that it came in is known
    _S.RECEIVED: frozenset({_S.ACCEPTED, _S.REJECTED}),
    _S.ACCEPTED: _ONWARD | _ENDED,
    _S.NOTIFIED: frozenset({_S.READ, _S.SENT_TO_PRINT, _S.SENT_DIGITALLY}) | _ENDED,
    _S.READY_FOR_COLLECTION: frozenset({_S.READ}) | _ENDED,
    _S.SENT_DIGITALLY: frozenset({_S.READ}) | _ENDED,
    _S.SENT_TO_MAILBOX: frozenset({_S.DELIVERED_TO_MAILBOX}) | _ENDED,
    _S.SENT_TO_PRINT: frozenset({_S.PRINTED}) | _ENDED,
}
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

    def may_have_missed(self, step: DispatchStep) -> bool:
        """Tell whether there was, or may have been, a status between the last one and this."""
        return self.after(step) is not None and step.status not in _NEXT.get(self.status, frozenset())

    def between(self, told: Iterable[DispatchStep], step: DispatchStep) -> list[DispatchStep]:
        """Choose of what is told of the letter what came between the last status and this one, in the order of time.

        What ends a letter's way is not among it: nothing comes after that. Nor what comes first, once more is known.
        """
        known = {each.status for each in self.history} | {step.status}
        known |= _FIRST if self.history else set()
        since = self.history[-1].at if self.history else datetime.min.replace(tzinfo=UTC)
        found: dict[DispatchStatus, DispatchStep] = {}
        for each in sorted(told, key=lambda one: one.at):
            if each.status not in known and not each.status.final and since <= each.at <= step.at:
                found.setdefault(each.status, each)
        return list(found.values())

    def after(self, step: DispatchStep) -> Dispatch | None:
        """Take a status in; None where it tells nothing new: known, older than the last, or after the final one."""
        if self.history:
            last = self.history[-1]
            if step.status is last.status or step.at < last.at or last.status.final:
                return None
        return replace(self, history=(*self.history, step))
