"""What somebody types to find a list: a part of its number, or a person's DUF number, which never stands in an address.

A number that may be a person's is found by its digits alone, whichever way it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

LONGEST = 60
DUF_DIGITS = 12
FEWEST_OF_A_PERSON = 11
"""An identity number has eleven digits; a list's number has letters, or fewer."""

NAMED = re.compile(r"^\s*duf[-\s]*(nummer|nr)?[.:\s]*", re.IGNORECASE)
MARKS = re.compile(r"[\s.,/-]+")
NO_LIST = re.compile(r"[^A-Z0-9-]")


class Wrong(Enum):
    """Why a text is not searched by."""

    NOT_A_DUF_NUMBER = "not-a-duf-number"
    """Digits as of a person, but not twelve: perhaps an identity number."""
    NOT_A_LIST_NUMBER = "not-a-list-number"
    """It has characters that no list's number has."""


@dataclass(frozen=True, slots=True)
class Search:
    """One of the two, or neither where nothing was typed or it is ``wrong``.

    list_number: a part of a list's number, in capitals. duf_number: twelve digits; it is shown and kept nowhere.
    """

    list_number: str = ""
    duf_number: str = ""
    wrong: Wrong | None = None

    @property
    def personal(self) -> bool:
        """Whether what was typed may be a person's number: it goes into no address, log or page."""
        return bool(self.duf_number) or self.wrong is Wrong.NOT_A_DUF_NUMBER


def read_search(text: str) -> Search:
    """Tell what a text searches for."""
    bare = MARKS.sub("", NAMED.sub("", text[: 4 * LONGEST]))
    if bare.isdigit() and len(bare) >= FEWEST_OF_A_PERSON:
        if bare.isascii() and len(bare) == DUF_DIGITS:
            return Search(duf_number=bare)
        return Search(wrong=Wrong.NOT_A_DUF_NUMBER)
    number = re.sub(r"\s+", "", text).upper()
    if len(number) > LONGEST or NO_LIST.search(number):
        return Search(wrong=Wrong.NOT_A_LIST_NUMBER)
    return Search(list_number=number)
