"""The codes the rules speak of. Their values are those of the contracts; a test keeps the two equal."""

from __future__ import annotations

from enum import StrEnum


class PlaceKind(StrEnum):
    """Ordinary places and places for unaccompanied minors (EM) are agreed and counted apart."""

    ORDINARY = "ordinary"
    UNACCOMPANIED_MINOR = "unaccompanied_minor"


class ListStatus(StrEnum):
    """Life of a distribution list: received → under treatment ⇄ approved → answered; withdrawn ends each of them."""

    RECEIVED = "received"
    UNDER_TREATMENT = "under_treatment"
    APPROVED = "approved"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class PersonStatus(StrEnum):
    """Where a requested person stands: forespurt, akseptert, avslått, søkt ut, bosatt, trukket."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    PLACED = "placed"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class WithdrawalReason(StrEnum):
    """Why IMDi takes a person or a list back."""

    OFFERED_ELSEWHERE = "offered_elsewhere"
    NEW_INFORMATION = "new_information"
    SENT_BY_MISTAKE = "sent_by_mistake"
    NOT_TO_BE_SETTLED = "not_to_be_settled"
    OTHER = "other"


class ErasureReason(StrEnum):
    """Why what is known of a person is erased."""

    ERASURE_REQUEST = "erasure_request"
    REGISTERED_WRONGLY = "registered_wrongly"
    COURT_ORDER = "court_order"
    RETENTION_OVER = "retention_over"
    OTHER = "other"


class Papers(StrEnum):
    """What becomes of the letters, the decision and the answer that tell of a person."""

    KEEP = "keep"
    ERASE = "erase"


class DeclineReason(StrEnum):
    """Why a municipality cannot settle a person; never nationality, religion or family status (domain §4)."""

    NO_SUITABLE_HOUSING = "no_suitable_housing"
    NO_HEALTH_SERVICES = "no_health_services"
    NO_SCHOOL_OR_CHILDCARE = "no_school_or_childcare"
    CAPACITY_REACHED = "capacity_reached"
    ADAPTATION_NEEDS_NOT_MET = "adaptation_needs_not_met"
    SECURITY = "security"
    FAMILY_TIES_ELSEWHERE = "family_ties_elsewhere"
    OTHER = "other"


class SplitReason(StrEnum):
    """Why a municipality accepts some of a household and declines others; never family status (domain §4)."""

    NO_HOME_FOR_ALL = "no_home_for_all"
    SERVICES_NOT_FOR_ALL = "services_not_for_all"
    AGREED_WITH_IMDI = "agreed_with_imdi"
    OTHERS_MAY_FOLLOW = "others_may_follow"
    OTHER = "other"


class ChangeKind(StrEnum):
    """What somebody in the municipality did with a list."""

    SAVED = "saved"
    APPROVED = "approved"
    RETURNED = "returned"
    SENT = "sent"


class Reminder(StrEnum):
    """What the reply clock of a list says, in the order in which it does."""

    NEAR = "near"
    TODAY = "today"
    OVERDUE = "overdue"


class Role(StrEnum):
    """What an actor may do for a municipality."""

    SETTLEMENT_WRITER = "settlement_writer"
    SETTLEMENT_READER = "settlement_reader"
    IMDI = "imdi"
    SYSTEM = "system"

    @property
    def may_write(self) -> bool:
        """Only settlement writers, and the system on a municipality's behalf, work on its lists."""
        return self in {Role.SETTLEMENT_WRITER, Role.SYSTEM}


class PlacementPolicy(StrEnum):
    """Who places accepted persons: the answer itself, or IMDi's confirmation (docs/decisions/0006-who-places.md)."""

    AUTOMATIC = "automatic"
    IMDI_CONFIRMED = "imdi-confirmed"
