"""Codes of what a municipality reports to IMDi between the lists. The values travel in messages."""

from __future__ import annotations

from enum import StrEnum


class ReportKind(StrEnum):
    """What a report is about."""

    WEEKLY_PLACES = "weekly_places"
    """How many the municipality can receive, week by week (antall plasser)."""
    HOUSING = "housing"
    """Homes that are ready (innmelding av boliger)."""
    NAMED_PERSONS = "named_persons"
    """The municipality asks for particular persons (bestemte personer)."""
    SELF_SETTLEMENT = "self_settlement"
    """Persons who have found a home themselves, in agreement with the municipality (avtalt selvbosetting)."""

    @property
    def about_persons(self) -> bool:
        """Whether such a report names persons: what it says of them is erased when it ends."""
        return self in {ReportKind.NAMED_PERSONS, ReportKind.SELF_SETTLEMENT}


class ReportStatus(StrEnum):
    """How a report stands."""

    OPEN = "open"
    ANSWERED = "answered"
    """IMDi has answered it with a list."""
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Nobody has said for long that it is still valid."""


class ReportStep(StrEnum):
    """What happened to a report."""

    ENTERED = "entered"
    CHANGED = "changed"
    CONFIRMED = "confirmed"
    """The municipality says that it is still valid."""
    QUESTIONED = "questioned"
    """Four weeks have gone without a change: is it still valid?"""
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
