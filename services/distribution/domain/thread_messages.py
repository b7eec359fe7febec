"""What is written in the threads of a list: one of the list as a whole, and one of each person (domain §6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MOST_MESSAGES = 500
"""In the threads of one list together: more are no conversation, and the page would hold nothing else."""


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message. ``number``: of the list's threads together, from 1. It is written once; its words may be erased.

    running_number: whose thread it is in; None: the list's own. reply_id: IMDi's id of it; None: the municipality's.
    text: empty from ``erased_at`` on.
    """

    number: int
    running_number: int | None
    author_id: str
    author_name: str
    at: datetime
    text: str
    reply_id: str | None = None
    erased_at: datetime | None = None

    @property
    def by_imdi(self) -> bool:
        """Whether IMDi wrote it."""
        return self.reply_id is not None


@dataclass(frozen=True, slots=True)
class Thread:
    """How far a thread has come. ``awaits_reply``: the municipality wrote last."""

    running_number: int | None
    messages: int
    awaits_reply: bool
