"""The codes the rules speak of. Their values are those of the contracts; a test keeps the two equal."""

from __future__ import annotations

from enum import StrEnum


class PlaceKind(StrEnum):
    """Ordinary places and places for unaccompanied minors (EM) are agreed and counted apart."""

    ORDINARY = "ordinary"
    UNACCOMPANIED_MINOR = "unaccompanied_minor"


class Stage(StrEnum):
    """How a person holds a place. Released (declined) and withdrawn (by IMDi): no place is held any more."""

    REQUESTED = "requested"
    PLACED = "placed"
    SETTLED = "settled"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


class Movement(StrEnum):
    """What an entry of the ledger tells. Corrected: a person's place went back, or to another year or kind."""

    AGREED = "agreed"
    REQUESTED = "requested"
    RELEASED = "released"
    PLACED = "placed"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


class Role(StrEnum):
    """What an actor may do for a municipality."""

    SETTLEMENT_WRITER = "settlement_writer"
    SETTLEMENT_READER = "settlement_reader"
    IMDI = "imdi"
    SYSTEM = "system"

    @property
    def may_write(self) -> bool:
        """Only settlement writers, and the system on a municipality's behalf, change what is the municipality's."""
        return self in {Role.SETTLEMENT_WRITER, Role.SYSTEM}


class LanguageForm(StrEnum):
    """The form state bodies must write to a municipality in (språkvedtak); neutral sets no demand."""

    BOKMAAL = "bokmål"
    NYNORSK = "nynorsk"
    NEUTRAL = "neutral"


class ContactRole(StrEnum):
    """Why we may write to a contact."""

    SETTLEMENT_WRITER = "settlement_writer"
    ESCALATION = "escalation"


class MailFailure(StrEnum):
    """Why e-mail does not reach a contact."""

    REFUSED = "refused"
    GAVE_UP = "gave_up"
    BOUNCED = "bounced"


class ReportKind(StrEnum):
    """What a report is about."""

    WEEKLY_PLACES = "weekly_places"
    HOUSING = "housing"
    NAMED_PERSONS = "named_persons"
    SELF_SETTLEMENT = "self_settlement"

    @property
    def about_persons(self) -> bool:
        """Whether such a report names persons: what it says of them is erased when it ends."""
        return self in {ReportKind.NAMED_PERSONS, ReportKind.SELF_SETTLEMENT}


class ReportStatus(StrEnum):
    """How a report stands."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ReportStep(StrEnum):
    """What happened to a report."""

    ENTERED = "entered"
    CHANGED = "changed"
    CONFIRMED = "confirmed"
    QUESTIONED = "questioned"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class HomeFeature(StrEnum):
    """What a home has that some persons need."""

    STEP_FREE = "step_free"
    WHEELCHAIR_ACCESS = "wheelchair_access"
    GROUND_FLOOR = "ground_floor"
    NEAR_HOSPITAL = "near_hospital"


class FamilyTie(StrEnum):
    """Why a municipality asks for particular persons."""

    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    OTHER_FAMILY = "other_family"
    OTHER = "other"
