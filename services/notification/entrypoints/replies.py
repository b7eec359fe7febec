"""How a command's outcome travels: the one place where refusals become problem types."""

from __future__ import annotations

from contracts.outcomes import CommandAccepted, CommandRefused
from services.notification.use_cases.outcomes import Accepted, Outcome


def reply(command_id: str, outcome: Outcome) -> CommandAccepted | CommandRefused:
    """Write the outcome of a command."""
    if isinstance(outcome, Accepted):
        return CommandAccepted(command_id=command_id, subject=outcome.subject, version=outcome.version)
    return CommandRefused(
        command_id=command_id,
        subject=outcome.subject,
        problem="notice-not-found",
        params={"notice": outcome.refusal.notice_id},
    )
