"""What a user is told of a refusal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong and what to do now, in the user's words."""

    title: str
    text: str
