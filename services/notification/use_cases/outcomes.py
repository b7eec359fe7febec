"""How a command ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from services.notification.domain import choices
from services.notification.domain.notices import NoticeNotFound


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command holds: whoever sees ``subject`` at ``version`` sees all that it changed."""

    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed."""

    subject: str
    refusal: NoticeNotFound | choices.Refusal


Outcome: TypeAlias = Accepted | Refused
