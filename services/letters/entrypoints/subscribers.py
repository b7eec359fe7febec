"""What letters does with each message: map, call a use case, return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.distribution import v1 as distribution
from contracts.erasure import Papers
from contracts.municipality import v1 as municipality
from services.letters.domain.about import Requested
from services.letters.domain.calendar import day_in_norway
from services.letters.domain.codes import DeclineReason, ErasureReason, LanguageForm, WithdrawalReason
from services.letters.domain.content import Answer, AnsweredPerson, Folder, Municipality
from services.letters.domain.planning import Asked, Placement, TakenBack
from services.letters.use_cases.close_folder import close_folder
from services.letters.use_cases.erase_papers import ErasedPersons, erase_persons
from services.letters.use_cases.keep_answer import keep_answer
from services.letters.use_cases.keep_folder import keep_folder
from services.letters.use_cases.keep_municipality import keep_municipality
from services.letters.use_cases.plan_letters import plan_letters
from services.letters.use_cases.ports import Unit
from services.letters.use_cases.record_answer import record_answer
from services.letters.use_cases.request_places import request_places
from services.letters.use_cases.withdraw_persons import withdraw_persons


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The handlers. ``wake`` is called where letters became ready, before the commit."""

    unit: Callable[[Transaction], Unit]
    wake: Callable[[], None]

    def subscriptions(self) -> list[Subscription]:
        """List what letters reads."""
        return [
            Subscription(
                topics.DISTRIBUTION_EVENTS.name,
                messages={
                    distribution.ListAnswered: self.on_list_answered,
                    distribution.PersonsPlaced: self.on_persons_placed,
                    distribution.PersonsWithdrawn: self.on_persons_withdrawn,
                    distribution.ListWithdrawn: self.on_list_withdrawn,
                    distribution.PersonsErased: self.on_persons_erased,
                },
                known=frozenset(topics.DISTRIBUTION_EVENTS.types),
                dedupe=Dedupe.SEQUENCE,
                unhurried=True,
            ),
            Subscription(
                topics.DISTRIBUTION_ANSWERS.name,
                messages={distribution.Answer: self.on_answer},
                # Each list has one record here, with the list's version by then.
                dedupe=Dedupe.SNAPSHOT,
                unhurried=True,
            ),
            Subscription(
                topics.MUNICIPALITY_EVENTS.name,
                messages={municipality.PlacesRequested: self.on_places_requested},
                known=frozenset(topics.MUNICIPALITY_EVENTS.types),
                dedupe=Dedupe.SEQUENCE,
                unhurried=True,
            ),
            Subscription(
                topics.PERSON_FOLDERS.name,
                messages={distribution.PersonFolderState: self.on_person_folder},
                dedupe=Dedupe.SNAPSHOT,
                unhurried=True,
                on_tombstone=self.on_folder_closed,
            ),
            Subscription(
                topics.MUNICIPALITY_STATE.name,
                messages={municipality.MunicipalityState: self.on_municipality},
                known=frozenset(topics.MUNICIPALITY_STATE.types),
                dedupe=Dedupe.SNAPSHOT,
                unhurried=True,
            ),
        ]

    async def on_list_answered(self, received: Received[distribution.ListAnswered], transaction: Transaction) -> None:
        """Keep the day, which letters name, and whom the municipality accepted."""
        body = received.body
        accepted = [person.running_number for person in body.accepted]
        unit = self.unit(transaction)
        self._ready(await keep_answer(body.list_id, _version(received), body.answered_on, unit, accepted))

    async def on_answer(self, received: Received[distribution.Answer], transaction: Transaction) -> None:
        """Plan the paper that keeps the answer."""
        body = received.body
        persons = tuple(
            AnsweredPerson(
                person.running_number,
                person.accepted,
                DeclineReason(person.reason) if person.reason else None,
                person.reason_text or "",
            )
            for person in sorted(body.persons, key=lambda person: person.running_number)
        )
        day = day_in_norway(body.answered_at)
        answer = Answer(body.list_id, persons, body.message, day, body.answered_by, body.late)
        self._ready(await record_answer(answer, body.municipality_id, self.unit(transaction)))

    async def on_persons_withdrawn(
        self, received: Received[distribution.PersonsWithdrawn], transaction: Transaction
    ) -> None:
        """Plan the letters that tell the municipality."""
        await self._withdraw(received, transaction, whole_list=False)

    async def on_list_withdrawn(self, received: Received[distribution.ListWithdrawn], transaction: Transaction) -> None:
        """Plan the letter that tells the municipality."""
        await self._withdraw(received, transaction, whole_list=True)

    async def on_persons_erased(self, received: Received[distribution.PersonsErased], transaction: Transaction) -> None:
        """Erase what is here of them."""
        body = received.body
        erased = ErasedPersons(
            list_id=body.list_id,
            persons=body.running_numbers,
            version=_version(received),
            reason=ErasureReason(body.reason),
            papers=body.papers is Papers.ERASE,
        )
        self._ready(await erase_persons(erased, self.unit(transaction)))

    async def _withdraw(
        self,
        received: Received[distribution.PersonsWithdrawn] | Received[distribution.ListWithdrawn],
        transaction: Transaction,
        *,
        whole_list: bool,
    ) -> None:
        body = received.body
        taken = TakenBack(
            list_id=body.list_id,
            municipality_id=body.municipality_id,
            list_version=_version(received),
            persons=tuple(person.running_number for person in body.persons),
            reason=WithdrawalReason(body.reason),
            whole_list=whole_list,
            taken_on=day_in_norway(received.envelope.time),
        )
        self._ready(await withdraw_persons(taken, self.unit(transaction)))

    async def on_places_requested(
        self, received: Received[municipality.PlacesRequested], transaction: Transaction
    ) -> None:
        """Plan the letter that asks."""
        body = received.body
        requested = Requested(body.year, body.ordinary_places, body.unaccompanied_minor_places, body.answer_by)
        asked_on = day_in_norway(received.envelope.time)
        asked = Asked(body.municipality_id, _version(received), requested, asked_on)
        self._ready(await request_places(asked, self.unit(transaction)))

    async def on_persons_placed(self, received: Received[distribution.PersonsPlaced], transaction: Transaction) -> None:
        """Plan the letters."""
        body = received.body
        placement = Placement(
            list_id=body.list_id,
            municipality_id=body.municipality_id,
            list_version=_version(received),
            persons=tuple(person.running_number for person in body.persons),
            placed_on=body.placed_on,
        )
        self._ready(await plan_letters(placement, self.unit(transaction)))

    async def on_person_folder(
        self, received: Received[distribution.PersonFolderState], transaction: Transaction
    ) -> None:
        """Keep what letters need of an open folder."""
        body = received.body
        folder = Folder(
            list_id=body.list_id,
            running_number=body.running_number,
            given_name=body.given_name,
            family_name=body.family_name,
            birth_date=body.birth_date,
            duf_number=body.duf_number,
            address_lines=tuple(body.address.lines),
            postal_code=body.address.postal_code,
            city=body.address.city,
            identity_number=body.identity_number,
            languages=tuple(body.languages),
        )
        self._ready(await keep_folder(folder, _version(received), self.unit(transaction)))

    async def on_folder_closed(self, received: Received[None], transaction: Transaction) -> None:
        """Erase the copy. A tombstone has no body: its key, ``<list>/<running number>``, says which."""
        list_id, _, number = (received.raw.key or b"").decode().rpartition("/")
        self._ready(await close_folder(list_id, int(number), _version(received), self.unit(transaction)))

    async def on_municipality(
        self, received: Received[municipality.MunicipalityState], transaction: Transaction
    ) -> None:
        """Keep what letters need of a municipality."""
        body = received.body
        copy = Municipality(
            municipality_id=body.municipality_id,
            number=body.number,
            name=body.name,
            organisation_number=body.organisation_number,
            language_form=LanguageForm(body.language_form),
            successor=body.successor,
            merged_on=body.merged_on,
        )
        self._ready(await keep_municipality(copy, _version(received), self.unit(transaction)))

    def _ready(self, letters: int) -> None:
        if letters:
            self.wake()


def _version(received: Received[object]) -> int:
    sequence = received.envelope.sequence
    assert sequence is not None, "the subscription dead-letters a message without"
    return sequence
