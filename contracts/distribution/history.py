"""Who did what to a list, as its municipality sees it; on ``distribution.state.v1`` with the list."""

from __future__ import annotations

from typing import ClassVar

from contracts.codes import DeclineReason, ListChangeKind
from contracts.distribution.v1 import Act
from contracts.envelope import Message
from contracts.fields import HouseholdNumber, ListId, MunicipalityId, Part, RunningNumber, Version


class ChangedDecision(Part):
    """What a change says of a person. Of a decline's reason only the code is told: its words may have changed alone."""

    running_number: RunningNumber
    accept: bool
    reason: DeclineReason | None = None


class ListChangeState(Message):
    """One step of the municipality's work on a list. Key: ``<list>/changes/<version>``; written once, never changed.

    ``decisions``: persons about whom something else is said than before; ``households``: those about whose splitting
    something else is said; ``message``: whether the message to IMDi became another. No words.
    """

    message_type: ClassVar[str] = "distribution.list-change-state.v1"
    list_id: ListId
    municipality_id: MunicipalityId
    version: Version
    kind: ListChangeKind
    by: Act
    decisions: list[ChangedDecision] = []
    households: list[HouseholdNumber] = []
    message: bool = False
