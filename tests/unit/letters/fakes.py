"""The ports in memory. The same contracts hold for these and for the real adapters."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

from chassis.clock import FixedClock
from contracts.letters import v1
from services.letters.adapters import messages
from services.letters.domain.calendar import day_in_norway
from services.letters.domain.codes import DispatchStatus, Failure, Kind
from services.letters.domain.consignment import Consignment
from services.letters.domain.content import Answer, Content, Folder, Municipality
from services.letters.domain.dispatch import DispatchStep
from services.letters.domain.letter import Change, Letter
from services.letters.domain.planning import Decided
from services.letters.use_cases.ports import (
    Claim,
    Errand,
    NotRenderableError,
    PostUnavailableError,
    RefusedError,
    StoreUnavailableError,
    Unit,
    WorkerDiedError,
)
from tests.unit.letters.stories import AT


@dataclass(frozen=True)
class Published:
    """What a test looks at of a published record."""

    type: str
    key: str
    subject: str
    sequence: int | None
    partition_key: str | None = None


class World(Protocol):
    """Where letters are kept: memory, or PostgreSQL. It is also the use cases' ``Units``."""

    clock: FixedClock

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction; it is committed at the end, and undone on an exception."""

    async def published(self) -> list[Published]:
        """Take what has been published since the last call."""

    async def holds(self, text: str) -> bool:
        """Tell whether the text is anywhere in what is kept of persons."""


@dataclass
class Queued:
    stage: str
    due_at: datetime
    needs: dict[str, int]
    claims: int = 0
    starts: int = 0
    deaths: int = 0
    turn: int = 0


@dataclass
class OnItsWay:
    stage: str
    due_at: datetime
    claims: int = 0
    tries: int = 0
    turn: int = 0


@dataclass
class Memory:
    """Everything there is."""

    municipalities: dict[str, tuple[int, Municipality]] = field(default_factory=dict)
    answers: dict[str, date] = field(default_factory=dict)
    accepted: dict[str, frozenset[int]] = field(default_factory=dict)
    whole_answers: dict[str, Answer] = field(default_factory=dict)
    covered: dict[tuple[str, int], tuple[str, bool]] = field(default_factory=dict)
    """By list and person: the decision, and whether the person was withdrawn since."""
    archives: dict[str, int] = field(default_factory=dict)
    folders: dict[tuple[str, int], tuple[int, Folder | None]] = field(default_factory=dict)
    letters: dict[str, Letter] = field(default_factory=dict)
    queue: dict[str, Queued] = field(default_factory=dict)
    errands: dict[str, OnItsWay] = field(default_factory=dict)
    arrived: dict[str, int] = field(default_factory=dict)
    erasures: dict[str, datetime] = field(default_factory=dict)
    published: list[Published] = field(default_factory=list)


class FakeWorld:
    """A World in memory."""

    def __init__(self, now: datetime) -> None:
        self.memory = Memory()
        self.clock = FixedClock(now)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        working, now = copy.deepcopy(self.memory), self.clock.now()
        yield Unit(
            now,
            FakeCopies(working, day_in_norway(now)),
            FakeLetters(working, now),
            FakeQueue(working, now),
            FakeErrands(working, now),
            FakeArchives(working),
            FakeErasures(working, now),
        )
        self.memory = working

    async def published(self) -> list[Published]:
        taken, self.memory.published = self.memory.published, []
        return taken

    async def holds(self, text: str) -> bool:
        return text in repr((self.memory.folders, self.memory.whole_answers))


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
