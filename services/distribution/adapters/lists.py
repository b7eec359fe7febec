"""Distribution lists in PostgreSQL and on distribution's topics."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.distribution.v1 import PersonFolderState
from contracts.envelope import Message
from services.distribution.adapters import (
    erasing,
    list_changes,
    list_rows,
    list_writes,
    messages,
    residences,
    thread_rows,
)
from services.distribution.adapters.open_lists import OpenLists
from services.distribution.adapters.places import numbers_of
from services.distribution.domain.addresses import Residence
from services.distribution.domain.codes import PersonStatus
from services.distribution.domain.events import (
    AddressCorrected,
    ImdiWrote,
    ListAnswered,
    ListEvent,
    ListWithdrawn,
    PersonsErased,
    PersonSettled,
    PersonsPlaced,
    PersonsWithdrawn,
    QuestionAsked,
)
from services.distribution.domain.history import Change, change_of
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.offer_checks import OpenElsewhere, PersonFields
from services.distribution.domain.offers import Offer
from services.distribution.domain.persons import Person
from services.distribution.domain.thread_messages import ThreadMessage
from services.distribution.domain.threads import Said
from services.distribution.use_cases.ports import Numbered

HAS_PARTS = (PersonSettled, QuestionAsked, ImdiWrote, AddressCorrected, PersonsErased)
"""Events that change more than a list and its persons."""

HAS_FOLDER = (PersonStatus.PLACED, PersonStatus.SETTLED)
"""A folder is open from the placement on, until a withdrawal or an erasure."""


@dataclass(frozen=True, slots=True)
class PgLists:
    """Lists, over one transaction."""

    transaction: Transaction

    @property
    def _open(self) -> OpenLists:
        return self.transaction.units.of(OpenLists)

    async def get(self, list_id: str, municipality_id: str) -> DistributionList | None:
        """Open a list of this municipality, locked; None where it has no such list."""
        return await self._open.get(list_id, municipality_id)

    async def of_any_municipality(self, list_id: str) -> DistributionList | None:
        """Open a list whosever it is, locked: for what IMDi says of it."""
        return await self._open.get(list_id, None)

    async def look_up(self, list_ids: Collection[str], municipality_ids: Collection[str] | None) -> None:
        """Open these together, where they can be opened without waiting."""
        await self._open.look_up(list_ids, municipality_ids)

    async def look_up_offered(self, list_ids: Collection[str], persons: Iterable[Numbered]) -> None:
        """Ask together whether lists of these ids are here, and which of these persons hold a place."""
        await self._open.new.look_up(list_ids, set(numbers_of(persons)))

    def apart(self) -> AbstractAsyncContextManager[None]:
        """Do something that is undone alone where it raises."""
        return self.transaction.apart()

    async def due_for_reminder(self, today: date, most: int, but: Collection[str] = ()) -> list[str]:
        """Tell lists whose clock has something to say, locked; those that others have in hand are left out."""
        await self._open.flush()
        return await list_rows.due_for_reminder(self.transaction.connection, today, most, but)

    async def closed_before(self, time: datetime, most: int, but: Collection[str] = ()) -> list[str]:
        """Tell lists that have been closed since before then, locked; those that others have in hand are left out."""
        await self._open.flush()
        return await list_rows.closed_before(self.transaction.connection, time, most, but)

    async def digest(self, list_id: str) -> bytes | None:
        """Tell the digest of the offer that this list was made of."""
        return await self._open.new.digest(list_id)

    async def written_under(self, list_id: str, reply_id: str) -> Said | None:
        """Tell what IMDi wrote about the list under that id."""
        return await thread_rows.written_under(self.transaction.connection, list_id, reply_id)

    async def residence(self, list_id: str, running_number: int) -> Residence | None:
        """Tell where a person lives; None of nobody, or of somebody erased."""
        await self._open.flush()
        return await residences.read(self.transaction.connection, list_id, running_number)

    async def keep_correction(self, list_id: str, running_number: int, correction_id: str) -> None:
        """Remember that a correction of a person's address has been heeded."""
        await self._open.flush()
        await residences.keep_correction(self.transaction.connection, list_id, running_number, correction_id)

    async def open_elsewhere(
        self, but_on: Collection[str | None], persons: Sequence[PersonFields]
    ) -> list[OpenElsewhere]:
        """Tell which of these persons hold a place on another list than those of ``but_on``."""
        return await self._open.open_elsewhere(but_on, persons)

    async def add(self, received: DistributionList, offer: Offer, events: Sequence[ListEvent]) -> bool:
        """Keep a new list and publish it; False where another transaction was first with its id or a person."""
        if not await self._open.add(received, offer):
            return False
        await self._publish_events(received, events)
        await self._publish_state(received, received.persons)
        return True

    async def save(self, before: DistributionList, after: DistributionList, events: Sequence[ListEvent]) -> None:
        """Keep what has changed and publish it; without events nothing."""
        if not events:
            return
        self._open.save(before, after)
        await self._keep_parts(after, events)
        await self._publish_events(after, events)
        await self._tell_folders(after, events)
        await self._tell_messages(after, events)
        await self._keep_change(after, change_of(before, after, events))
        await self._publish_state(after, after.changed_persons(before))
        for event in events:
            if isinstance(event, ListAnswered):
                await self._tell_imdi(after, topics.DISTRIBUTION_ANSWERS.name, messages.answer(after), event.version)
            if isinstance(event, QuestionAsked):
                question = messages.question(after, event.message)
                await self._tell_imdi(after, topics.DISTRIBUTION_QUESTIONS.name, question, event.version)

    async def _keep_parts(self, after: DistributionList, events: Sequence[ListEvent]) -> None:
        """Write what has come to the list's history and threads, and erase what is to go: at once, behind the list."""
        if not any(isinstance(event, HAS_PARTS) for event in events):
            return
        await self._open.flush()
        self._open.let_go(after.id)
        connection = self.transaction.connection
        settled = (event for event in events if isinstance(event, PersonSettled))
        await list_writes.insert_settlements(connection, after, settled)
        for event in events:
            if isinstance(event, QuestionAsked | ImdiWrote):
                await thread_rows.insert(connection, after.id, event.version, event.message)
            if isinstance(event, AddressCorrected):
                await residences.update(connection, after.id, event)
            if isinstance(event, PersonsErased):
                await erasing.erase(self.transaction, after, event)
                self._open.new.places.leave(after.id, event.running_numbers)

    async def _tell_folders(self, after: DistributionList, events: Sequence[ListEvent]) -> None:
        for event in events:
            if isinstance(event, PersonsPlaced):
                await self._publish_folders(after, [person.running_number for person in event.persons])
            if isinstance(event, AddressCorrected):
                await self._publish_folders(after, _with_folder(after, {event.running_number}))
            if isinstance(event, PersonsWithdrawn | ListWithdrawn):
                await self._close_folders(after, {person.running_number for person in event.persons})
            if isinstance(event, PersonsErased):
                await self._close_folders(after, event.running_numbers)

    async def _tell_messages(self, after: DistributionList, events: Sequence[ListEvent]) -> None:
        """Publish what was written in threads, and what has just lost its words."""
        for event in events:
            if isinstance(event, QuestionAsked | ImdiWrote):
                await self._publish_message(after, event.message, event.version)
            if isinstance(event, PersonsErased):
                for message, version in await thread_rows.messages(self.transaction.connection, after.id):
                    if version == event.version:
                        await self._publish_message(after, message, version)

    async def tell_again(self, list_id: str) -> None:
        """Publish a list as it stands, with persons, open folders and history; nothing where it is not there."""
        connection = self.transaction.connection
        await self._open.flush()
        about = await self.of_any_municipality(list_id)
        if about is not None:
            await self._publish_folders(about, _with_folder(about))
            for message, version in await thread_rows.messages(connection, list_id):
                await self._publish_message(about, message, version)
            for change in await list_changes.of_list(connection, list_id):
                await self._publish_change(about, change)
            await self._publish_state(about, about.persons)

    async def _publish_events(self, about: DistributionList, events: Sequence[ListEvent]) -> None:
        for event in events:
            await self.transaction.publish(
                topics.DISTRIBUTION_EVENTS.name,
                messages.list_event(about, event),
                key=about.municipality_id,
                subject=about.id,
                sequence=event.version,
                message_id=messages.event_id(about, event),
            )

    async def _keep_change(self, after: DistributionList, change: Change | None) -> None:
        if change is not None:
            self._open.changes.append((after.id, change))
            await self._publish_change(after, change)

    async def _publish_change(self, about: DistributionList, change: Change) -> None:
        """Publish who did what; before the list: who has the list at a version has its history too."""
        told = list_changes.state(about, change)
        await self._keyed(topics.DISTRIBUTION_STATE.name, list_changes.key(about.id, change), told, about)

    async def _publish_state(self, about: DistributionList, persons: Iterable[Person]) -> None:
        """Publish these persons, and the list last: who has the list at a version has its persons too."""
        topic = topics.DISTRIBUTION_STATE.name
        for person in persons:
            await self._keyed(topic, _entity(about, person), messages.person_state(about, person), about)
        await self._keyed(topic, about.id, messages.list_state(about), about)

    async def _publish_folders(self, about: DistributionList, placed: Sequence[int]) -> None:
        """Open the person folders: withheld data leaves here now and no earlier."""
        if not placed:
            return
        identities = await self._open.identities_of(about.id)
        for person in about.persons:
            if person.running_number in placed and person.running_number in identities:
                folder = messages.person_folder(about, person, identities[person.running_number])
                await self._keyed(topics.PERSON_FOLDERS.name, _entity(about, person), folder, about)

    async def _close_folders(self, about: DistributionList, withdrawn: Collection[int]) -> None:
        """Erase the folders of those among them who were placed: nobody else has had one."""
        for person in about.persons:
            if person.running_number in withdrawn and person.placed_on is not None:
                await self.transaction.tombstone(
                    topics.PERSON_FOLDERS.name,
                    key=_entity(about, person),
                    subject=_entity(about, person),
                    sequence=about.version,
                    type=PersonFolderState.message_type,
                    partition_key=about.id,
                )

    async def _keyed(self, topic: str, entity: str, body: Message, about: DistributionList) -> None:
        await self.transaction.publish(
            topic, body, key=entity, subject=entity, sequence=about.version, partition_key=about.id
        )

    async def _publish_message(self, about: DistributionList, message: ThreadMessage, version: int) -> None:
        """Publish a message of a thread under the version at which it was written, or its words were erased."""
        entity = f"{about.id}/messages/{message.number}"
        await self.transaction.publish(
            topics.DISTRIBUTION_STATE.name,
            messages.thread_message(about, message),
            key=entity,
            subject=entity,
            sequence=version,
            partition_key=about.id,
        )

    async def _tell_imdi(self, about: DistributionList, topic: str, body: Message, version: int) -> None:
        """Tell IMDi. The id is of list, version and content: told again after a restore it is the same."""
        digest = sha256(body.model_dump_json().encode()).hexdigest()[:16]
        await self.transaction.publish(
            topic,
            body,
            message_id=f"{body.message_type}:{about.id}:{version}:{digest}",
            key=about.municipality_id,
            subject=about.id,
            sequence=version,
        )


def _with_folder(about: DistributionList, of: Collection[int] | None = None) -> list[int]:
    """Tell whose folders are open, of these or of all."""
    open_now = [one.running_number for one in about.persons if one.status in HAS_FOLDER and not one.erased]
    return open_now if of is None else [number for number in open_now if number in of]


def _entity(about: DistributionList, person: Person) -> str:
    return f"{about.id}/{person.running_number}"
