"""What is handed over to be sent: to whom, under which title, and with how much care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.letters.domain.codes import DispatchFailure, Kind, Language
from services.letters.domain.content import Folder, Municipality
from services.letters.domain.letter import Letter


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets a letter.

    digital_id: organisation number or identity number, where there is one.
    address_lines, postal_code, city: where paper goes; empty where there is only a digital way.
    """

    name: str
    digital_id: str | None
    address_lines: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""

    @property
    def digital_only(self) -> bool:
        """Whether it cannot be sent as paper."""
        return not self.postal_code


@dataclass(frozen=True, slots=True)
class Consignment:
    """A letter to be sent. ``title`` is seen before anybody has logged in, so it names nobody.

    sent_as: our name for this attempt; it is found by it.
    high_security: opened only after a login of the highest level.
    confidential: whether it tells of persons.
    """

    sent_as: str
    list_id: str
    title: str
    document_type: str
    file_name: str
    receiver: Receiver
    high_security: bool
    confidential: bool = True


class Outdated(Enum):
    """Why a letter is not sent as it is, though it will be."""

    NAMES_WITHDRAWN = "names withdrawn"
    """Somebody whom it names was withdrawn; others were not."""
    SHOWS_FORMER_ADDRESS = "shows a former address"
    """Where its receiver lives was corrected after it was made."""


_TITLES: Mapping[tuple[Kind, Language], str] = {
    (Kind.PLACEMENT_DECISION, Language.BOKMAAL): "Vedtak om bosetting",
    (Kind.PLACEMENT_DECISION, Language.NYNORSK): "Vedtak om busetjing",
    (Kind.LETTER_TO_PERSON, Language.BOKMAAL): "Brev om bosetting",
    (Kind.LETTER_TO_PERSON, Language.NYNORSK): "Brev om busetjing",
    (Kind.REQUEST, Language.BOKMAAL): "Anmodning om bosetting",
    (Kind.REQUEST, Language.NYNORSK): "Oppmoding om busetjing",
    (Kind.WITHDRAWAL, Language.BOKMAAL): "Melding om trekk",
    (Kind.WITHDRAWAL, Language.NYNORSK): "Melding om trekk",
    (Kind.CORRECTED_DECISION, Language.BOKMAAL): "Endret vedtak om bosetting",
    (Kind.CORRECTED_DECISION, Language.NYNORSK): "Endra vedtak om busetjing",
}


def consign(
    letter: Letter, municipality: Municipality, open_folders: Mapping[int, Folder]
) -> Consignment | DispatchFailure | Outdated:
    """Address a letter that is made. Of a person whose folder is closed (withdrawn) nobody is written to."""
    assert letter.language is not None, "a letter that is made has a language"
    if letter.kind.names_persons:
        if not open_folders:
            return DispatchFailure.FOLDER_CLOSED
        if open_folders.keys() != set(letter.persons):
            return Outdated.NAMES_WITHDRAWN
    if letter.kind is Kind.LETTER_TO_PERSON and _shows_former_address(letter, open_folders[letter.persons[0]]):
        return Outdated.SHOWS_FORMER_ADDRESS
    title = _TITLES[letter.kind, letter.language]
    to_person = letter.kind is Kind.LETTER_TO_PERSON
    return Consignment(
        sent_as=letter.sent_as,
        list_id=letter.list_id,
        # The list's number tells a municipality which of its cases it is, and a person nothing.
        title=title if to_person else f"{title}, {letter.list_id}",
        document_type=title,
        file_name=f"{title.lower().replace(' ', '-')}.pdf",
        receiver=_receiver(letter, municipality, open_folders),
        high_security=to_person,
        confidential=letter.kind is not Kind.REQUEST,
    )


def _shows_former_address(letter: Letter, folder: Folder) -> bool:
    return letter.document is not None and letter.document.address_version != folder.address_version


def _receiver(letter: Letter, municipality: Municipality, open_folders: Mapping[int, Folder]) -> Receiver:
    if letter.kind is not Kind.LETTER_TO_PERSON:
        return Receiver(f"{municipality.name} kommune", municipality.organisation_number)
    folder = open_folders[letter.persons[0]]
    return Receiver(folder.name, folder.identity_number, folder.address_lines, folder.postal_code, folder.city)
