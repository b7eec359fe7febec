"""The answering form: what it holds, how it is read back, and what is wrong with it before it may be approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self
from uuid import UUID, uuid4

from contracts.codes import PlaceKind
from contracts.distribution.households import DraftSplit, Split
from contracts.distribution.v1 import Decision, DraftDecision, PersonState, Touched
from gateway.language import _
from gateway.pages import person_form, seen, split_form
from gateway.pages.form_fields import FormError, text_errors, typed_text
from gateway.pages.person_form import Mark
from gateway.pages.seen import Seen
from gateway.pages.split_form import SplitMark
from gateway.readmodel.one_list import OneList

MESSAGE = "beskjed"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What tells a form from another: made when it is rendered, for a ``version`` of the list.

    A form that is sent again on the same sheet is the same command; on a new one it is another.
    """

    form_id: str
    version: int

    @classmethod
    def new(cls, version: int) -> Self:
        """Give a sheet that nobody has sent."""
        return cls(str(uuid4()), version)


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The form as it stands. ``form_id`` is made when it is rendered; ``version``: of the list it was filled from.

    gone: what was typed about persons whom IMDi has taken back since; kept to be read, and sent nowhere.
    splits: by household, of each that can be split. seen: what the form showed when it was filled from the list.
    """

    form_id: str
    version: int
    marks: Mapping[int, Mark]
    message: str = ""
    gone: Mapping[int, Mark] = field(default_factory=dict)
    splits: Mapping[int, SplitMark] = field(default_factory=dict)
    seen: Seen = field(default_factory=dict)

    @classmethod
    def of(cls, found: OneList) -> Self:
        """Give the form as the list has it: everyone is marked until somebody has unmarked them."""
        form = cls(
            form_id=str(uuid4()),
            version=found.version,
            marks={person.running_number: person_form.kept(person) for person in found.present},
            message=typed_text(found.state.message),
            splits=split_form.kept(found.state.splits, found.persons),
        )
        return replace(form, seen=form.digests)

    @classmethod
    def parse(cls, data: Mapping[str, Any], persons: Sequence[PersonState]) -> Self:
        """Read what a browser sent. A field that is missing or odd becomes empty, and is then asked for."""
        marks, gone = {}, {}
        for one in persons:
            number = one.running_number
            if one.withdrawn is None:
                marks[number] = person_form.typed(data, number)
            elif f"grunn-{number}" in data:
                gone[number] = person_form.typed(data, number)
        return cls(
            form_id_of(data),
            version_of(data),
            person_form.with_household_reasons(data, marks, persons),
            typed_text(data.get(MESSAGE)),
            gone,
            split_form.parse(data, persons),
            seen.read(data.get(seen.FIELD)),
        )

    @classmethod
    def kept(cls, stored: Mapping[str, Any], form_id: str | None = None) -> Self:
        """Restore a form from what ``as_stored`` made; without its id under a new one, to be a new command."""
        return cls(
            form_id=form_id or str(uuid4()),
            version=int(stored["version"]),
            marks={mark["running_number"]: Mark(**mark) for mark in stored["marks"]},
            message=stored["message"],
            gone={mark["running_number"]: Mark(**mark) for mark in stored.get("gone", ())},
            splits={mark["household"]: SplitMark(**mark) for mark in stored.get("splits", ())},
            seen=stored.get("seen", {}),
        )

    def as_stored(self) -> dict[str, Any]:
        """Give the form as JSON, to be kept until its outcome is known."""
        return {
            "version": self.version,
            "marks": [asdict(mark) for mark in self.marks.values()],
            "message": self.message,
            "gone": [asdict(mark) for mark in self.gone.values()],
            "splits": [asdict(mark) for mark in self.splits.values()],
            "seen": dict(self.seen),
        }

    def on(self, found: OneList) -> AnswerForm:
        """Give the same answers to the list as it stands, as a new form; of who is withdrawn by now, to be read.

        What the user has not touched is as the list has it by now: a colleague's work, shown and kept.
        """
        mine, theirs = self.for_present(found), AnswerForm.of(found)
        if (touched := self.touched) is None:
            splits = mine.splits or theirs.splits
            return replace(theirs, marks=mine.marks, gone=mine.gone, message=mine.message, splits=splits)
        marks, splits = mine.marks, mine.splits
        return replace(
            theirs,
            marks={n: marks[n] if n in marks and n in touched.persons else mark for n, mark in theirs.marks.items()},
            gone=mine.gone,
            message=mine.message if touched.message else theirs.message,
            splits={
                n: splits[n] if n in splits and n in touched.households else mark for n, mark in theirs.splits.items()
            },
        )

    def for_present(self, found: OneList) -> AnswerForm:
        """Give the same form with what it says of persons withdrawn by now set apart."""
        gone = {number: mark for number, mark in self.marks.items() if number in found.withdrawn}
        marks = {number: mark for number, mark in self.marks.items() if number not in gone}
        return replace(self, marks=marks, gone={**gone, **self.gone})

    def with_household(self, household: int, persons: Iterable[PersonState]) -> AnswerForm:
        """Mark all of a household, or nobody where all are marked."""
        members = [
            one.running_number for one in persons if one.household == household and one.running_number in self.marks
        ]
        accept = not all(self.marks[number].accept for number in members)
        marks = {number: replace(self.marks[number], accept=accept) for number in members}
        return replace(self, marks={**self.marks, **marks})

    @property
    def drafts(self) -> list[DraftDecision]:
        """The decisions as they stand, reasons perhaps missing."""
        return [mark.decision for mark in self.marks.values()]

    @property
    def decisions(self) -> list[Decision]:
        """The decisions to approve. Only of a form without errors."""
        return [Decision.model_validate(draft.model_dump()) for draft in self.drafts]

    @property
    def draft_splits(self) -> list[DraftSplit]:
        """What is said of households as it stands; of one of which nothing is said any more, that."""
        cleared = set((self.touched or Touched()).households)
        return [mark.draft for mark in self.splits.values() if mark.says_something or mark.household in cleared]

    def approved_splits(self, persons: Iterable[PersonState]) -> list[Split]:
        """Give what is said of the households that the marks split. Only of a form without errors."""
        split = self.split_households(persons)
        return [Split.model_validate(self.splits[household].draft.model_dump()) for household in sorted(split)]

    @property
    def digests(self) -> Seen:
        """What the form shows now."""
        return seen.seen(self.drafts, (mark.draft for mark in self.splits.values()), self.message)

    @property
    def seen_field(self) -> str:
        """What the form showed when it was filled from the list, as its field carries it."""
        return seen.write(self.seen)

    @property
    def touched(self) -> Touched | None:
        """What the user has changed since; None where the form does not say, as one of an older release."""
        return seen.touched(self.seen, self.digests)

    def one_reason(self, persons: Iterable[PersonState]) -> tuple[str, str]:
        """Give the reason and its text that answer for all of a household; empty where there is none."""
        return person_form.one_reason([self.marks[n] for one in persons if (n := one.running_number) in self.marks])

    def split_households(self, persons: Iterable[PersonState]) -> set[int]:
        """Tell the households of which some are marked and others are not."""
        answers: dict[int, set[bool]] = {}
        for one in persons:
            if one.running_number in self.marks:
                answers.setdefault(one.household, set()).add(self.marks[one.running_number].accept)
        return {household for household, given in answers.items() if len(given) > 1}

    def accepted(self, kind: PlaceKind, persons: Iterable[PersonState]) -> int:
        """How many persons with such a place are marked."""
        marked = {number for number, mark in self.marks.items() if mark.accept}
        return sum(one.place_kind is kind and one.running_number in marked for one in persons)

    def errors(self, persons: Iterable[PersonState], *, approving: bool) -> list[FormError]:
        """Tell what must be mended, in the order of the page; a draft may lack reasons (domain §4)."""
        found: list[FormError] = []
        split, household = self.split_households(persons), None
        for one in persons:
            if one.household != household and (mark := self.splits.get(one.household)):
                found += mark.errors(split=one.household in split, approving=approving)
            household = one.household
            if one.running_number in self.marks:
                found += person_form.errors(self.marks[one.running_number], approving=approving)
        return [*found, *text_errors(MESSAGE, _("Beskjed til IMDi"), self.message)]


def form_id_of(data: Mapping[str, Any]) -> str:
    """Read the form's id; without one it gets a new one, and is a command of its own."""
    try:
        return str(UUID(str(data.get("skjema"))))
    except ValueError:
        return str(uuid4())


def version_of(data: Mapping[str, Any], field: str = "versjon") -> int:
    """Read which version of the list a form was filled from; what is odd becomes 0.

    That is a version nobody has: the owner refuses it, and nothing is overwritten.
    """
    text = str(data.get(field) or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0  # noqa: PLR2004
