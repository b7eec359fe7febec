"""Contacts of a municipality, what users chose, and the fields of the form in which they do."""

from __future__ import annotations

from contracts.codes import ContactRole, NoticeDelivery, NoticeKind
from contracts.municipality.v1 import ContactState as Contact, MunicipalityState
from contracts.notification.choices import KindChoice, NoticeChoiceState
from contracts.notification.contacts import contact_reference as contact_id
from tests.unit.gateway.api_fakes import MUNICIPALITY
from tests.unit.gateway.samples import OSLO, user

PATH = f"/kommune/{OSLO}/varsler/valg"
FORM_ID = "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11"
ANNE = Contact(name="Anne Vik", email="anne@oslo.example", roles=[ContactRole.SETTLEMENT_WRITER])
PER = Contact(name="Per Moe", email="per@oslo.example", roles=[ContactRole.SETTLEMENT_WRITER])
CHIEF = Contact(name="Siri Lie", email="siri@oslo.example", roles=[ContactRole.ESCALATION])
WHOLE = {"skjema": FORM_ID, "versjon": "0", "adresse": contact_id(ANNE.email)} | {
    kind.value: NoticeDelivery.DAILY.value for kind in NoticeKind
}
"""What a browser sends where everything is chosen."""


def town(*contacts: Contact) -> MunicipalityState:
    """Give a municipality with these contacts."""
    return MUNICIPALITY.model_copy(update={"contacts": list(contacts)})


def chosen(user_id: str = user().user_id, contact: Contact = ANNE) -> NoticeChoiceState:
    """Give what a user has chosen."""
    answered = KindChoice(kind=NoticeKind.LIST_ANSWERED, delivery=NoticeDelivery.SURFACE)
    return NoticeChoiceState(
        municipality_id=OSLO, user_id=user_id, contact_id=contact_id(contact.email), choices=[answered]
    )
