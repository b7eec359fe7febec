"""Letters' topics."""

from __future__ import annotations

from contracts.letters import v1 as letters
from contracts.topics.shape import GATEWAY, events_topic, state_topic

LETTERS_EVENTS = events_topic(
    "letters",
    ("notification",),
    letters.LetterPlanned,
    letters.LetterCreated,
    letters.LetterFailed,
    letters.LetterDispatched,
    letters.LetterStatusChanged,
    letters.LetterNotDispatched,
    letters.LetterSentAgain,
    letters.LetterErased,
    letters.ArchiveReady,
)

LETTERS_STATE = state_topic("letters", "letter id", (GATEWAY,), letters.LetterState)
