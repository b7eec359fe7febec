"""Households: answered as a whole, unless somebody says that splitting one is meant, and why (domain §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.distribution.domain.codes import SplitReason
from services.distribution.domain.persons import Person


@dataclass(frozen=True, slots=True)
class Split:
    """What is said of a household that is answered in parts; in a draft the confirmation or the reason may lack.

    version: the list's at which this last changed; says nothing of what it is.
    """

    household: int
    confirmed: bool = True
    reason: SplitReason | None = None
    reason_text: str | None = None
    version: int = field(default=0, compare=False)

    @property
    def says_something(self) -> bool:
        """Whether anything is said: what was taken back again stays as nothing said, at its version."""
        return self.confirmed or self.reason is not None or bool(self.reason_text)

    @property
    def is_complete(self) -> bool:
        """Whether it may be approved: confirmed, with a reason, and with words where that is ``other``."""
        if not self.confirmed:
            return False
        if self.reason is SplitReason.OTHER:
            return bool((self.reason_text or "").strip())
        return self.reason is not None


def split_households(persons: Iterable[Person]) -> tuple[int, ...]:
    """Tell which households these decisions split. Whom IMDi has taken back belongs to none any more."""
    answers: dict[int, set[bool]] = {}
    for person in persons:
        if person.withdrawn is None:
            answers.setdefault(person.household, set()).add(person.decision.accept)
    return tuple(sorted(household for household, given in answers.items() if len(given) > 1))


def unknown_or_twice(splits: Sequence[Split], persons: Iterable[Person]) -> tuple[int, ...]:
    """Tell of which households ``splits`` speaks though the list has none such, or more than once."""
    times = Counter(split.household for split in splits)
    known = {person.household for person in persons}
    return tuple(sorted(household for household, count in times.items() if count > 1 or household not in known))


def unconfirmed(splits: Sequence[Split], persons: Iterable[Person]) -> tuple[int, ...]:
    """Tell which households these decisions split without its being said that this is meant, and why."""
    said = {split.household for split in splits if split.is_complete}
    return tuple(household for household in split_households(persons) if household not in said)


def of_split_ones(splits: Sequence[Split], persons: Iterable[Person]) -> tuple[Split, ...]:
    """Keep what is said of households that are split, in their order: a form may hold more."""
    wanted = set(split_households(persons))
    return tuple(sorted((one for one in splits if one.household in wanted), key=lambda split: split.household))
