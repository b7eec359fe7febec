"""How a command's outcome travels: the one place where refusals become problem types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from contracts.outcomes import CommandAccepted, CommandRefused
from services.notification.domain.choices import ContactTaken, LastToKnow, NotAContact, Refusal, RoleMayNotWrite
from services.notification.domain.notices import NoticeNotFound
from services.notification.use_cases.outcomes import Accepted, Outcome


def reply(command_id: str, outcome: Outcome) -> CommandAccepted | CommandRefused:
    """Write the outcome of a command."""
    if isinstance(outcome, Accepted):
        return CommandAccepted(command_id=command_id, subject=outcome.subject, version=outcome.version)
    problem, params = _problem(outcome.refusal)
    return CommandRefused(command_id=command_id, subject=outcome.subject, problem=problem, params=dict(params))


def _problem(refusal: NoticeNotFound | Refusal) -> tuple[str, Mapping[str, str]]:
    match refusal:
        case NoticeNotFound(notice_id):
            return "notice-not-found", {"notice": notice_id}
        case RoleMayNotWrite(role):
            return "role-may-not-write", {"role": role}
        case NotAContact():
            return "not-a-contact", {}
        case ContactTaken():
            return "contact-taken", {}
        case LastToKnow(kinds):
            return "last-to-know", {"kinds": ",".join(kinds)}
    assert_never(refusal)
