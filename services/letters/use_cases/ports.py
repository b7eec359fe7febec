"""What the use cases need of the database, as Protocols. Adapters implement them; beyond it: ``outside``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.letters.domain.content import Answer, Folder, Municipality
from services.letters.domain.letter import Change, Letter
from services.letters.domain.planning import Decided


class Copies(Protocol):
    """What other services have told, kept here because letters need it. One transaction."""

    async def look_ahead(self, letters: Sequence[Letter]) -> None:
        """Read at once what is asked for of these letters next, while nothing else is kept in the transaction."""

    async def keep_municipality(self, municipality: Municipality, version: int) -> None:
        """Keep a municipality as it is in ``version``; an older version changes nothing."""

    async def keep_answer(self, list_id: str, answered_on: date, accepted: Collection[int] = ()) -> None:
        """Keep the day a list was answered, and whom the municipality accepted."""

    async def keep_whole_answer(self, answer: Answer) -> None:
        """Keep all of an answer until its paper is made."""

    async def forget_whole_answer(self, list_id: str) -> None:
        """Erase an answer: its paper is made."""

    async def keep_folder(self, folder: Folder, version: int) -> None:
        """Keep an open folder as it is in ``version``; an older version changes nothing."""

    async def close_folder(self, list_id: str, running_number: int, version: int) -> None:
        """Erase a folder's content, and remember that it was closed in ``version``."""

    async def municipality(self, municipality_id: str) -> Municipality | None:
        """Read a municipality; of one that has merged, the one that gets its letters now."""

    async def answered_on(self, list_id: str) -> date | None:
        """Tell the day a list was answered."""

    async def accepted(self, list_id: str) -> frozenset[int]:
        """Tell whom the municipality accepted, by running number; empty also of an answer from before this was kept."""

    async def whole_answer(self, list_id: str) -> Answer | None:
        """Read an answer whose paper is not made yet."""

    async def open_folders(self, list_id: str, running_numbers: Collection[int]) -> dict[int, Folder]:
        """Read those of the folders that are open, by running number; they stay so until the transaction ends."""


class Letters(Protocol):
    """The letters. One transaction."""

    async def covered(self, list_id: str) -> frozenset[int]:
        """Tell which persons of a list have their letters, planned or made."""

    async def add(self, planned: Sequence[Change]) -> None:
        """Keep and publish new letters; the persons of a placement decision are covered from now on."""

    async def exists(self, letter_id: str) -> bool:
        """Tell whether there is such a letter."""

    async def asked_before(self, case: str) -> bool:
        """Tell whether a request of this case has its letter, planned or made."""

    async def take_back(self, list_id: str, persons: Collection[int]) -> list[Decided]:
        """Remember that persons were withdrawn; tells of each decision about some of them whom it is still about."""

    async def read(self, letter_id: str) -> Letter:
        """Read a letter as it is now, without a lock."""

    async def lock(self, letter_id: str) -> Letter:
        """Read a letter, locked until the transaction ends."""

    async def lock_all(self, letter_ids: Collection[str]) -> list[Letter]:
        """Read letters, locked until the transaction ends, in the order of their ids."""

    async def save(self, change: Change) -> None:
        """Keep and publish a change of a letter that is locked."""

    async def save_all(self, changes: Sequence[Change], traces: Mapping[str, str | None]) -> None:
        """Do so with several. ``traces``: what each goes on in, by its id, where it is not what it followed from."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A letter to be made now.

    token: tells this claim from an earlier one of the letter, whose holder may still be at work.
    starts: how often it has been claimed without an end being recorded, this time included.
    traceparent: of what the letter followed from.
    """

    letter: Letter
    token: int
    starts: int
    traceparent: str | None = None


