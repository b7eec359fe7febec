"""Who has done what with a list, in words; and what colleagues did while somebody worked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from contracts.distribution.history import ChangedDecision, ListChangeState
from gateway.language import _
from gateway.pages.format import moment
from gateway.pages.labels import label, lower_first
from gateway.readmodel.one_list import OneList


@dataclass(frozen=True, slots=True)
class Done:
    """One step of the municipality's: who, when, what, and what became otherwise."""

    at: datetime
    by: str
    what: str
    details: tuple[str, ...]


def of(found: OneList) -> list[Done]:
    """Tell who has done what, the latest first."""
    return [_done(change) for change in reversed(found.changes)]


def meanwhile(found: OneList, user_id: str, since: int) -> list[Done]:
    """Tell what others have saved since a version that this user looked at; nothing where there was none."""
    if since == 0:
        return []
    return [_done(one) for one in found.changes if one.version > since and one.by.user_id != user_id]


def who_last(found: OneList, person: int | None = None, household: int | None = None) -> str:
    """Tell who last changed a person, a household or (neither) the message, and when; empty where nobody has."""
    for change in reversed(found.changes):
        if _touches(change, person, household):
            return _("%(who)s %(when)s") % {"who": change.by.display_name, "when": moment(change.by.at)}
    return ""


def _touches(change: ListChangeState, person: int | None, household: int | None) -> bool:
    if person is not None:
        return any(one.running_number == person for one in change.decisions)
    if household is not None:
        return household in change.households
    return change.message


def _done(change: ListChangeState) -> Done:
    return Done(change.by.at, change.by.display_name, label(change.kind), tuple(_details(change)))


def _details(change: ListChangeState) -> Iterator[str]:
    for one in change.decisions:
        yield _decision(one)
    for household in change.households:
        yield _("Husstand %(number)s: deling av husstanden") % {"number": household}
    if change.message:
        yield _("Beskjeden til IMDi")


def _decision(one: ChangedDecision) -> str:
    if one.accept:
        return _("Person %(number)s: bosettes") % {"number": one.running_number}
    if one.reason is None:
        return _("Person %(number)s: bosettes ikke, uten begrunnelse ennå") % {"number": one.running_number}
    words = {"number": one.running_number, "reason": lower_first(label(one.reason))}
    return _("Person %(number)s: bosettes ikke – %(reason)s") % words
