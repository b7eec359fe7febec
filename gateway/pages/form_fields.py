"""Fields of forms: how they are read, and what is wrong with a text."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gateway.language import _

LONGEST = 10_000
"""Characters of a free text: the contract's limit."""


@dataclass(frozen=True, slots=True)
class FormError:
    """One thing to mend. ``field``: the id of the input that the error summary points at."""

    field: str
    text: str


def typed_text(value: object) -> str:
    """Make a text as typed; a browser sends a line break as two characters."""
    return str(value or "").replace("\r\n", "\n").strip()


def chosen(value: object, choices: Collection[str]) -> str:
    """Read what was chosen; what is none of the choices is nothing: nobody has typed it."""
    text = str(value or "")
    return text if text in choices else ""


def storable(text: str) -> str | None:
    """Give the text as messages carry it; None where it is empty, or such that ``text_errors`` tells what is wrong."""
    return text if text and len(text) <= LONGEST and "\x00" not in text else None


def text_errors(field: str, name: str, text: str) -> Iterable[FormError]:
    """Tell what is wrong with a free text, at its field."""
    if len(text) > LONGEST:
        yield FormError(
            field,
            _("%(name)s er for lang: %(length)s tegn. Den kan ha høyst 10 000.") % {"name": name, "length": len(text)},
        )
    if "\x00" in text:
        yield FormError(field, _("%(name)s har et tegn som ikke kan lagres. Skriv teksten på nytt.") % {"name": name})
