"""What clients get of letters."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from contracts.codes import LetterFailure, LetterKind, LetterLanguage
from contracts.letters.v1 import LetterState
from gateway.api.models import Answered


class Letter(Answered):
    """A letter of a list or request. `running_number`: of the person it is sent to; `pdf` is null until it is made."""

    letter_id: str
    kind: LetterKind
    running_number: int | None
    language: LetterLanguage | None
    translation: Annotated[str | None, Field(description="BCP 47 tag of the language it is in too.")]
    planned_at: datetime
    created_at: datetime | None
    size: Annotated[int | None, Field(description="Bytes of the PDF.")]
    sha256: str | None
    failure: LetterFailure | None
    erased_at: Annotated[datetime | None, Field(description="When the PDF was erased: there is none any more.")]
    pdf: Annotated[str | None, Field(description="Where the PDF is.")]

    @classmethod
    def of(cls, state: LetterState, letters: str, withdrawn: Collection[int] = ()) -> Self:
        """Make it from the letter's state. ``letters``: where the list's letters are.

        withdrawn: running numbers of those whom IMDi has taken back; letters to them cannot be read any more.
        """
        made = state.document if state.running_number not in withdrawn else None
        return cls(
            letter_id=state.letter_id,
            kind=state.kind,
            running_number=state.running_number,
            language=state.language,
            translation=state.translation,
            planned_at=state.planned_at,
            created_at=made.created_at if made else None,
            size=made.size if made else None,
            sha256=made.sha256 if made else None,
            failure=state.failure,
            erased_at=state.erased_at,
            pdf=f"{letters}/{state.letter_id}/pdf" if made else None,
        )


class Letters(Answered):
    """All letters of a list, or of a year's request."""

    items: list[Letter]
