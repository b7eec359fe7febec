"""The answering form: what it holds, how it is read back, and what is wrong with it before it may be approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self
from uuid import UUID, uuid4

from contracts.codes import DeclineReason, PlaceKind
from contracts.distribution.v1 import Decision, DraftDecision, PersonState
from gateway.language import _
from gateway.readmodel.one_list import OneList

LONGEST = 10_000
"""Characters of a free text: the contract's limit."""

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
class FormError:
    """One thing to mend. ``field``: the id of the input that the error summary points at."""

    field: str
    text: str


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
            reason_text=self.reason_text or None,
        )


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The form as it stands. ``form_id`` is made when it is rendered; ``version``: of the list it was filled from.

    gone: what was typed about persons whom IMDi has taken back since; kept to be read, and sent nowhere.
    """

    form_id: str
    version: int
    marks: Mapping[int, Mark]
    message: str = ""
    gone: Mapping[int, Mark] = field(default_factory=dict)

    @classmethod
    def of(cls, found: OneList) -> Self:
        """Give the form as the list has it: everyone is marked until somebody has unmarked them."""
        return cls(
            form_id=str(uuid4()),
            version=found.version,
            marks={person.running_number: _mark(person) for person in found.present},
            message=found.state.message,
        )

    @classmethod
    def parse(cls, data: Mapping[str, Any], persons: Iterable[PersonState]) -> Self:
        """Read what a browser sent. A field that is missing or odd becomes empty, and is then asked for."""
        marks, gone = {}, {}
        for one in persons:
            number = one.running_number
            if one.withdrawn is None:
                marks[number] = _typed(data, number)
            elif f"grunn-{number}" in data:
                gone[number] = _typed(data, number)
        return cls(form_id_of(data), version_of(data), marks, typed_text(data.get(MESSAGE)), gone)

    @classmethod
    def kept(cls, stored: Mapping[str, Any], form_id: str | None = None) -> Self:
        """Restore a form from what ``as_stored`` made; without its id under a new one, to be a new command."""
        return cls(
            form_id=form_id or str(uuid4()),
            version=int(stored["version"]),
            marks={mark["running_number"]: Mark(**mark) for mark in stored["marks"]},
            message=stored["message"],
            gone={mark["running_number"]: Mark(**mark) for mark in stored.get("gone", ())},
        )

    def as_stored(self) -> dict[str, Any]:
        """Give the form as JSON, to be kept until its outcome is known."""
        return {
            "version": self.version,
            "marks": [asdict(mark) for mark in self.marks.values()],
            "message": self.message,
            "gone": [asdict(mark) for mark in self.gone.values()],
        }

    def on(self, found: OneList) -> AnswerForm:
        """Give the same answers to the list as it stands, as a new form; of who is withdrawn by now, to be read."""
        still_here = self.for_present(found)
        return replace(still_here, form_id=str(uuid4()), version=found.version)

    def for_present(self, found: OneList) -> AnswerForm:
        """Give the same form with what it says of persons withdrawn by now set apart."""
        gone = {number: mark for number, mark in self.marks.items() if number in found.withdrawn}
        marks = {number: mark for number, mark in self.marks.items() if number not in gone}
        return replace(self, marks=marks, gone={**gone, **self.gone})

    @property
    def drafts(self) -> list[DraftDecision]:
        """The decisions as they stand, reasons perhaps missing."""
        return [mark.decision for mark in self.marks.values()]

    @property
    def decisions(self) -> list[Decision]:
        """The decisions to approve. Only of a form without errors."""
        return [Decision.model_validate(draft.model_dump()) for draft in self.drafts]

    def accepted(self, kind: PlaceKind, persons: Iterable[PersonState]) -> int:
        """How many persons with such a place are marked."""
        marked = {number for number, mark in self.marks.items() if mark.accept}
        return sum(one.place_kind is kind and one.running_number in marked for one in persons)

    def errors(self, *, approving: bool) -> list[FormError]:
        """Tell what must be mended, in the order of the page; a draft may lack reasons (domain §4)."""
        found = [error for mark in self.marks.values() for error in _mark_errors(mark, approving=approving)]
        return [*found, *text_errors(MESSAGE, _("Beskjed til IMDi"), self.message)]


def _typed(data: Mapping[str, Any], number: int) -> Mark:
    return Mark(
        running_number=number,
        accept=f"bosett-{number}" in data,
        reason=typed_text(data.get(f"grunn-{number}")),
        reason_text=typed_text(data.get(f"tekst-{number}")),
    )


def _mark(person: PersonState) -> Mark:
    decision = person.decision
    return Mark(
        running_number=person.running_number,
        accept=decision.accept,
        reason=decision.reason.value if decision.reason else "",
        reason_text=decision.reason_text or "",
    )


def _mark_errors(mark: Mark, *, approving: bool) -> Iterable[FormError]:
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


def text_errors(field: str, name: str, text: str) -> Iterable[FormError]:
    """Tell why a text cannot be sent: its length, or a character that cannot be kept."""
    if len(text) > LONGEST:
        yield FormError(
            field,
            _("%(name)s er for lang: %(length)s tegn. Den kan ha høyst 10 000.") % {"name": name, "length": len(text)},
        )
    if "\x00" in text:
        yield FormError(field, _("%(name)s har et tegn som ikke kan lagres. Skriv teksten på nytt.") % {"name": name})


def typed_text(value: object) -> str:
    """Make a text as typed; a browser sends a line break as two characters."""
    return str(value or "").replace("\r\n", "\n").strip()


def form_id_of(data: Mapping[str, Any]) -> str:
    """Read the form's id; without one it gets a new one, and is a command of its own."""
    try:
        return str(UUID(str(data.get("skjema"))))
    except ValueError:
        return str(uuid4())


def version_of(data: Mapping[str, Any]) -> int:
    """Read which version of the list a form was filled from; what is odd becomes 0.

    That is a version nobody has: the owner refuses it, and nothing is overwritten.
    """
    text = str(data.get("versjon") or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0  # noqa: PLR2004
