"""What the use cases need from outside, as Protocols. Adapters implement them over one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from services.distribution.domain.addresses import Residence
from services.distribution.domain.events import ListEvent
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.offer_checks import OpenElsewhere, PersonFields
from services.distribution.domain.offers import Offer
from services.distribution.domain.problems import Problem
from services.distribution.domain.threads import Said


@dataclass(frozen=True, slots=True)
class Original:
    """A record as it came. ``timestamp``: milliseconds since 1970. Its value may hold anything about anybody."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    message_id: str | None
    key: bytes | None
    headers: Sequence[tuple[str, bytes]] = field(repr=False)
    value: bytes | None = field(repr=False)

    @property
    def place(self) -> str:
        """Where the record lies: ``<topic>/<partition>/<offset>``."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waited, and when it came: its deadline and year are counted from there."""

    original: Original
    received_at: datetime


@dataclass(frozen=True, slots=True)
class RegisteredMunicipality:
    """What is kept here of a municipality: which number it bears from when on."""

    id: str
    number: str
    valid_from: date
    four_eyes: bool = False
    """Whether it wants another one to send an answer than the one who approved it."""
    successor: str | None = None
    """The id of what it is part of from ``merged_on``."""
    merged_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reoffer:
    """A list that waits for the one it replaces. ``seen_version``: that list's when looked at; 0: there is none yet."""

    list_id: str
    replaces: str
    seen_version: int


class Numbered(Protocol):
    """Somebody who is known by these numbers."""

    @property
    def duf_number(self) -> str | None:
        """The number in IMDi's register."""

    @property
    def identity_number(self) -> str | None:
        """The national one, where there is one."""


class Lists(Protocol):
    """Distribution lists. What is opened is locked until the transaction ends."""

    async def look_up(self, list_ids: Collection[str], municipality_ids: Collection[str] | None) -> None:
        """Make ready to open these lists of these municipalities (None: of any). Nobody sees a difference but in time.

        One that another transaction has in hand is waited for when it is opened, and no earlier.
        """

    async def look_up_offered(self, list_ids: Collection[str], persons: Iterable[Numbered]) -> None:
        """Make ready to take new lists of these ids with these persons. Nobody sees a difference but in time.

        What is added then may be written with the others at the end. Where another transaction was first with one of
        them that fails with an error that passes, and everything is to be tried again.
        """

    async def get(self, list_id: str, municipality_id: str) -> DistributionList | None:
        """Open a list of this municipality; None where it has no such list, whoever else may have one."""

    async def of_any_municipality(self, list_id: str) -> DistributionList | None:
        """Open a list whosever it is: for what IMDi says of it, never for a municipality."""

    def apart(self) -> AbstractAsyncContextManager[None]:
        """Do something that is undone alone, with what it published, where it raises."""

    async def due_for_reminder(self, today: date, most: int, but: Collection[str] = ()) -> list[str]:
        """Tell lists whose clock has something to say on that day or had before, the longest due first; locked.

        Lists that others have in hand are left out: their time comes at the next call. So are those of ``but``.
        """

    async def closed_before(self, time: datetime, most: int, but: Collection[str] = ()) -> list[str]:
        """Tell lists with persons not erased, all of them declined, withdrawn or settled before then; locked.

        Lists that others have in hand are left out: their time comes at the next call. So are those of ``but``.
        """

    async def save(self, before: DistributionList, after: DistributionList, events: Sequence[ListEvent]) -> None:
        """Keep what has changed and publish it; without events nothing.

        Published in this order: the events, folders of persons newly placed or with another address, what was written
        in threads, what of it is history (who did what), changed persons, the list, what goes to IMDi. Who is erased
        leaves nothing in any table.
        """

    async def written_under(self, list_id: str, reply_id: str) -> Said | None:
        """Tell what IMDi wrote about the list under that id; None where nothing."""

    async def residence(self, list_id: str, running_number: int) -> Residence | None:
        """Tell where a person lives; None of nobody, or of somebody erased."""

    async def keep_correction(self, list_id: str, running_number: int, correction_id: str) -> None:
        """Remember that a correction of a person's address has been heeded; it goes with the person."""

    async def digest(self, list_id: str) -> bytes | None:
        """Tell the digest of the offer that this list was made of; None where there is no such list."""

    async def open_elsewhere(
        self, but_on: Collection[str | None], persons: Sequence[PersonFields]
    ) -> list[OpenElsewhere]:
        """Tell which of these persons hold a place on another list than those of ``but_on``, in their order."""

    async def add(self, received: DistributionList, offer: Offer, events: Sequence[ListEvent]) -> bool:
        """Keep a new list and publish it. False, and nothing kept, where another transaction was first.

        That is: with a list of this id, or with one of its persons holding a place on another.
        """


