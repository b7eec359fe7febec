"""What a form showed when it was rendered: by it one tells what its user has changed since.

A form carries a short digest of each decision, household and the message as they stood. What differs from its digest
the user has touched; the rest is as it was, and gives way to what colleagues have saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from contracts.distribution.households import DraftSplit
from contracts.distribution.v1 import DraftDecision, Touched

FIELD = "sett"
MESSAGE = "m"
LONGEST = 20_000
"""Characters of the field: some 1,000 persons and households."""

Seen = Mapping[str, str]
"""Digests by what they are of: ``m``, ``p<running number>``, ``h<household>``. Empty: the form does not say."""


def seen(decisions: Iterable[DraftDecision], splits: Iterable[DraftSplit], message: str) -> Seen:
    """Make the digests of a form as it stands."""
    return {
        MESSAGE: _digest(message),
        **{f"p{one.running_number}": _digest(one.model_dump_json()) for one in decisions},
        **{f"h{one.household}": _digest(one.model_dump_json()) for one in splits},
    }


def touched(before: Seen, now: Seen) -> Touched | None:
    """Tell what has changed; None where the form did not say how it was. What it did not show counts as changed."""
    if not before:
        return None
    changed = [what for what, digest in now.items() if before.get(what) != digest]
    return Touched(
        persons=[int(what[1:]) for what in changed if what.startswith("p")],
        households=[int(what[1:]) for what in changed if what.startswith("h")],
        message=MESSAGE in changed,
    )


def write(digests: Seen) -> str:
    """Write them into a field."""
    return " ".join(f"{what}:{digest}" for what, digest in digests.items())


def read(field: object) -> Seen:
    """Read the field; what is odd is as if it were not there, and then counts as changed."""
    text = str(field or "")[:LONGEST]
    parts = (part.partition(":") for part in text.split())
    return {what: digest for what, _, digest in parts if digest}


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:10]
