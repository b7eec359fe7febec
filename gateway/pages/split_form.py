"""What the answering form says of households that it splits: the confirmation, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.codes import SplitReason
from contracts.distribution.households import DraftSplit
from contracts.distribution.v1 import PersonState
from gateway.language import _
from gateway.pages.form_fields import FormError, chosen, storable, text_errors, typed_text


@dataclass(frozen=True, slots=True)
class SplitMark:
    """What the form says of one household; kept while it is whole again."""

    household: int
    confirmed: bool = False
    reason: str = ""
    reason_text: str = ""

    @property
    def draft(self) -> DraftSplit:
        """As it is sent; an unknown reason counts as none."""
        known = self.reason in set(SplitReason)
        return DraftSplit(
            household=self.household,
            confirmed=self.confirmed,
            reason=SplitReason(self.reason) if known else None,
            reason_text=storable(self.reason_text),
        )

    @property
    def says_something(self) -> bool:
        """Whether anything has been filled in."""
        return self.confirmed or bool(self.reason or self.reason_text)

    def errors(self, *, split: bool, approving: bool) -> Iterable[FormError]:
        """Tell what must be mended. ``split``: whether the marks split the household now."""
        who = {"number": self.household}
        if approving and split:
            reason = self.draft.reason
            if not self.confirmed:
                yield FormError(
                    f"deling-{self.household}",
                    _("Husstand %(number)s: bekreft at dere mener å dele husstanden, eller svar likt for alle") % who,
                )
            if reason is None:
                yield FormError(
                    f"delgrunn-{self.household}", _("Husstand %(number)s: velg hvorfor dere deler husstanden") % who
                )
            elif reason is SplitReason.OTHER and not self.reason_text.strip():
                yield FormError(
                    f"deltekst-{self.household}",
                    _("Husstand %(number)s: skriv hvorfor dere deler husstanden, siden dere har valgt «Annet»") % who,
                )
        name = _("Husstand %(number)s: begrunnelsen for å dele den") % who
        yield from text_errors(f"deltekst-{self.household}", name, self.reason_text)


def shared(persons: Iterable[PersonState]) -> list[int]:
    """Tell the households of several persons whom IMDi has not taken back: those that can be split."""
    sizes: dict[int, int] = {}
    for person in persons:
        if person.withdrawn is None:
            sizes[person.household] = sizes.get(person.household, 0) + 1
    return [household for household, size in sizes.items() if size > 1]


def kept(drafts: Iterable[DraftSplit], persons: Iterable[PersonState]) -> dict[int, SplitMark]:
    """Give what the list has of each household that can be split."""
    said = {draft.household: draft for draft in drafts}
    return {
        household: _mark(said[household]) if household in said else SplitMark(household)
        for household in shared(persons)
    }


def parse(data: Mapping[str, Any], persons: Iterable[PersonState]) -> dict[int, SplitMark]:
    """Read what a browser sent."""
    return {
        household: SplitMark(
            household,
            confirmed=f"deling-{household}" in data,
            reason=chosen(data.get(f"delgrunn-{household}"), frozenset(SplitReason)),
            reason_text=typed_text(data.get(f"deltekst-{household}")),
        )
        for household in shared(persons)
    }


def _mark(draft: DraftSplit) -> SplitMark:
    reason = draft.reason.value if draft.reason else ""
    return SplitMark(draft.household, draft.confirmed, reason, typed_text(draft.reason_text))
