"""A bulk: messages of IMDi's that are published together, and what has become of each of them.

Every message of a bulk has the bulk's id as its ``correlationid``. Services hand it on: the facts that a message leads
to have it too, and so has its rejection. Both name the message as what caused them. A list that waits (for the
register, or for the list it replaces) has no word yet; nor has what changed nothing, because it was here already.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contracts.municipality.v1 import PlacesRequested
from contracts.topics import DISTRIBUTION_EVENTS, DISTRIBUTION_REJECTIONS, MUNICIPALITY_EVENTS, MUNICIPALITY_REJECTIONS
from ops.broker import Seen
from ops.inbound import Inbound

TOPICS: Sequence[str] = tuple(
    topic.name for topic in (DISTRIBUTION_EVENTS, DISTRIBUTION_REJECTIONS, MUNICIPALITY_EVENTS, MUNICIPALITY_REJECTIONS)
)
REJECTIONS = frozenset({DISTRIBUTION_REJECTIONS.name, MUNICIPALITY_REJECTIONS.name})
LOOK_BACK = timedelta(days=7)
"""How far back words are looked for: as long as what was published is kept."""
_IDS = uuid.UUID("c1f0a9f4-4c3b-5d0a-9a7e-2d1f6b8c9e10")


def bulk_id(messages: Iterable[Inbound]) -> str:
    """Give the id of a bulk that was given none. It follows from the messages: the same ones are the same bulk."""
    return str(uuid.uuid5(_IDS, "\n".join(sorted(message.message_id for message in messages))))


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that was sent back. ``errors``: (path, code, text) of each thing wrong with it."""

    subject: str
    municipality_number: str | None
    errors: Sequence[tuple[str, str, str]]


@dataclass
class Tally:
    """How many of a bulk's messages were taken and which were not. Words that come twice count once.

    expected: how many messages there are; None where that is not known.
    ids: of the messages; None: those of all that have the bulk's id.
    """

    bulk: str
    expected: int | None = None
    ids: Collection[str] | None = None
    accepted: set[str] = field(default_factory=set)
    rejected: dict[str, Rejected] = field(default_factory=dict)

    def note(self, seen: Seen) -> bool:
        """Take in a record; whether it said something new about the bulk."""
        cause = seen.headers.get("ce_causationid", "")
        if not self._is_ours(seen, cause) or cause in self.accepted or cause in self.rejected:
            return False
        if seen.topic in REJECTIONS:
            self.rejected[cause] = _rejected(seen)
        elif seen.topic == DISTRIBUTION_EVENTS.name or seen.headers.get("ce_type") == PlacesRequested.message_type:
            self.accepted.add(cause)
        else:
            return False  # what follows from a list: the places it moved
        return True

    def _is_ours(self, seen: Seen, cause: str) -> bool:
        if self.ids is None:
            return seen.headers.get("ce_correlationid") == self.bulk
        return cause in self.ids

    @property
    def heard(self) -> int:
        """Of how many messages something has been heard."""
        return len(self.accepted) + len(self.rejected)

    @property
    def waiting(self) -> int | None:
        """Of how many nothing has; None where it is not known how many there are."""
        return None if self.expected is None else max(0, self.expected - self.heard)

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many messages went back for each code, the most frequent first."""
        counts = Counter(code for one in self.rejected.values() for code in {code for _, code, _ in one.errors})
        return dict(counts.most_common())

    def document(self) -> dict[str, Any]:
        """Write it for programs."""
        return {
            "bulk": self.bulk,
            "expected": self.expected,
            "accepted": len(self.accepted),
            "rejected": len(self.rejected),
            "waiting": self.waiting,
            "reasons": dict(self.reasons),
            "rejections": [
                {
                    "message_id": message_id,
                    "subject": one.subject,
                    "municipality_number": one.municipality_number,
                    "errors": [{"path": path, "code": code, "message": text} for path, code, text in one.errors],
                }
                for message_id, one in self.rejected.items()
            ],
        }


def since(now: datetime) -> datetime:
    """Tell from when on words are looked for."""
    return now - LOOK_BACK


def _rejected(seen: Seen) -> Rejected:
    body = json.loads(seen.value or b"{}")
    errors = [(str(one.get("path", "")), str(one.get("code", "")), str(one.get("message", "")))
              for one in body.get("errors", [])]  # fmt: skip
    return Rejected(seen.headers.get("ce_subject", ""), body.get("municipality_number"), errors)
