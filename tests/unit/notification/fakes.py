"""The notices in memory. The same contract holds for these and for those in PostgreSQL."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from services.notification.adapters import messages
from services.notification.domain.notices import Change, Notice
from services.notification.use_cases.ports import Notices


@dataclass(frozen=True)
class Published:
    """What a test looks at of a published record."""

    type: str
    key: str
    subject: str
    sequence: int | None
    partition_key: str | None = None


class World(Protocol):
    """Where notices are kept: memory, or PostgreSQL."""

    def begin(self) -> AbstractAsyncContextManager[Notices]:
        """Open a transaction; it is committed at the end, and undone on an exception."""

    async def published(self) -> list[Published]:
        """Take what has been published since the last call."""


@dataclass
class FakeNotices:
    kept: dict[str, Notice] = field(default_factory=dict)
    published: list[Published] = field(default_factory=list)

    async def add(self, changes: Sequence[Change]) -> Collection[str]:
        new = [change for change in changes if change[0].notice_id not in self.kept]
        for change in new:
            await self.save([change])
        return {notice.notice_id for notice, _ in new}

    async def open(self, municipality_id: str, notice_ids: Collection[str]) -> list[Notice]:
        found = [self.kept[identity] for identity in sorted(notice_ids) if identity in self.kept]
        return [notice for notice in found if notice.municipality_id == municipality_id]

    async def lock(self, notice_id: str) -> Notice:
        return self.kept[notice_id]

    async def lock_all(self, notice_ids: Collection[str]) -> list[Notice]:
        return [self.kept[identity] for identity in sorted(notice_ids)]

    async def save(self, changes: Sequence[Change], traces: Sequence[str | None] = ()) -> None:  # noqa: ARG002
        for notice, event in changes:
            self.kept[notice.notice_id] = notice
            kind = messages.event(notice, event).message_type
            self.published.append(Published(kind, notice.municipality_id, notice.notice_id, notice.version))
        for notice, _ in changes:
            kind, identity = messages.state(notice).message_type, notice.notice_id
            self.published.append(Published(kind, identity, identity, notice.version, notice.municipality_id))


class FakeWorld:
    """A World in memory."""

    def __init__(self) -> None:
        self.notices = FakeNotices()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Notices]:
        working = copy.deepcopy(self.notices)
        yield working
        self.notices = working

    async def published(self) -> list[Published]:
        taken, self.notices.published = self.notices.published, []
        return taken
