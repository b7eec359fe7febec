"""A question to IMDi as a form: what it holds, how it is read back, and what must be mended before it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from gateway.language import _
from gateway.pages.form_fields import FormError, text_errors, typed_text
from gateway.readmodel.one_list import OneList

ABOUT, TEXT = "gjelder", "sporsmal"


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """The form as it stands. ``about``: a running number as it was sent; empty: the list as a whole."""

    about: str = ""
    text: str = ""

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Read what a browser sent."""
        return cls(typed_text(data.get(ABOUT)), typed_text(data.get(TEXT)))

    @classmethod
    def kept(cls, stored: Mapping[str, str]) -> Self:
        """Restore a form from what ``as_stored`` made."""
        return cls(**stored)

    def as_stored(self) -> dict[str, str]:
        """Give the form as JSON."""
        return asdict(self)

    @property
    def running_number(self) -> int | None:
        """Whose thread it is for; None: the list's. Only of a form without errors."""
        return int(self.about) if self.about else None

    def errors(self, found: OneList) -> list[FormError]:
        """Tell what must be mended, in the order of the page."""
        return list(self._errors(found))

    def _errors(self, found: OneList) -> Iterator[FormError]:
        if self.about and self.about not in {str(person.running_number) for person in found.present}:
            yield FormError(ABOUT, _("Spørsmål til IMDi: velg hva spørsmålet gjelder"))
        if not self.text:
            yield FormError(TEXT, _("Spørsmål til IMDi: skriv hva dere lurer på"))
        yield from text_errors(TEXT, _("Spørsmål til IMDi"), self.text)

    def unsent(self) -> list[FormError]:
        """Tell that a question is left behind, where the answer is saved or approved with one in the field."""
        if not self.text:
            return []
        text = _("Spørsmål til IMDi: dere har skrevet et spørsmål som ikke er sendt. Send det, eller tøm feltet.")
        return [FormError(TEXT, text)]
