"""The ports in memory. The same contract tests hold for these and for the real repositories."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from contracts.distribution import threads_v1, v1
from contracts.distribution.history import ListChangeState
from services.distribution.adapters import messages
from services.distribution.domain.addresses import Residence
from services.distribution.domain.codes import ListStatus, PersonStatus
from services.distribution.domain.erasure import IN_HAND
from services.distribution.domain.events import (
    AddressCorrected,
    ImdiWrote,
    ListAnswered,
    ListEvent,
    ListWithdrawn,
    PersonsErased,
    PersonsPlaced,
    PersonsWithdrawn,
    QuestionAsked,
)
from services.distribution.domain.history import change_of
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.offer_checks import OpenElsewhere, PersonFields
from services.distribution.domain.offers import Offer
from services.distribution.domain.persons import Identity, Person
from services.distribution.domain.problems import Problem
from services.distribution.domain.reply_clock import next_reminder
from services.distribution.domain.thread_messages import ThreadMessage
from services.distribution.domain.threads import Said
from services.distribution.use_cases.ports import Held, Numbered, Original, Ports, RegisteredMunicipality, Reoffer

REOFFER_WAIT = timedelta(minutes=60)
ERASED_AT = datetime(2026, 11, 24, tzinfo=UTC)
"""When words are erased in memory: nobody looks at it."""


@dataclass(frozen=True)
class Published:
    """What a test looks at of a published record."""

    type: str
    key: str
    subject: str
    sequence: int | None
    partition_key: str | None = None
    erases: bool = False


class World(Protocol):
    """Where the ports keep things: memory, or PostgreSQL."""

    def begin(self) -> AbstractAsyncContextManager[Ports]:
        """Open a transaction; it is committed at the end, and undone on an exception."""

    async def published(self) -> list[Published]:
        """Take what has been published since the last call."""


@dataclass
class Waits:
    """A message that waits: for a register of that size, for another list, or (neither) behind its own list."""

    held: Held
    list_id: str
    register_size: int | None = None
    reoffer: Reoffer | None = None


@dataclass
class Memory:
    """Everything there is."""

    lists: dict[str, DistributionList] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)
    identities: dict[tuple[str, int], Identity] = field(default_factory=dict)
    numbers: dict[tuple[str, date], str] = field(default_factory=dict)
    four_eyes: dict[str, bool] = field(default_factory=dict)
    mergers: dict[str, tuple[str, date]] = field(default_factory=dict)
    register_size: int | None = None
    arrived: int = -1
    held: dict[str, Waits] = field(default_factory=dict)
    rejected: dict[tuple[str, int], datetime] = field(default_factory=dict)
    published: list[Published] = field(default_factory=list)
    messages: dict[str, list[ThreadMessage]] = field(default_factory=dict)
    corrections: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)


class FakeWorld:
    """A World in memory. ``now``: when its transactions are."""

    def __init__(self, now: datetime) -> None:
        self.memory = Memory()
        self.now = now

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Ports]:
        working = copy.deepcopy(self.memory)
        yield Ports(
            FakeLists(working),
            FakeMunicipalities(working),
            FakeWaiting(working),
            FakeRejections(working, self.now),
            synthetic_only=True,
            reoffer_wait=REOFFER_WAIT,
        )
        self.memory = working

    async def published(self) -> list[Published]:
        taken, self.memory.published = self.memory.published, []
        return taken


@dataclass
class FakeLists:
    memory: Memory

    async def look_up(self, list_ids: Collection[str], municipality_ids: Collection[str] | None) -> None:
        """Everything is at hand."""

    async def look_up_offered(self, list_ids: Collection[str], persons: Iterable[Numbered]) -> None:
        """Everything is at hand."""

    async def get(self, list_id: str, municipality_id: str) -> DistributionList | None:
        found = self.memory.lists.get(list_id)
        return found if found is not None and found.municipality_id == municipality_id else None

    async def digest(self, list_id: str) -> bytes | None:
        return self.memory.digests.get(list_id)

    async def of_any_municipality(self, list_id: str) -> DistributionList | None:
        return self.memory.lists.get(list_id)

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        before = copy.deepcopy(vars(self.memory))
        try:
            yield
        except BaseException:
            vars(self.memory).update(before)
            raise

    async def written_under(self, list_id: str, reply_id: str) -> Said | None:
        message = next((one for one in self.memory.messages.get(list_id, []) if one.reply_id == reply_id), None)
        return None if message is None else Said(message.running_number, message.text)

    async def residence(self, list_id: str, running_number: int) -> Residence | None:
        key = (list_id, running_number)
        identity = self.memory.identities.get(key)
        return identity and Residence(identity.address, self.memory.corrections.get(key, ()))

    async def keep_correction(self, list_id: str, running_number: int, correction_id: str) -> None:
        before = self.memory.corrections.get((list_id, running_number), ())
        self.memory.corrections[list_id, running_number] = (*before, correction_id)

    async def due_for_reminder(self, today: date, most: int, but: Collection[str] = ()) -> list[str]:
        days = {found.id: next_reminder(found) for found in self.memory.lists.values()}
        due = [(day, name) for name, day in days.items() if day is not None and day <= today and name not in but]
        return [list_id for _, list_id in sorted(due)[:most]]

    async def closed_before(self, time: datetime, most: int, but: Collection[str] = ()) -> list[str]:
        found = [
            one.id
            for one in self.memory.lists.values()
            if one.status in {ListStatus.ANSWERED, ListStatus.WITHDRAWN}
            and one.changed is not None
            and one.changed.at < time
            and one.erased < len(one.persons)
            and one.id not in but
            and all(person.status not in IN_HAND for person in one.persons)
        ]
        return sorted(found)[:most]

    async def open_elsewhere(
        self, but_on: Collection[str | None], persons: Sequence[PersonFields]
    ) -> list[OpenElsewhere]:
        others = [
            identity
            for (owner, number), identity in self.memory.identities.items()
            if owner not in but_on and self._holds_a_place(owner, number)
        ]
        duf_numbers = {identity.duf_number for identity in others}
        identity_numbers = {identity.identity_number for identity in others} - {None}
        found = (
            OpenElsewhere(position, person.duf_number in duf_numbers, person.identity_number in identity_numbers)
            for position, person in enumerate(persons)
        )
        return [person for person in found if person.by_duf_number or person.by_identity_number]

    def _holds_a_place(self, list_id: str, running_number: int) -> bool:
        person = self.memory.lists[list_id].person(running_number)
        return person is not None and person.status not in {PersonStatus.DECLINED, PersonStatus.WITHDRAWN}

    async def add(self, received: DistributionList, offer: Offer, events: Sequence[ListEvent]) -> bool:
        assert offer.list_id not in self.memory.lists
        self.memory.lists[received.id] = received
        self.memory.digests[received.id] = offer.digest
        self.memory.identities |= {(received.id, one.running_number): one.identity for one in offer.persons}
        self._events(received, events)
        self._state(received, received.persons)
        return True

    async def save(self, before: DistributionList, after: DistributionList, events: Sequence[ListEvent]) -> None:
        if not events:
            return
        assert self.memory.lists[before.id] == before
        self.memory.lists[after.id] = after
        self._events(after, events)
        self._folders(after, events)
        self._messages(after, events)
        if change := change_of(before, after, events):
            key = f"{after.id}/changes/{change.version}"
            self._publish(ListChangeState.message_type, key, key, after.version, after.id)
        self._state(after, after.changed_persons(before))
        for event in events:
            if isinstance(event, ListAnswered):
                self._publish(v1.Answer.message_type, after.municipality_id, after.id, event.version)
            if isinstance(event, QuestionAsked):
                self._publish(threads_v1.Question.message_type, after.municipality_id, after.id, event.version)

    def _folders(self, after: DistributionList, events: Sequence[ListEvent]) -> None:
        for event in events:
            if isinstance(event, PersonsPlaced):
                for person in event.persons:
                    key = f"{after.id}/{person.running_number}"
                    self._publish(v1.PersonFolderState.message_type, key, key, after.version, after.id)
            if isinstance(event, AddressCorrected):
                key, number = f"{after.id}/{event.running_number}", (after.id, event.running_number)
                self.memory.identities[number] = replace(self.memory.identities[number], address=event.address)
                person = after.person(event.running_number)
                if person is not None and person.placed_on is not None:
                    self._publish(v1.PersonFolderState.message_type, key, key, after.version, after.id)
            if isinstance(event, PersonsWithdrawn | ListWithdrawn):
                self._close_folders(after, [person.running_number for person in event.persons])
            if isinstance(event, PersonsErased):
                self._close_folders(after, event.running_numbers)
                for number in event.running_numbers:
                    self.memory.identities.pop((after.id, number), None)

    def _messages(self, after: DistributionList, events: Sequence[ListEvent]) -> None:
        for event in events:
            if isinstance(event, PersonsErased):
                self._silence(after, event)
            if isinstance(event, QuestionAsked | ImdiWrote):
                self.memory.messages.setdefault(after.id, []).append(event.message)
                key = f"{after.id}/messages/{event.message.number}"
                self._publish(threads_v1.ThreadMessageState.message_type, key, key, event.version, after.id)

    def _silence(self, after: DistributionList, event: PersonsErased) -> None:
        kept = self.memory.messages.get(after.id, [])
        for index, message in enumerate(kept):
            number = message.running_number
            gone = number in event.running_numbers or (number is None and event.list_words)
            if gone and message.erased_at is None:
                kept[index] = replace(message, text="", erased_at=ERASED_AT)
                key = f"{after.id}/messages/{message.number}"
                self._publish(threads_v1.ThreadMessageState.message_type, key, key, event.version, after.id)

    def _close_folders(self, after: DistributionList, withdrawn: Sequence[int]) -> None:
        for number in withdrawn:
            person = after.person(number)
            if person is not None and person.placed_on is not None:
                key = f"{after.id}/{number}"
                self.memory.published.append(
                    Published(v1.PersonFolderState.message_type, key, key, after.version, after.id, erases=True)
                )

    def _events(self, about: DistributionList, events: Iterable[ListEvent]) -> None:
        for event in events:
            kind = messages.list_event(about, event).message_type
            self._publish(kind, about.municipality_id, about.id, event.version)

    def _state(self, about: DistributionList, persons: Iterable[Person]) -> None:
        for person in persons:
            key = f"{about.id}/{person.running_number}"
            self._publish(v1.PersonState.message_type, key, key, about.version, about.id)
        self._publish(v1.ListState.message_type, about.id, about.id, about.version, about.id)

    def _publish(self, kind: str, key: str, subject: str, sequence: int, partition_key: str | None = None) -> None:
        self.memory.published.append(Published(kind, key, subject, sequence, partition_key))


@dataclass
class FakeMunicipalities:
    memory: Memory

    async def look_up(self, municipality_ids: Collection[str]) -> None:
        """Everything is at hand."""

    async def look_up_bearers(self, numbers: Collection[str], day: date) -> None:
        """Everything is at hand."""

    async def bearer(self, number: str, day: date) -> str | None:
        present: dict[str, str] = {}
        for (municipality_id, _), borne in sorted(
            (key, borne) for key, borne in self.memory.numbers.items() if key[1] <= day
        ):
            present[municipality_id] = borne
        return next(
            (found for found, borne in present.items() if borne == number and not self._merged(found, day)), None
        )

    async def successor(self, number: str, day: date) -> str | None:
        last = {key[0]: borne for key, borne in sorted(self.memory.numbers.items())}
        went = next((self._merged(found, day) for found, borne in last.items() if borne == number), None)
        while went is not None and (further := self._merged(went, day)) is not None:
            went = further
        held = [
            borne for (found, since), borne in sorted(self.memory.numbers.items()) if found == went and since <= day
        ]
        return held[-1] if held else None

    async def answers_for(self, municipality_id: str, day: date) -> frozenset[str]:
        found = {municipality_id}
        while more := {one for one in self.memory.mergers if self._merged(one, day) in found} - found:
            found |= more
        return frozenset(found)

    def _merged(self, municipality_id: str, day: date) -> str | None:
        successor, merged_on = self.memory.mergers.get(municipality_id, (None, date.max))
        return successor if merged_on <= day else None

    async def four_eyes(self, municipality_id: str) -> bool:
        return self.memory.four_eyes.get(municipality_id, False)

    async def awaited(self) -> int | None:
        size, here = self.memory.register_size, len({key[0] for key in self.memory.numbers})
        return 1 if size is None else size if here < size else None

    async def keep(self, municipalities: Sequence[RegisteredMunicipality], size: int | None) -> int | None:
        self.memory.numbers |= {(kept.id, kept.valid_from): kept.number for kept in municipalities}
        self.memory.four_eyes |= {kept.id: kept.four_eyes for kept in municipalities}
        for kept in municipalities:
            if kept.successor is not None and kept.merged_on is not None:
                self.memory.mergers[kept.id] = (kept.successor, kept.merged_on)
        self.memory.register_size = self.memory.register_size if size is None else size
        return None if await self.awaited() is not None else self.memory.register_size


@dataclass
class FakeWaiting:
    memory: Memory

    async def hold(self, held: Held, list_id: str, register_size: int) -> bool:
        if self.memory.arrived >= register_size:
            return False
        self._hold(Waits(held, list_id, register_size=register_size))
        return True

    async def release(self, register_size: int) -> list[Held]:
        self.memory.arrived = max(self.memory.arrived, register_size)
        return self._release(lambda one: one.register_size is not None and one.register_size <= register_size)

    async def hold_reoffer(self, held: Held, reoffer: Reoffer) -> None:
        self._hold(Waits(held, reoffer.list_id, reoffer=reoffer))

    async def release_reoffers(self, received_before: datetime) -> list[Held]:
        return self._release(lambda one: one.held.received_at <= received_before or self._has_moved(one), reoffers=True)

    def _has_moved(self, one: Waits) -> bool:
        assert one.reoffer is not None
        replaced = self.memory.lists.get(one.reoffer.replaces)
        return (replaced.version if replaced else 0) != one.reoffer.seen_version

    async def hold_behind(self, held: Held, list_id: str) -> bool:
        if all(one.list_id != list_id for one in self.memory.held.values()):
            return False
        self._hold(Waits(held, list_id))
        return True

    def _hold(self, one: Waits) -> None:
        self.memory.held.setdefault(one.held.original.place, one)

    def _release(self, due: Callable[[Waits], bool], *, reoffers: bool = False) -> list[Held]:
        held = self.memory.held
        lists = {one.list_id for one in held.values() if (one.reoffer is not None or not reoffers) and due(one)}
        released = {place: one for place, one in held.items() if one.list_id in lists}
        for place in released:
            del held[place]
        return [one.held for one in released.values()]


@dataclass
class FakeRejections:
    memory: Memory
    now: datetime

    async def send_back(
        self, original: Original, list_id: str | None, number: str | None, problems: Sequence[Problem]
    ) -> None:
        assert problems
        record = (original.place, original.timestamp)
        if record in self.memory.rejected:
            return
        self.memory.rejected[record] = self.now
        place = original.place
        kind = v1.Rejection.message_type
        self.memory.published.append(Published(kind, number or place, list_id or place, None))

    async def has(self, original: Original) -> bool:
        return (original.place, original.timestamp) in self.memory.rejected

    async def forget_before(self, time: datetime) -> int:
        old = [record for record, at in self.memory.rejected.items() if at < time]
        for record in old:
            del self.memory.rejected[record]
        return len(old)
