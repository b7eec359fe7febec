"""What an audit finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong; each breaks a promise, but STUCK where it was announced."""

    LOST = "lost"
    """Something a client was told of, or that had to follow from it, is not there."""
    DOUBLED = "doubled"
    """Something is there twice, or a client was told two things."""
    DISORDER = "out of order"
    STUCK = "stuck"
    """It waits for a human, who was told: an alarm."""
    SILENT = "stuck unseen"
    """It waits, and nobody was told."""
    UNEXPLAINED = "unexplained"
    """Refused or broken off without a reason that explains it."""
    DIFFERENT = "different"
    """Databases, topics, pages and ledger do not agree."""
    UNSEEN = "alarm missing"
    """The fault went unseen by operations."""
    RIG = "rig"
    """The rig itself failed: the fault did not happen, or a client broke."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be. about: an id; words: what, for a reader."""

    kind: Kind
    about: str
    words: str

    @property
    def breaks(self) -> bool:
        """Whether it breaks a promise."""
        return self.kind is not Kind.STUCK

    def __str__(self) -> str:
        """Write it as one line."""
        return f"{self.kind}: {self.about}: {self.words}"


def counted(findings: Iterable[Finding]) -> Counter[Kind]:
    """Count them by kind."""
    return Counter(finding.kind for finding in findings)
