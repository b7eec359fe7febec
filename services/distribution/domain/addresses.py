"""IMDi corrects where a person lives: a letter came back, or an office mistyped.

Who lives where is kept apart from the list, as all that tells who a person is: a rule here sees one address at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.distribution.domain.codes import PersonStatus
from services.distribution.domain.events import AddressCorrected
from services.distribution.domain.lists import Decided, DistributionList, by_imdi
from services.distribution.domain.persons import Address
from services.distribution.domain.problems import Problem


@dataclass(frozen=True, slots=True)
class Residence:
    """Where a person lives by now. ``corrections``: ids of those that were heeded; a repeat takes nothing back."""

    address: Address = field(repr=False)
    corrections: tuple[str, ...] = ()


def correct_address(
    current: DistributionList, running_number: int, address: Address, known: Residence | None, *, at: datetime
) -> Decided | list[Problem]:
    """Have the person live there, while it is asked for, placed or moved in; the same again changes nothing.

    known: where it lives as far as is known; None of nobody, or of somebody erased.
    """
    if problems := list(_problems(current, running_number)):
        return problems
    assert known is not None, "of everybody on a list who is not erased it is known"
    if known.address == address:
        return current, ()
    events = (AddressCorrected(current.version + 1, running_number, address),)
    return current.after(events, changed=by_imdi(at)), events


def _problems(current: DistributionList, running_number: int) -> Iterator[Problem]:
    path, person = "running_number", current.person(running_number)
    if person is None:
        yield Problem(path, "unknown-person", "The list has no person with this running number.")
    elif person.erased is not None:
        yield Problem(path, "person-erased", "What was known of this person has been erased.")
    elif person.withdrawn is not None:
        yield Problem(path, "person-withdrawn", "This person has been withdrawn.")
    elif person.status is PersonStatus.DECLINED:
        yield Problem(path, "person-declined", "The municipality has declined this person.")
