"""Archives and erasures, in memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from contracts.letters import v1
from services.letters.domain.codes import Kind
from services.letters.domain.letter import Letter
from tests.unit.letters.fakes.memory import Memory, Published


@dataclass
class FakeArchives:
    memory: Memory

    async def tell_complete(self, letters: Collection[Letter]) -> None:
        for letter in {letter.list_id: letter for letter in letters}.values():
            self._tell(letter)

    def _tell(self, letter: Letter) -> None:
        list_id = letter.list_id
        letters = [each for each in self.memory.letters.values() if each.list_id == list_id]
        waiting = [each for each in letters if self.memory.queue[each.letter_id].stage != "settled"]
        if waiting or not any(each.document for each in letters):
            return
        version = self.memory.archives[list_id] = self.memory.archives.get(list_id, 0) + 1
        kind, subject = v1.ArchiveReady.message_type, f"archive/{list_id}"
        self.memory.published.append(Published(kind, letter.municipality_id, subject, version))


@dataclass
class FakeErasures:
    memory: Memory
    now: datetime

    async def forget_messages(self, list_id: str, persons: Collection[int], why: str) -> None:
        """There are none in memory."""

    async def about(self, list_id: str, persons: Collection[int]) -> list[str]:
        return [
            each.letter_id
            for each in self.memory.letters.values()
            if each.list_id == list_id
            and each.erased_at is None
            and (set(each.persons) & set(persons) or each.kind is Kind.ANSWER)
        ]

    async def outdated(self, made_before: datetime, most: int) -> list[str]:
        found = [
            (each.document.created_at, each.letter_id)
            for each in self.memory.letters.values()
            if each.kind.of_list and each.document and each.document.created_at < made_before
        ]
        return [letter_id for _, letter_id in sorted(found)[:most]]

    async def put(self, letter_id: str, due_at: datetime) -> None:
        self.memory.queue[letter_id].stage = "settled"
        if letter_id in self.memory.errands and self.memory.errands[letter_id].stage == "to_send":
            self.memory.errands[letter_id].stage = "settled"
        self.memory.erasures[letter_id] = due_at

    async def due(self, most: int) -> list[Letter]:
        found = sorted(name for name, due_at in self.memory.erasures.items() if due_at <= self.now)
        return [self.memory.letters[letter_id] for letter_id in found[:most]]

    async def put_off(self, letter_id: str, due_at: datetime) -> None:
        self.memory.erasures[letter_id] = due_at

    async def done(self, letter_id: str) -> None:
        del self.memory.erasures[letter_id]
