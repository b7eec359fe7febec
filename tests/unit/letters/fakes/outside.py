"""SvarUt, the renderer and the object store, in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from services.letters.domain.codes import DispatchStatus
from services.letters.domain.consignment import Consignment
from services.letters.domain.content import Content
from services.letters.domain.dispatch import DispatchStep
from services.letters.use_cases.outside import (
    NotRenderableError,
    PostUnavailableError,
    RefusedError,
    StoreUnavailableError,
    WorkerDiedError,
)
from tests.unit.letters.stories import AT


@dataclass
class FakePost:
    """A post office in memory. ``taken``: our name and PDF of all that it has, by reference."""

    taken: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    told: dict[str, DispatchStep] = field(default_factory=dict)
    sends: int = 0
    away: bool = False
    silent: int = 0
    """So many of the next letters are taken without an answer."""
    refuses: bool = False
    log: dict[str, list[DispatchStep]] = field(default_factory=dict)
    """What happened to a letter, by reference."""

    async def steps(self, reference: str) -> list[DispatchStep]:
        if self.away or reference not in self.log:
            raise PostUnavailableError
        return self.log[reference]

    async def find(self, sent_as: str) -> str | None:
        if self.away:
            raise PostUnavailableError
        return next((reference for reference, (known, _) in self.taken.items() if known == sent_as), None)

    async def send(self, consignment: Consignment, pdf: bytes) -> str:
        if self.away:
            raise PostUnavailableError
        self.sends += 1
        if self.refuses or not consignment.receiver.name:
            raise RefusedError("refused")
        reference = f"ref-{len(self.taken) + 1}"
        self.taken[reference] = (consignment.sent_as, pdf)
        if self.silent:
            self.silent -= 1
            raise PostUnavailableError
        return reference

    async def statuses(self, references: Sequence[str]) -> dict[str, DispatchStep]:
        if self.away:
            raise PostUnavailableError
        return {reference: self.told[reference] for reference in references if reference in self.told}

    async def hang_up(self) -> None:
        self.silent = 1

    async def refuse(self) -> None:
        self.refuses = True

    async def tell(self, reference: str, status: DispatchStatus) -> None:
        self.told[reference] = DispatchStep(status, AT)
        self.log.setdefault(reference, []).append(self.told[reference])


@dataclass
class FakeRenderer:
    """Writes a letter's content as JSON, and cannot write names without any Latin letter."""

    rendered: list[Content] = field(default_factory=list)
    unable: bool = False
    deadly: bool = False
    translations: frozenset[str] = frozenset({"en", "uk", "ar"})

    async def render(self, content: Content) -> bytes:
        text = json.dumps(asdict(content), default=str, ensure_ascii=False)
        if self.unable or "漢" in text:
            raise NotRenderableError
        if self.deadly:
            raise WorkerDiedError
        self.rendered.append(content)
        return text.encode()


@dataclass
class FakeStore:
    """Keeps objects in memory; while ``away`` it answers nothing."""

    objects: dict[str, bytes] = field(default_factory=dict)
    away: bool = False

    async def put(self, key: str, data: bytes) -> None:
        if self.away:
            raise StoreUnavailableError
        self.objects[key] = data

    async def get(self, key: str) -> bytes:
        if self.away or key not in self.objects:
            raise StoreUnavailableError
        return self.objects[key]

    async def keep_only(self, prefix: str, key: str | None) -> None:
        if self.away:
            raise StoreUnavailableError
        self.objects = {name: data for name, data in self.objects.items() if not name.startswith(prefix) or name == key}

    async def listed(self) -> dict[str, bytes]:
        return self.objects
