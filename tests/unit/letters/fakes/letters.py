"""Letters, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.letters.adapters import messages
from services.letters.domain.codes import Kind
from services.letters.domain.letter import Change, Letter
from services.letters.domain.planning import Decided
from tests.unit.letters.fakes.memory import Memory, Published, Queued


@dataclass
class FakeLetters:
    memory: Memory
    now: datetime

    async def covered(self, list_id: str) -> frozenset[int]:
        return frozenset(number for known, number in self.memory.covered if known == list_id)

    async def add(self, planned: Sequence[Change]) -> None:
        for change in planned:
            letter = change[0]
            assert letter.letter_id not in self.memory.letters
            self.memory.letters[letter.letter_id] = letter
            self.memory.queue[letter.letter_id] = Queued("waiting", self.now, {})
            if letter.kind is Kind.PLACEMENT_DECISION:
                for number in letter.persons:
                    assert (letter.list_id, number) not in self.memory.covered
                    self.memory.covered[letter.list_id, number] = (letter.letter_id, False)
            self._publish(change)

    async def exists(self, letter_id: str) -> bool:
        return letter_id in self.memory.letters

    async def asked_before(self, case: str) -> bool:
        return any(each.list_id == case and each.kind is Kind.REQUEST for each in self.memory.letters.values())

    async def take_back(self, list_id: str, persons: Collection[int]) -> list[Decided]:
        covered = self.memory.covered
        touched = {covered[list_id, number][0] for number in persons if (list_id, number) in covered}
        for number in persons:
            if (list_id, number) in covered:
                covered[list_id, number] = (covered[list_id, number][0], True)
        return [
            Decided(
                identity,
                self.memory.letters[identity].placed_on,
                tuple(sorted(number for (_, number), kept in covered.items() if kept == (identity, False))),
            )
            for identity in sorted(touched)
        ]

    async def read(self, letter_id: str) -> Letter:
        return self.memory.letters[letter_id]

    async def lock(self, letter_id: str) -> Letter:
        return self.memory.letters[letter_id]

    async def lock_all(self, letter_ids: Collection[str]) -> list[Letter]:
        return [self.memory.letters[letter_id] for letter_id in sorted(letter_ids)]

    async def save_all(self, changes: Sequence[Change], traces: Mapping[str, str | None]) -> None:  # noqa: ARG002
        for change in changes:
            await self.save(change)

    async def save(self, change: Change) -> None:
        self.memory.letters[change[0].letter_id] = change[0]
        self._publish(change)

    def _publish(self, change: Change) -> None:
        letter, event = change
        kind, identity = messages.event(letter, event).message_type, letter.letter_id
        state = messages.state(letter).message_type
        self.memory.published += [
            Published(kind, letter.municipality_id, identity, letter.version),
            Published(state, identity, identity, letter.version, letter.list_id),
        ]
