"""Four eyes: a municipality may want another one to send an answer than the one who approved it."""

from __future__ import annotations

from typing import ClassVar

from contracts.envelope import Message
from contracts.fields import Actor, MunicipalityId


class RequireFourEyes(Message):
    """Have the municipality's answers need two, or not any more; from operations only, at the municipality's word.

    Subject: the municipality id. It names no version: the last one holds, and the same again changes nothing.
    """

    message_type: ClassVar[str] = "municipality.require-four-eyes.v1"
    municipality_id: MunicipalityId
    required: bool
    actor: Actor


class FourEyesChanged(Message):
    """Whether another one must send than the one who approved, from now on. Who asked for it is not told here."""

    message_type: ClassVar[str] = "municipality.four-eyes-changed.v1"
    municipality_id: MunicipalityId
    required: bool
