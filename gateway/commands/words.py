"""What a user is told of a refusal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong and what to do now, in the user's words. ``fields``: of the form, that are to be changed."""

    title: str
    text: str
    fields: tuple[str, ...] = ()
