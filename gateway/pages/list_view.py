"""What the pages of one list show, worked out from the list and the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from contracts.codes import DispatchStatus, Need, PersonStatus, PlaceKind
from contracts.distribution.households import DraftSplit
from contracts.distribution.v1 import ListState, PersonState
from contracts.letters.v1 import Dispatch
from gateway.language import _
from gateway.pages.answer_form import AnswerForm
from gateway.pages.format import day
from gateway.pages.housing_fit import Fit, fits, needs_of
from gateway.pages.person_form import Mark
from gateway.pages.split_form import SplitMark
from gateway.readmodel.one_list import OneList
from gateway.readmodel.places import AnsweredPlaces, answered_places


@dataclass(frozen=True, slots=True)
class Household:
    """Persons who belong together. ``split``: what has been said of answering it in parts, where it is."""

    number: int
    persons: tuple[PersonState, ...]
    split: DraftSplit | None = None

    @property
    def present(self) -> tuple[PersonState, ...]:
        """Those whom IMDi has not taken back."""
        return tuple(person for person in self.persons if person.withdrawn is None)


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the timeline. ``by``: the caseworker, where a person did it."""

    at: datetime | date
    text: str
    by: str | None = None


def households(found: OneList) -> list[Household]:
    """Give the list's persons by household, in their order."""
    said = {split.household: split for split in found.state.splits}
    split = AnswerForm.of(found).split_households(found.persons)
    grouped = groupby(found.persons, key=lambda person: person.household)
    return [
        Household(number, tuple(persons), said.get(number) if number in split else None) for number, persons in grouped
    ]


def homes(found: OneList, today: date) -> list[tuple[Household, list[Need], list[Fit]]]:
    """Give each household that is not withdrawn with the needs a home must meet, and the reported homes that fit."""
    shown = []
    for one in households(found):
        present = tuple(person for person in one.persons if person.withdrawn is None)
        if present:
            shown.append((Household(one.number, present), needs_of(present), fits(present, found.homes, today)))
    return shown


def places(found: OneList, form: AnswerForm) -> list[AnsweredPlaces]:
    """Tell what the marks do to each kind of place. Kinds that neither the list nor the agreement has are left out."""
    all_kinds = [
        answered_places(
            found.year,
            kind,
            on_list=found.count(kind),
            accepted=form.accepted(kind, found.present),
            counted=found.counted,
        )
        for kind in PlaceKind
    ]
    return [one for one in all_kinds if one.on_list or one.sums.agreed or one.kind is PlaceKind.ORDINARY]


def differences(found: OneList, form: AnswerForm) -> Mapping[int, Mark]:
    """Per person, what is kept now where the form says otherwise: shown beside it when somebody else was faster."""
    saved = AnswerForm.of(found).marks
    return {
        number: saved[number]
        for number, mark in form.marks.items()
        if number in saved and mark.decision != saved[number].decision
    }


def split_differences(found: OneList, form: AnswerForm) -> Mapping[int, SplitMark]:
    """Per household, what is kept now of its splitting where the form says otherwise."""
    saved = AnswerForm.of(found).splits
    return {
        household: saved[household]
        for household, mark in form.splits.items()
        if household in saved and mark.draft != saved[household].draft
    }


IMDI = "imdi"
"""Who changed a list, where IMDi did."""

ARRIVED = frozenset({DispatchStatus.READ, DispatchStatus.PRINTED, DispatchStatus.DELIVERED_TO_MAILBOX})


def _arrived(dispatch: Dispatch) -> bool:
    return dispatch.status in ARRIVED


def timeline(found: OneList) -> list[Step]:
    """Tell what has happened with the list, oldest first: each step can only follow those before it."""
    return list(_steps(found))


def _steps(found: OneList) -> Iterator[Step]:
    steps = list(_until_answered(found.state))
    for moved in found.state.extensions:
        days = {"before": day(moved.before), "deadline": day(moved.deadline)}
        text = _("IMDi utsatte svarfristen fra %(before)s til %(deadline)s") % days
        later = (index for index, step in enumerate(steps) if step.at > moved.at)
        steps.insert(next(later, len(steps)), Step(moved.at, text))
    yield from steps
    for placed_on in sorted({one.placed_on for one in found.persons if one.placed_on}):
        yield Step(placed_on, _("Personene er søkt ut til kommunen"))
    letters = found.correspondence
    made = [letter.document.created_at for letter in letters if letter.document]
    there_were = [letter for letter in letters if letter.document or letter.erased_at]
    if made:
        yield Step(max(made), _("Brev er laget"))
    sent = [at for letter in letters if letter.dispatch and (at := letter.dispatch.handed_over_at)]
    if sent:
        yield Step(max(sent), _("Brev er sendt") if len(sent) == len(there_were) else _("Noen av brevene er sendt"))
    if sent and all(letter.dispatch and _arrived(letter.dispatch) for letter in there_were):
        last = max(letter.dispatch.history[-1].at for letter in letters if letter.dispatch)
        yield Step(last, _("Alle brev er lest eller sendt på papir"))
    settled = {
        one.settlement_date for one in found.persons if one.status is PersonStatus.SETTLED and one.settlement_date
    }
    for settlement_date in sorted(settled):
        yield Step(settlement_date, _("Bosatt i kommunen"))
    yield from _withdrawals(found)


def _until_answered(state: ListState) -> Iterator[Step]:
    yield Step(state.received_at, _("Mottatt fra IMDi"))
    by_imdi = state.changed is not None and state.changed.user_id == IMDI
    if state.changed and not by_imdi and state.changed != state.approved and state.answered is None:
        yield Step(state.changed.at, _("Sist lagret under behandling"), state.changed.display_name)
    if state.approved:
        yield Step(state.approved.at, _("Godkjent i kommunen"), state.approved.display_name)
    if state.answered:
        late = _("Svar sendt til IMDi, etter fristen") if state.late else _("Svar sendt til IMDi")
        yield Step(state.answered.at, late, state.answered.display_name)


def _withdrawals(found: OneList) -> Iterator[Step]:
    whole = found.state.withdrawn
    moments: dict[datetime, list[str]] = {}
    for person in found.persons:
        if person.withdrawn and (whole is None or person.withdrawn.at != whole.at):
            moments.setdefault(person.withdrawn.at, []).append(str(person.running_number))
    for at, numbers in sorted(moments.items()):
        yield Step(at, _("IMDi trakk person %(numbers)s") % {"numbers": ", ".join(numbers)})
    if whole:
        yield Step(whole.at, _("IMDi trakk listen"))
    if found.state.offered_again_at:
        yield Step(found.state.offered_again_at, _("Tilbudt på nytt av IMDi"))
