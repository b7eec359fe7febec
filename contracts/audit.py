"""What is told of the audit outside its database: how its chain stood at a time. Ids and digests only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Message

ANCHORS_FOLDER = "audit/anchors"
"""Where in the object store anchors are written, an object each."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, as hexadecimal digits."""


class AuditAnchored(Message):
    """The audit's chain up to a batch. Who rewrites that batch, or one before it, contradicts this."""

    message_type: ClassVar[str] = "audit.anchored.v1"
    anchor: Annotated[int, Field(ge=1)]
    """Its number; there is none left out."""
    batch: Annotated[int, Field(ge=1)]
    digest: Digest
    """Of the batch's seal, which follows from all before it."""
    anchored_at: datetime