class Queue(Protocol):
    """Letters on their way: waiting for what they need, then ready to be made, then settled. One transaction."""

    async def put(self, letter_id: str, needs: Sequence[tuple[str, int]]) -> bool:
        """Have a new letter wait for each (entity, least version); True where all is here and it is ready."""

    async def arrived(self, entity: str, version: int) -> int:
        """Make those letters ready that waited only for this; returns how many."""

    async def claim(self, limit: int, until: datetime) -> list[Claim]:
        """Claim ready letters, the municipalities in turn, each one's longest due first.

        One whose end is not recorded by ``until`` may be claimed again.
        """

    async def put_back(self, claim: Claim, not_before: datetime) -> bool:
        """Have a claimed letter made later, and forget its starts; False where the claim is no longer the last."""

    async def died(self, claim: Claim, not_before: datetime) -> int | None:
        """Have a letter made later of which a worker has died; tells of how many by now, None as in ``put_back``."""

    async def settle(self, claim: Claim) -> bool:
        """Take a letter out: it is made, or will not be. False where the claim is no longer the last."""

    async def settle_all(self, claims: Sequence[Claim]) -> frozenset[str]:
        """Take letters out; tells of which ones the claim was the last."""

    async def again(self, letter_id: str) -> None:
        """Have a letter made again, as one that was begun before: what was made of it is removed."""

    async def retry_failed(self, starts: int) -> int:
        """Make letters ready again that could not be rendered, but not those given up after ``starts`` starts."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A letter to be sent, or looked after, now.

    token: tells this claim from an earlier one, whose holder may still be at work.
    tries: claims since the letter last came further, this one included.
    until: when others may claim it.
    traceparent: of what the letter followed from.
    """

    letter: Letter
    token: int
    tries: int
    until: datetime
    traceparent: str | None = None

    @property
    def begun_before(self) -> bool:
        """Whether an earlier claim may have handed the letter over."""
        return self.token > 1


class Errands(Protocol):
    """Letters that are made, on their way: to be sent, then followed, then settled. One transaction."""

    async def add(self, letter_ids: Sequence[str]) -> None:
        """Have letters sent that have been made; of one made anew no earlier claim is the last any more."""

    async def add_again(self, letter_id: str) -> None:
        """Have a letter sent once more that was settled, or is still looked after."""

    async def claim_to_send(self, limit: int, until: datetime) -> list[Errand]:
        """Claim letters to be sent, the municipalities in turn, until their end is recorded or ``until`` has come."""

    async def claim_to_follow(self, limit: int, until: datetime) -> list[Errand]:
        """Claim letters whose status is to be asked for, longest due first."""

    async def put_back(self, errand: Errand, due_at: datetime) -> bool:
        """Have it tried, or looked after, again later. False where the claim is no longer the last."""

    async def follow(self, errand: Errand, due_at: datetime) -> bool:
        """Have its status asked for from then on, as one that has just come further. False as in ``put_back``."""

    async def settle(self, errand: Errand) -> bool:
        """Take it out: nothing more will happen with it. False as in ``put_back``."""

    async def drop(self, errand: Errand) -> bool:
        """Take it out until the letter is made anew, and added again. False as in ``put_back``."""


class Archives(Protocol):
    """What a list's archive holds. One transaction."""

    async def tell_complete(self, letters: Collection[Letter]) -> None:
        """Publish which papers the lists of these letters have, of each list where none is still to be made."""


class Erasures(Protocol):
    """Papers that are to go. One transaction."""

    async def forget_messages(self, list_id: str, persons: Collection[int], why: str) -> None:
        """Erase messages about them that failed here. ``why``: a code, kept in the record of it."""

    async def about(self, list_id: str, persons: Collection[int]) -> list[str]:
        """Tell the papers of the list that are about one of them, the answer among them; not those erased."""

    async def outdated(self, made_before: datetime, most: int) -> list[str]:
        """Tell papers of lists that were made before then, the oldest first; not those erased."""

    async def put(self, letter_id: str, due_at: datetime) -> None:
        """Have the letter's objects deleted from then on; it is neither made nor sent any more."""

    async def due(self, most: int) -> list[Letter]:
        """Tell letters whose objects are to be deleted now."""

    async def put_off(self, letter_id: str, due_at: datetime) -> None:
        """Have it tried again later."""

    async def done(self, letter_id: str) -> None:
        """Note that the object store has none of it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction. ``now``: its time, aware, UTC."""

    now: datetime
    copies: Copies
    letters: Letters
    queue: Queue
    errands: Errands
    archives: Archives
    erasures: Erasures


class Units(Protocol):
    """Opens transactions outside the handling of messages."""

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """Commit at the end of the block, roll back on any exception."""
