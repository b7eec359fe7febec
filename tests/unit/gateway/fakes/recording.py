"""What is written down of looks and refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.audit.record import Asker, Denied, LoginFault, NotRecordedError, Tried
from gateway.folders.looks import LookNotRecordedError, Refusal, Viewer, Wanted
from tests.unit.gateway.fakes.reader import FakeReader


@dataclass
class FakeLooks:
    """``order``: what was done with whom, of looks and reads, in the order in which it was."""

    broken: bool = False
    written: list[tuple[Viewer, Wanted, Refusal | None]] = field(default_factory=list)
    reader: FakeReader | None = None

    async def record(self, viewer: Viewer, wanted: Wanted, refusal: Refusal | None = None) -> None:
        if self.broken:
            raise LookNotRecordedError("DiskFullError")
        if self.reader is not None:
            assert self.reader.folders_read <= len(self.written), "somebody was read before the look was written"
        self.written.append((viewer, wanted, refusal))

    async def record_all(self, viewer: Viewer, wanted: Sequence[Wanted]) -> None:
        for one in wanted:
            await self.record(viewer, one)


@dataclass
class FakeAudit:
    """The refusals, and the looks at lists, that were written down."""

    broken: bool = False
    written: list[tuple[Asker, Tried, Denied]] = field(default_factory=list)
    looks: list[tuple[str | None, str, str]] = field(default_factory=list)
    logins: list[LoginFault] = field(default_factory=list)

    async def looked(self, asker: Asker, municipality_id: str, list_id: str) -> None:
        if self.broken:
            raise NotRecordedError
        self.looks.append((asker.user_id, municipality_id, list_id))

    async def refused(self, asker: Asker, tried: Tried, why: Denied) -> bool:
        if not self.broken:
            self.written.append((asker, tried, why))
        return not self.broken

    async def login_failed(self, why: LoginFault, _client: str) -> bool:
        self.logins.append(why)
        return True
