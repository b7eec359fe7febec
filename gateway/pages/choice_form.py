"""The form in which a user chooses how notices are to reach them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from contracts.codes import NoticeDelivery, NoticeKind
from contracts.notification.choices import KindChoice, usual
from gateway.language import _
from gateway.pages.answer_form import form_id_of
from gateway.pages.form_fields import FormError
from gateway.readmodel.choices import Choices

CONTACT, NOBODY = "adresse", "ingen"
"""The field of the address, and its value where none of them is the user's."""
LONGEST = 64


@dataclass(frozen=True, slots=True)
class ChoiceForm:
    """What was chosen, as it came. contact: a contact's id, NOBODY, or empty where nothing is chosen yet."""

    form_id: str
    contact: str
    deliveries: Mapping[str, str]

    @classmethod
    def of(cls, found: Choices) -> Self:
        """Give the form as it is opened: with what holds."""
        chosen = {one.kind: one.delivery for one in found.own.choices} if found.own else {}
        own = (found.own.contact_id or NOBODY) if found.own else ""
        free = {identity for identity, _contact in found.free}
        return cls(
            form_id=str(uuid4()),
            contact=own if own in free | {NOBODY} else "",
            deliveries={kind.value: chosen.get(kind, usual(kind)).value for kind in NoticeKind},
        )

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Read what a browser sent."""
        typed = {kind.value: str(data.get(kind.value, ""))[:LONGEST] for kind in NoticeKind}
        return cls(form_id_of(data), str(data.get(CONTACT, ""))[:LONGEST], typed)

    @classmethod
    def kept(cls, stored: Mapping[str, Any], form_id: str | None = None) -> Self:
        """Restore a form from what ``as_stored`` made; without its id under a new one, to be a new command."""
        return cls(form_id or str(uuid4()), stored.get("contact", ""), dict(stored.get("deliveries", {})))

    def as_stored(self) -> dict[str, Any]:
        """Give the form as JSON, to be kept until its outcome is known."""
        return {"contact": self.contact, "deliveries": dict(self.deliveries)}

    @property
    def contact_id(self) -> str | None:
        """The contact that the user is; None: none of them."""
        return None if self.contact == NOBODY else self.contact

    @property
    def choices(self) -> list[KindChoice]:
        """What was chosen of each kind."""
        return [
            KindChoice(kind=NoticeKind(kind), delivery=NoticeDelivery(delivery))
            for kind, delivery in self.deliveries.items()
        ]

    def errors(self, found: Choices) -> list[FormError]:
        """Tell what must be mended, in the order of the page."""
        return list(self._errors(found))

    def _errors(self, found: Choices) -> Iterator[FormError]:
        if self.contact not in {NOBODY, *(identity for identity, _contact in found.free)}:
            yield FormError(
                CONTACT, _("Adressen din: velg hvilken av adressene som er din, eller at ingen av dem er det")
            )
        for kind, delivery in self.deliveries.items():
            if delivery not in [one.value for one in NoticeDelivery]:
                yield FormError(kind, _("Velg hvordan du vil ha varselet"))
