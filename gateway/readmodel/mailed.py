"""Whether anybody in a municipality is mailed about its lists."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from contracts.codes import ContactRole
from contracts.municipality.v1 import ContactState
from contracts.notification.contacts import out_of_reach


class NotMailed(StrEnum):
    """Why nobody is: IMDi is told of what is pressing then."""

    NO_WRITER = "no_writer"
    UNREACHED = "unreached"


def writers_of(contacts: Sequence[ContactState]) -> Sequence[ContactState]:
    """Give the contacts that notices are mailed to, each mailbox once, as it was named last."""
    return list({one.email.casefold(): one for one in contacts if ContactRole.SETTLEMENT_WRITER in one.roles}.values())


def not_mailed(contacts: Sequence[ContactState]) -> NotMailed | None:
    """Tell why nobody is mailed; None where somebody is."""
    writers = writers_of(contacts)
    if all(out_of_reach(one.mail_failure) for one in writers):
        return NotMailed.UNREACHED if writers else NotMailed.NO_WRITER
    return None
