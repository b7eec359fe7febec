"""What the answering form says of each person: the mark, and why where it is off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.codes import DeclineReason
from contracts.distribution.v1 import DraftDecision, PersonState
from gateway.language import _
from gateway.pages.form_fields import FormError, chosen, storable, text_errors, typed_text

REASONS = frozenset(DeclineReason)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the form says of one person. A reason that was typed is kept while the person is marked again."""

    running_number: int
    accept: bool
    reason: str = ""
    reason_text: str = ""

    @property
    def decision(self) -> DraftDecision:
        """As a draft; an unknown reason counts as none."""
        if self.accept:
            return DraftDecision(running_number=self.running_number, accept=True)
        known = self.reason in set(DeclineReason)
        return DraftDecision(
            running_number=self.running_number,
            accept=False,
            reason=DeclineReason(self.reason) if known else None,
            reason_text=storable(self.reason_text),
        )


def typed(data: Mapping[str, Any], number: int) -> Mark:
    """Read what a browser sent of a person."""
    return Mark(
        running_number=number,
        accept=f"bosett-{number}" in data,
        reason=chosen(data.get(f"grunn-{number}"), REASONS),
        reason_text=typed_text(data.get(f"tekst-{number}")),
    )


def kept(person: PersonState) -> Mark:
    """Give what the list has of a person."""
    decision = person.decision
    return Mark(
        running_number=person.running_number,
        accept=decision.accept,
        reason=decision.reason.value if decision.reason else "",
        reason_text=typed_text(decision.reason_text),
    )


def errors(mark: Mark, *, approving: bool) -> Iterable[FormError]:
    """Tell what must be mended, at the fields where it belongs."""
    if mark.accept:
        return
    who = {"number": mark.running_number}
    reason = mark.decision.reason
    if approving and reason is None:
        yield FormError(
            f"grunn-{mark.running_number}", _("Person %(number)s: velg hvorfor dere ikke kan bosette personen") % who
        )
    if approving and reason is DeclineReason.OTHER and not mark.reason_text.strip():
        yield FormError(
            f"tekst-{mark.running_number}",
            _("Person %(number)s: skriv begrunnelsen, siden dere har valgt «Annet»") % who,
        )
    yield from text_errors(f"tekst-{mark.running_number}", _("Person %(number)s: begrunnelsen") % who, mark.reason_text)


def one_reason(marks: Sequence[Mark]) -> tuple[str, str]:
    """Give the reason and text that answer for all of a household; empty where somebody is marked or they differ."""
    said = {(mark.reason, mark.reason_text) for mark in marks}
    if len(said) != 1 or any(mark.accept for mark in marks):
        return "", ""
    [(reason, text)] = said
    return (reason, text) if reason else ("", "")


def with_household_reasons(
    data: Mapping[str, Any], marks: Mapping[int, Mark], persons: Iterable[PersonState]
) -> dict[int, Mark]:
    """Give those without a reason of their own the household's, where nobody of it is marked.

    Who has the reason that answered for all when the page was written has none of their own: it changes with it.
    """
    filled = dict(marks)
    members: dict[int, list[Mark]] = {}
    for one in persons:
        if one.running_number in marks:
            members.setdefault(one.household, []).append(marks[one.running_number])
    for household, its in members.items():
        reason = chosen(data.get(f"husgrunn-{household}"), REASONS)
        if reason and not any(mark.accept for mark in its):
            text = typed_text(data.get(f"hustekst-{household}"))
            before = tuple(typed_text(data.get(f"{name}-{household}")) for name in ("forgrunn", "fortekst"))
            for mark in its:
                if (mark.reason, mark.reason_text) == before and mark.reason:
                    filled[mark.running_number] = replace(mark, reason=reason, reason_text=text)
                elif not mark.reason:
                    filled[mark.running_number] = replace(mark, reason=reason, reason_text=mark.reason_text or text)
    return filled
