"""The codes a letter is about, in the service's own words."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a letter is."""

    PLACEMENT_DECISION = "placement_decision"
    """Vedtak om bosetting, to the municipality."""
    LETTER_TO_PERSON = "letter_to_person"


class LanguageForm(StrEnum):
    """The form in which state bodies must write to a municipality; ``neutral`` sets no demand."""

    BOKMAAL = "bokmål"
    NYNORSK = "nynorsk"
    NEUTRAL = "neutral"


class Language(StrEnum):
    """The written form of a letter; values are BCP 47 tags."""

    BOKMAAL = "nb"
    NYNORSK = "nn"


class Failure(StrEnum):
    """Why a planned letter was not made."""

    FOLDER_CLOSED = "folder_closed"
    CANNOT_BE_RENDERED = "cannot_be_rendered"


class DispatchStatus(StrEnum):
    """Where a letter is on its way to its receiver; ``contracts.codes`` says what each is."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOTIFIED = "notified"
    READ = "read"
    SENT_TO_PRINT = "sent_to_print"
    PRINTED = "printed"
    HANDLED_MANUALLY = "handled_manually"
    SENT_DIGITALLY = "sent_digitally"
    SENT_TO_MAILBOX = "sent_to_mailbox"
    DELIVERED_TO_MAILBOX = "delivered_to_mailbox"
    READY_FOR_COLLECTION = "ready_for_collection"
    NOT_DELIVERED = "not_delivered"

    @property
    def final(self) -> bool:
        """Whether no other follows. What was sent digitally may still be read."""
        return self in _FINAL


_FINAL = frozenset(
    {
        DispatchStatus.REJECTED,
        DispatchStatus.READ,
        DispatchStatus.PRINTED,
        DispatchStatus.HANDLED_MANUALLY,
        DispatchStatus.DELIVERED_TO_MAILBOX,
        DispatchStatus.NOT_DELIVERED,
    }
)


class DispatchFailure(StrEnum):
    """Why a letter was not handed over to be sent."""

    REFUSED = "refused"
    FOLDER_CLOSED = "folder_closed"


def language_of(form: LanguageForm) -> Language:
    """Choose the written form: nynorsk to those who have resolved it, else bokmål (domain §4, språkvedtak)."""
    return Language.NYNORSK if form is LanguageForm.NYNORSK else Language.BOKMAAL