class Municipalities(Protocol):
    """Distribution's copy of the register of municipalities."""

    async def look_up(self, municipality_ids: Collection[str]) -> None:
        """Make ready to tell what these want of who sends. Nobody sees a difference but in time."""

    async def look_up_bearers(self, numbers: Collection[str], day: date) -> None:
        """Make ready to tell who bears these numbers on ``day``. Nobody sees a difference but in time."""

    async def bearer(self, number: str, day: date) -> str | None:
        """Tell the id of the municipality that bears ``number`` on ``day``; None where none here does."""

    async def successor(self, number: str, day: date) -> str | None:
        """Tell the number borne on ``day`` by what the last bearer of ``number`` has merged into; None: it has not."""

    async def answers_for(self, municipality_id: str, day: date) -> frozenset[str]:
        """Tell whose lists a municipality answers: its own, and those of all that have merged into it by ``day``."""

    async def four_eyes(self, municipality_id: str) -> bool:
        """Tell whether the municipality wants another one to send than the one who approved, as far as known here."""

    async def awaited(self) -> int | None:
        """Tell the register's size (at least) where not all of it has arrived here; None where all has."""

    async def keep(self, municipalities: Sequence[RegisteredMunicipality], size: int | None) -> int | None:
        """Keep these, and the register's size where it is given. Returns the size once all have arrived, else None."""


class Waiting(Protocol):
    """Messages that wait: for the register of municipalities, for the list that theirs replaces, or behind another."""

    async def hold(self, held: Held, list_id: str, register_size: int) -> bool:
        """Keep the message until a register of that size has arrived. False: it has, meanwhile; nothing is kept."""

    async def release(self, register_size: int) -> list[Held]:
        """Hand out the messages that waited for a register of that size or less, in the order they came.

        Those that wait behind them are among them.
        """

    async def hold_reoffer(self, held: Held, reoffer: Reoffer) -> None:
        """Keep a list until the one that it replaces is at another version, or its time is up."""

    async def release_reoffers(self, received_before: datetime) -> list[Held]:
        """Hand out lists whose replaced list is at another version than seen, or that came before then; as above."""

    async def hold_behind(self, held: Held, list_id: str) -> bool:
        """Keep a message about a list behind that list, where it waits. False: it does not; nothing is kept."""


class Rejections(Protocol):
    """Messages that go back to IMDi."""

    async def send_back(
        self, original: Original, list_id: str | None, number: str | None, problems: Sequence[Problem]
    ) -> None:
        """Keep the original and publish what is wrong with it; the same record again changes nothing.

        list_id, number: the list's and the municipality's, where they could be read.
        """

    async def has(self, original: Original) -> bool:
        """Whether this very record has been sent back before."""

    async def forget_before(self, time: datetime) -> int:
        """Delete originals that were sent back before ``time``; returns how many."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What IMDi's messages need, over one transaction.

    synthetic_only: whether real identity numbers are refused here.
    reoffer_wait: how long a list waits for the withdrawal from the list that it replaces.
    """

    lists: Lists
    municipalities: Municipalities
    waiting: Waiting
    rejections: Rejections
    synthetic_only: bool
    reoffer_wait: timedelta
