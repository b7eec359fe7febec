"""What an owner replies to a command, on its ``.replies`` topic; the key is the command's id."""

from __future__ import annotations

from typing import ClassVar

from contracts.envelope import Message
from contracts.fields import CommandId, Text, Version


class CommandAccepted(Message):
    """The command took effect: ``subject`` is at ``version`` now (or the command changed nothing)."""

    message_type: ClassVar[str] = "outcome.command-accepted.v1"
    command_id: CommandId
    subject: Text
    version: Version


class CommandRefused(Message):
    """The owner changed nothing. ``problem`` is a problem type (RFC 9457 slug), ``params`` fill its text.

    ``version`` is the subject's current version, or None where the subject does not exist.
    """

    message_type: ClassVar[str] = "outcome.command-refused.v1"
    command_id: CommandId
    subject: Text
    version: Version | None = None
    problem: Text
    params: dict[Text, Text] = {}
