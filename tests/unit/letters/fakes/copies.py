"""Copies of others, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.letters.domain.content import Answer, Folder, Municipality
from services.letters.domain.letter import Letter
from tests.unit.letters.fakes.memory import Memory


def _address(folder: Folder) -> tuple[object, ...]:
    return folder.address_lines, folder.postal_code, folder.city


@dataclass
class FakeCopies:
    memory: Memory
    today: date

    async def look_ahead(self, letters: Sequence[Letter]) -> None:
        """Do nothing: it is all here."""

    async def keep_municipality(self, municipality: Municipality, version: int) -> None:
        known = self.memory.municipalities.get(municipality.municipality_id)
        if known is None or known[0] < version:
            self.memory.municipalities[municipality.municipality_id] = (version, municipality)

    async def keep_answer(self, list_id: str, answered_on: date, accepted: Collection[int] = ()) -> None:
        self.memory.answers[list_id] = answered_on
        self.memory.accepted[list_id] = frozenset(accepted)

    async def keep_whole_answer(self, answer: Answer) -> None:
        self.memory.whole_answers.setdefault(answer.list_id, answer)

    async def forget_whole_answer(self, list_id: str) -> None:
        self.memory.whole_answers.pop(list_id, None)

    async def whole_answer(self, list_id: str) -> Answer | None:
        return self.memory.whole_answers.get(list_id)

    async def accepted(self, list_id: str) -> frozenset[int]:
        return self.memory.accepted.get(list_id, frozenset())

    async def keep_folder(self, folder: Folder, version: int) -> None:
        key = (folder.list_id, folder.running_number)
        before = self.memory.folders.get(key, (0, None))[1]
        same = before is not None and _address(before) == _address(folder)
        came = before.address_version if same and before is not None else version
        self._keep(key, version, replace(folder, address_version=came))

    async def close_folder(self, list_id: str, running_number: int, version: int) -> None:
        self._keep((list_id, running_number), version, None)

    def _keep(self, key: tuple[str, int], version: int, folder: Folder | None) -> None:
        known = self.memory.folders.get(key)
        if known is None or known[0] < version:
            self.memory.folders[key] = (version, folder)

    async def municipality(self, municipality_id: str) -> Municipality | None:
        known = self.memory.municipalities.get(municipality_id)
        if known is None or known[1].merged_on is None or known[1].merged_on > self.today:
            return known[1] if known else None
        return await self.municipality(str(known[1].successor)) or known[1]

    async def answered_on(self, list_id: str) -> date | None:
        return self.memory.answers.get(list_id)

    async def open_folders(self, list_id: str, running_numbers: Collection[int]) -> dict[int, Folder]:
        known = {number: self.memory.folders.get((list_id, number)) for number in running_numbers}
        return {number: kept[1] for number, kept in known.items() if kept and kept[1]}
