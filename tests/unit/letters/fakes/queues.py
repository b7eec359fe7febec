"""Who waits for what, in memory: letters to be made, errands to be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.letters.domain.codes import Failure
from services.letters.use_cases.ports import (
    Claim,
    Errand,
)
from tests.unit.letters.fakes.memory import Memory, OnItsWay, Queued


def next_turn(memory: Memory, line: Mapping[str, Queued] | Mapping[str, OnItsWay], stage: str, letter_id: str) -> int:
    """Tell the turn that a letter gets: the one that is up, or the one after its municipality's last."""
    waiting = {key: each.turn for key, each in line.items() if each.stage == stage and not each.claims}
    home = memory.letters[letter_id].municipality_id
    own = [turn + 1 for key, turn in waiting.items() if memory.letters[key].municipality_id == home]
    return max(min(waiting.values(), default=0), *own, 0)


def in_turn(line: Mapping[str, Queued] | Mapping[str, OnItsWay], stage: str, now: datetime) -> list[str]:
    """Tell whose turn it is; of what is followed, what has been due longest."""
    due = [
        (each.turn if stage != "followed" else 0, each.due_at, key)
        for key, each in line.items()
        if each.stage == stage and (each.due_at <= now or not each.claims)
    ]
    return [key for _, _, key in sorted(due)]


@dataclass
class FakeQueue:
    memory: Memory
    now: datetime

    async def put(self, letter_id: str, needs: Sequence[tuple[str, int]]) -> bool:
        queued = self.memory.queue[letter_id]
        queued.needs = {entity: least for entity, least in needs if self.memory.arrived.get(entity, -1) < least}
        return self._ready_if_met(queued)

    async def arrived(self, entity: str, version: int) -> int:
        self.memory.arrived[entity] = max(version, self.memory.arrived.get(entity, -1))
        ready = 0
        for queued in self.memory.queue.values():
            if queued.needs.get(entity, version + 1) <= version:
                del queued.needs[entity]
                ready += self._ready_if_met(queued)
        return ready

    def _ready_if_met(self, queued: Queued) -> bool:
        if queued.stage == "waiting" and not queued.needs:
            [identity] = [identity for identity, each in self.memory.queue.items() if each is queued]
            queued.turn = next_turn(self.memory, self.memory.queue, "ready", identity)
            queued.stage, queued.due_at = "ready", self.now
            return True
        return False

    async def claim(self, limit: int, until: datetime) -> list[Claim]:
        claims = []
        for identity in in_turn(self.memory.queue, "ready", self.now)[:limit]:
            queued = self.memory.queue[identity]
            queued.due_at, queued.claims, queued.starts = until, queued.claims + 1, queued.starts + 1
            claims.append(Claim(self.memory.letters[identity], queued.claims, queued.starts))
        return claims

    async def put_back(self, claim: Claim, not_before: datetime) -> bool:
        return self._if_last(claim, lambda queued: replace(queued, due_at=not_before, starts=0))

    async def died(self, claim: Claim, not_before: datetime) -> int | None:
        died = self._if_last(
            claim, lambda queued: replace(queued, due_at=not_before, starts=1, deaths=queued.deaths + 1)
        )
        return self.memory.queue[claim.letter.letter_id].deaths if died else None

    async def settle(self, claim: Claim) -> bool:
        return self._if_last(claim, lambda queued: replace(queued, stage="settled"))

    async def settle_all(self, claims: Sequence[Claim]) -> frozenset[str]:
        return frozenset([claim.letter.letter_id for claim in claims if await self.settle(claim)])

    def _if_last(self, claim: Claim, change: Callable[[Queued], Queued]) -> bool:
        queued = self.memory.queue[claim.letter.letter_id]
        if queued.claims != claim.token or queued.stage != "ready":
            return False
        self.memory.queue[claim.letter.letter_id] = change(queued)
        return True

    async def again(self, letter_id: str) -> None:
        queued = self.memory.queue[letter_id]
        queued.stage, queued.due_at, queued.starts, queued.deaths = "ready", self.now, 1, 0

    async def retry_failed(self, starts: int) -> int:
        failed = [
            queued
            for identity, queued in self.memory.queue.items()
            if queued.stage == "settled"
            and queued.starts <= starts
            and self.memory.letters[identity].failure is Failure.CANNOT_BE_RENDERED
        ]
        for queued in failed:
            queued.stage, queued.due_at, queued.starts = "ready", self.now, 0
        return len(failed)


@dataclass
class FakeErrands:
    memory: Memory
    now: datetime

    async def add(self, letter_ids: Sequence[str]) -> None:
        for letter_id in letter_ids:
            turn = next_turn(self.memory, self.memory.errands, "to_send", letter_id)
            kept = self.memory.errands.get(letter_id)
            self.memory.errands[letter_id] = OnItsWay("to_send", self.now, kept.claims + 1 if kept else 0, turn=turn)

    async def add_again(self, letter_id: str) -> None:
        kept = self.memory.errands[letter_id]
        self.memory.errands[letter_id] = OnItsWay("to_send", self.now, kept.claims + 1)

    async def claim_to_send(self, limit: int, until: datetime) -> list[Errand]:
        return self._claim("to_send", limit, until)

    async def claim_to_follow(self, limit: int, until: datetime) -> list[Errand]:
        return self._claim("followed", limit, until)

    def _claim(self, stage: str, limit: int, until: datetime) -> list[Errand]:
        errands = []
        for identity in in_turn(self.memory.errands, stage, self.now)[:limit]:
            errand = self.memory.errands[identity]
            errand.due_at, errand.claims, errand.tries = until, errand.claims + 1, errand.tries + 1
            errands.append(Errand(self.memory.letters[identity], errand.claims, errand.tries, until))
        return errands

    async def put_back(self, errand: Errand, due_at: datetime) -> bool:
        return self._if_last(errand, lambda kept: replace(kept, due_at=due_at))

    async def follow(self, errand: Errand, due_at: datetime) -> bool:
        return self._if_last(errand, lambda kept: replace(kept, stage="followed", due_at=due_at, tries=0))

    async def settle(self, errand: Errand) -> bool:
        return self._if_last(errand, lambda kept: replace(kept, stage="settled"))

    async def drop(self, errand: Errand) -> bool:
        return await self.settle(errand)

    def _if_last(self, errand: Errand, change: Callable[[OnItsWay], OnItsWay]) -> bool:
        kept = self.memory.errands[errand.letter.letter_id]
        if kept.claims != errand.token:
            return False
        self.memory.errands[errand.letter.letter_id] = change(kept)
        return True
