"""What a package holds, as the archive is to know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from contracts.codes import LetterKind
from contracts.letters.v1 import LetterState
from gateway.readmodel.one_list import OneList

IMDI = "Integrerings- og mangfoldsdirektoratet"
_NAMES = {
    LetterKind.ANSWER: ("svar", "Svar på fordelingsliste"),
    LetterKind.PLACEMENT_DECISION: ("vedtak-om-bosetting", "Vedtak om bosetting"),
    LetterKind.CORRECTED_DECISION: ("endret-vedtak", "Endret vedtak om bosetting"),
    LetterKind.WITHDRAWAL: ("melding-om-trekk", "Melding om trekk"),
    LetterKind.LETTER_TO_PERSON: ("brev-til-person", "Brev til person"),
    LetterKind.REQUEST: ("anmodning", "Anmodning om bosetting"),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One document. ``file``: its path in the package. ``title`` names nobody: journals are public."""

    letter_id: str
    file: str
    title: str
    dated: date
    made_at: datetime
    sha256: str
    sender: str
    receiver: str
    outgoing: bool
    copy_to_municipality: bool


def papers_of(found: OneList, municipality: str) -> list[Paper]:
    """List what the list's package holds, in its order. ``municipality``: its name, with "kommune"."""
    return [_paper(number, one, municipality) for number, one in enumerate(found.papers, start=1)]


def _paper(number: int, letter: LetterState, municipality: str) -> Paper:
    assert letter.document is not None, "papers are made"
    short, title = _NAMES[letter.kind]
    whose = f" {letter.running_number}" if letter.running_number else ""
    to_person, answer = letter.kind is LetterKind.LETTER_TO_PERSON, letter.kind is LetterKind.ANSWER
    about = letter.list_id if answer else f"({letter.list_id})"
    receiver = f"Person{whose} på fordelingsliste {letter.list_id}" if to_person else municipality
    return Paper(
        letter_id=letter.letter_id,
        file=f"dokumenter/{number:03}-{short}{whose.replace(' ', '-')}.pdf",
        title=f"{title}{whose} {about}",
        dated=letter.dated or letter.planned_at.date(),
        made_at=letter.document.created_at,
        sha256=letter.document.sha256,
        sender=municipality if answer else IMDI,
        receiver=IMDI if answer else receiver,
        outgoing=answer,
        copy_to_municipality=to_person,
    )
