"""The announcement that a message waits in an owner's dead-letter queue: where it came from and why, no payload."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from contracts.envelope import Message


class MessageFailed(Message):
    """One parked message. ``error`` is the error's type name: an error's text could hold values of a body."""

    message_type: ClassVar[str] = "failure.message-failed.v1"
    dead_letter_id: int
    topic: str
    partition: int
    offset: int
    message_id: str | None
    failed_type: str | None
    subject: str
    error: str
    behind: bool
    """True where the message itself is sound but waits behind an earlier one of its subject."""
    failed_at: datetime
