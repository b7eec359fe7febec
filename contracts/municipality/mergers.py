"""Mergers: a municipality has become part of another one, its successor."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from contracts.envelope import Message
from contracts.fields import MunicipalityId


class MunicipalityMerged(Message):
    """From ``merged_on`` the municipality is part of ``successor``, who reads and answers what was its.

    Its lists, ledger and reports stay under its id: nothing moves, so nothing is counted twice.
    """

    message_type: ClassVar[str] = "municipality.municipality-merged.v1"
    municipality_id: MunicipalityId
    successor: MunicipalityId
    merged_on: date
