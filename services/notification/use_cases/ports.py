"""What the use cases need from outside, as Protocols. Adapters implement them over one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from services.notification.domain.notices import Change, Notice


class Notices(Protocol):
    """The notices."""

    async def add(self, change: Change) -> bool:
        """Keep and publish a new notice; False, and nothing done, where its id is taken."""

    async def open(self, municipality_id: str, notice_ids: Collection[str]) -> list[Notice]:
        """Read those of the notices that are this municipality's, by id, locked until the transaction ends."""

    async def save(self, changes: Sequence[Change]) -> None:
        """Keep and publish what users have read: events first, then each notice's state, in the given order."""
