"""The codes a letter is about, in the service's own words."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a letter is."""

    PLACEMENT_DECISION = "placement_decision"
    """Vedtak om bosetting, to the municipality."""
    LETTER_TO_PERSON = "letter_to_person"
    REQUEST = "request"
    """Anmodningsbrev: how many IMDi asks a municipality to settle in a year. It belongs to no list."""
    WITHDRAWAL = "withdrawal"
    """To the municipality: IMDi takes persons back whom it had accepted."""
    CORRECTED_DECISION = "corrected_decision"
    """Endret vedtak: takes the place of a placement decision that names somebody withdrawn since."""
    ANSWER = "answer"
    """The municipality's own answer to a list, for its archive. It is sent to nobody."""

    @property
    def names_persons(self) -> bool:
        """Whether it shows what only an open person folder may tell."""
        return self in _NAMING

    @property
    def sent(self) -> bool:
        """Whether it goes to a receiver."""
        return self is not Kind.ANSWER

    @property
    def of_list(self) -> bool:
        """Whether it belongs to a distribution list."""
        return self is not Kind.REQUEST


_NAMING = frozenset({Kind.PLACEMENT_DECISION, Kind.LETTER_TO_PERSON, Kind.CORRECTED_DECISION})


class WithdrawalReason(StrEnum):
    """Why IMDi takes somebody back; ``contracts.codes`` says what each is."""

    OFFERED_ELSEWHERE = "offered_elsewhere"
    NEW_INFORMATION = "new_information"
    SENT_BY_MISTAKE = "sent_by_mistake"
    NOT_TO_BE_SETTLED = "not_to_be_settled"
    OTHER = "other"


class ErasureReason(StrEnum):
    """Why what is known of somebody is erased; ``contracts.erasure`` says what each is."""

    ERASURE_REQUEST = "erasure_request"
    REGISTERED_WRONGLY = "registered_wrongly"
    COURT_ORDER = "court_order"
    RETENTION_OVER = "retention_over"
    OTHER = "other"


class DeclineReason(StrEnum):
    """Why a municipality cannot settle somebody; ``contracts.codes`` says what each is."""

    NO_SUITABLE_HOUSING = "no_suitable_housing"
    NO_HEALTH_SERVICES = "no_health_services"
    NO_SCHOOL_OR_CHILDCARE = "no_school_or_childcare"
    CAPACITY_REACHED = "capacity_reached"
    ADAPTATION_NEEDS_NOT_MET = "adaptation_needs_not_met"
    SECURITY = "security"
    FAMILY_TIES_ELSEWHERE = "family_ties_elsewhere"
    OTHER = "other"


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
    NOT_NEEDED = "not_needed"
    """The decision it would correct was itself made anew before it was sent."""
    ENDED_ITS_WORKERS = "ended_its_workers"
    """What sets letters died of it, or did not come to an end, time after time."""

    @property
    def at_fault(self) -> bool:
        """Whether somebody must look at it."""
        return self in {Failure.CANNOT_BE_RENDERED, Failure.ENDED_ITS_WORKERS}


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
