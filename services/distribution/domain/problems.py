"""What is wrong with a message of IMDi's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: the field's path, a code for programs, a sentence for people; never the value itself."""

    path: str
    code: str
    message: str
