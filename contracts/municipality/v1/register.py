"""Who a municipality is and who its contacts are: the commands, facts and state of the register."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.codes import ContactRole, LanguageForm, MailFailure
from contracts.envelope import Message
from contracts.fields import (
    Actor,
    Count,
    EmailAddress,
    MunicipalityId,
    MunicipalityNumber,
    OrganisationNumber,
    Part,
    ShortText,
    Text,
    Version,
)


class Contact(Part):
    """Somebody in the municipality whom the system may write to."""

    name: ShortText
    email: EmailAddress
    roles: Annotated[list[ContactRole], Field(min_length=1)]


class ContactState(Contact):
    """A contact as it stands. mail_failure: why e-mail does not reach them, since ``mail_failed_at``; None: it does."""

    mail_failure: MailFailure | None = None
    mail_failed_at: datetime | None = None


class RegisterContacts(Message):
    """Replace the municipality's contacts with these."""

    message_type: ClassVar[str] = "municipality.register-contacts.v1"
    municipality_id: MunicipalityId
    contacts: Annotated[list[Contact], Field(max_length=100)]
    expected_version: Version
    actor: Actor


# Events. Key: the municipality id. Subject and sequence: the ledger year's, or the municipality's.
class MunicipalityRegistered(Message):
    """A municipality came into the register, or its number, name or organisation number changed."""

    message_type: ClassVar[str] = "municipality.municipality-registered.v1"
    municipality_id: MunicipalityId
    number: MunicipalityNumber
    valid_from: date


class ContactsChanged(Message):
    """How many contacts the municipality has now; who they are, and whom e-mail does not reach, is in its state."""

    message_type: ClassVar[str] = "municipality.contacts-changed.v1"
    municipality_id: MunicipalityId
    contacts: Count


# State: compacted. Partition key: the municipality id.
class MunicipalityState(Message):
    """A municipality with its present number, names and contacts. Key: the municipality id.

    ``four_eyes``: it wants another one to send an answer than the one who approved it. ``successor``: the id of the one
    that it is part of from ``merged_on``; its number and organisation number are then those it had last.
    """

    message_type: ClassVar[str] = "municipality.municipality-state.v1"
    municipality_id: MunicipalityId
    number: MunicipalityNumber
    name: ShortText
    county_number: Text
    county_name: ShortText
    organisation_number: OrganisationNumber
    language_form: LanguageForm
    population: int
    valid_from: date
    contacts: list[ContactState] = []
    four_eyes: bool = False
    successor: MunicipalityId | None = None
    merged_on: date | None = None


class RegisterState(Message):
    """The size of the register: who has them all may call another number unknown. Key: ``register``."""

    message_type: ClassVar[str] = "municipality.register-state.v1"
    municipalities: Count
