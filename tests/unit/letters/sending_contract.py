"""What must hold of sending letters and following them, wherever they are kept and whoever stops where."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.letters.domain.codes import DispatchFailure, DispatchStatus
from services.letters.domain.consignment import Consignment, Receiver
from services.letters.domain.dispatch import DispatchStep
from services.letters.domain.letter import Letter
from services.letters.use_cases.follow_letters import LONGEST, Followed, follow_letters
from services.letters.use_cases.keep_folder import keep_folder
from services.letters.use_cases.keep_municipality import keep_municipality
from services.letters.use_cases.make_letter import Made, make_letter
from services.letters.use_cases.send_again import SentAgain, send_again
from services.letters.use_cases.send_letters import Patience, Sent, claim_postings, send_letter
from tests.unit.letters.fakes import FakePost, FakeRenderer, FakeStore, World
from tests.unit.letters.making_contract import closing, letter, make_all
from tests.unit.letters.queue_contract import (
    DECISION_ID,
    LEASE,
    PLANNED,
    claim,
    do,
    municipality_arrives,
    person_letter,
    ready_letters,
    records,
    request,
)
from tests.unit.letters.stories import AT, KINN, OSLO, VERSION, folder

DISPATCHED, CHANGED = "letters.letter-dispatched.v1", "letters.letter-status-changed.v1"
SECOND = timedelta(seconds=1)
PATIENCE = Patience(request=10 * SECOND, lease=15 * SECOND, first=SECOND, longest=60 * SECOND)
PERSON_ID = person_letter(1)
MOVED = replace(folder(1), address_lines=("Ny vei 2",), postal_code="0001", city="Oslo", identity_number=None)
MOVED_ON = replace(MOVED, address_lines=("Nyere vei 3",))


async def made_letters(world: World, store: FakeStore) -> None:
    """Make the decision and the letter of person 1."""
    await ready_letters(world)
    await make_all(world, store)
    await world.published()


async def send_all(world: World, post: FakePost, store: FakeStore) -> list[Sent]:
    postings = await claim_postings(world, limit=10, patience=PATIENCE)
    return [await send_letter(each, world, post, store, patience=PATIENCE, followed_after=SECOND) for each in postings]


async def follow(world: World, post: FakePost) -> Followed:
    world.clock.advance(SECOND)
    return await follow_letters(world, post, limit=10, patience=PATIENCE)


async def again(world: World, letter_id: str) -> SentAgain:
    async with world.begin() as unit:
        return await send_again(letter_id, unit)


def reference_of(kept: Letter) -> str:
    assert kept.dispatch is not None
    assert kept.dispatch.reference is not None
    return kept.dispatch.reference


class SendingContract:
    """Subclasses give the fixture ``world``."""

    async def test_a_letter_is_sent_once_and_told(self, world: World) -> None:
        """Each letter that is made is handed over, with its PDF, and then no more."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        assert await send_all(world, post, store) == [Sent.SENT] * 2
        assert {*records(DISPATCHED, DECISION_ID, 3), *records(DISPATCHED, PERSON_ID, 3)} == set(
            await world.published()
        )
        assert {identity for identity, _ in post.taken.values()} == {DECISION_ID, PERSON_ID}
        assert {pdf for _, pdf in post.taken.values()} == set(store.objects.values())
        world.clock.advance(timedelta(days=1))
        assert await send_all(world, post, store) == []

    async def test_a_letter_taken_without_an_answer_is_looked_up(self, world: World) -> None:
        """Where nobody knows whether it was handed over it is asked for, and not handed over again."""
        store, post = FakeStore(), FakePost(silent=2)
        await made_letters(world, store)
        assert await send_all(world, post, store) == [Sent.LATER] * 2
        assert await send_all(world, post, store) == []  # not at once
        world.clock.advance(SECOND)
        assert await send_all(world, post, store) == [Sent.FOUND] * 2
        assert (post.sends, len(post.taken)) == (2, 2)
        assert (await letter(world, PERSON_ID)).dispatch is not None

    async def test_a_clock_that_was_ahead_holds_no_letter_up(self, world: World) -> None:
        """What was made while the clock was ten minutes ahead is sent as soon as the clock is right again."""
        store, post = FakeStore(), FakePost()
        world.clock.advance(timedelta(minutes=10))
        await made_letters(world, store)
        world.clock.advance(timedelta(minutes=-10))
        assert await send_all(world, post, store) == [Sent.SENT] * 2

    async def test_whoever_ends_between_handing_over_and_recording_leaves_one(self, world: World) -> None:
        """The claim ends by itself; the next claimant finds what the first has handed over."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        [posting, _] = await claim_postings(world, limit=10, patience=PATIENCE)
        post.taken["ref-1"] = (posting.errand.letter.letter_id, b"pdf")  # and then the process ends
        world.clock.advance(PATIENCE.lease)
        assert sorted(each.value for each in await send_all(world, post, store)) == ["found", "sent"]
        late = await send_letter(posting, world, post, store, patience=PATIENCE, followed_after=SECOND)
        assert late is Sent.OVERTAKEN
        assert (post.sends, len(post.taken)) == (1, 2)

    async def test_nothing_is_lost_while_all_is_away(self, world: World) -> None:
        """Post office or object store away: tried again, less and less often, for as long as it takes."""
        store, post = FakeStore(), FakePost(away=True)
        await made_letters(world, store)
        for tries in range(8):
            assert await send_all(world, post, store) == [Sent.LATER] * 2
            world.clock.advance(PATIENCE.after(tries + 1) - SECOND / 2)
            assert await send_all(world, post, store) == []
            world.clock.advance(SECOND / 2)
        post.away, store.away = False, True
        assert await send_all(world, post, store) == [Sent.LATER] * 2
        store.away = False
        world.clock.advance(PATIENCE.longest)
        assert await send_all(world, post, store) == [Sent.SENT] * 2

    async def test_one_municipalitys_mass_does_not_hold_up_anothers_letters(self, world: World) -> None:
        """Of two that have letters to be sent, the one with two is not behind the thirty of the other."""
        store, post = FakeStore(), FakePost()
        await do(world, municipality_arrives(), lambda unit: keep_municipality(KINN, 1, unit))
        await do(world, *(request(OSLO, 2000 + each) for each in range(30)))
        await make_all(world, store)
        world.clock.advance(SECOND)
        await do(world, request(KINN, 2027), request(KINN, 2028))
        await make_all(world, store)
        order = []
        for _ in range(3):
            postings = await claim_postings(world, limit=2, patience=PATIENCE)
            order += [posting.errand.letter.municipality_id for posting in postings]
            for each in postings:
                await send_letter(each, world, post, store, patience=PATIENCE, followed_after=SECOND)
        assert order.count(KINN.municipality_id) == 2

    async def test_a_changed_document_is_not_sent(self, world: World) -> None:
        """What the object store gives must be what was made."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        store.objects = dict.fromkeys(store.objects, b"something else")
        assert await send_all(world, post, store) == [Sent.LATER] * 2
        assert post.sends == 0

    async def test_a_refused_letter_is_told_and_not_tried_again(self, world: World) -> None:
        """It is visible in the letter's state."""
        store, post = FakeStore(), FakePost(refuses=True)
        await made_letters(world, store)
        assert await send_all(world, post, store) == [Sent.REFUSED] * 2
        kept = await letter(world, PERSON_ID)
        assert kept.dispatch is not None
        assert kept.dispatch.failure is DispatchFailure.REFUSED
        world.clock.advance(timedelta(days=1))
        assert await send_all(world, post, store) == []

    async def test_a_refused_letter_can_be_sent_again(self, world: World) -> None:
        """As another attempt, found by a name of its own; what became of the first one is kept and told."""
        store, post = FakeStore(), FakePost(refuses=True)
        await made_letters(world, store)
        await send_all(world, post, store)
        await world.published()
        post.refuses = False
        assert await again(world, PERSON_ID) is SentAgain.DONE
        assert set(await world.published()) == set(records("letters.letter-sent-again.v1", PERSON_ID, 4))
        assert await again(world, PERSON_ID) is SentAgain.NOT_IN_VAIN
        assert await send_all(world, post, store) == [Sent.SENT]
        kept = await letter(world, PERSON_ID)
        assert [each.failure for each in kept.earlier] == [DispatchFailure.REFUSED]
        assert [name for name, _ in post.taken.values()] == [f"{PERSON_ID}.2"]
        assert await post.find(kept.sent_as) == reference_of(kept)

    async def test_a_returned_letter_can_be_sent_again(self, world: World) -> None:
        """One that was not delivered, or halted: it is there twice then, under two names. One on its way is not."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        await send_all(world, post, store)
        assert await again(world, PERSON_ID) is SentAgain.NOT_IN_VAIN
        first = reference_of(await letter(world, PERSON_ID))
        post.told[first] = DispatchStep(DispatchStatus.NOT_DELIVERED, AT + SECOND)
        await follow(world, post)
        assert await again(world, PERSON_ID) is SentAgain.DONE
        assert await send_all(world, post, store) == [Sent.SENT]
        kept = await letter(world, PERSON_ID)
        assert [each.reference for each in kept.earlier] == [first]
        assert [step.status for step in kept.earlier[0].history] == [DispatchStatus.NOT_DELIVERED]
        assert sorted(name for name, _ in post.taken.values() if name.startswith(PERSON_ID)) == [
            PERSON_ID,
            f"{PERSON_ID}.2",
        ]

    async def test_a_letter_sent_again_goes_to_the_address_as_it_is_now(self, world: World) -> None:
        """The folder as it was told last counts, not as it was when the letter was made or returned."""
        store, post = FakeStore(), FakePost(refuses=True)
        await made_letters(world, store)
        await send_all(world, post, store)
        await do(world, lambda unit: keep_folder(MOVED, VERSION + 1, unit))
        assert await again(world, PERSON_ID) is SentAgain.DONE
        assert await send_all(world, post, store) == [Sent.MADE_ANEW]
        await make_all(world, store)
        [posting] = await claim_postings(world, limit=10, patience=PATIENCE)
        assert isinstance(posting.consignment, Consignment)
        assert posting.consignment.receiver == Receiver("Nour Haddad", None, ("Ny vei 2",), "0001", "Oslo")

    async def test_a_letter_whose_address_was_corrected_shows_the_new_one(self, world: World) -> None:
        """Sent again, or before it was sent at all: made anew, sent once, and nothing is left of the former PDF."""
        store, post = FakeStore(), FakePost(refuses=True)
        await made_letters(world, store)
        await send_all(world, post, store)
        await do(world, lambda unit: keep_folder(MOVED, VERSION + 1, unit))
        post.refuses = False
        await again(world, PERSON_ID)
        assert await send_all(world, post, store) == [Sent.MADE_ANEW]
        await make_all(world, store)
        await do(world, lambda unit: keep_folder(MOVED_ON, VERSION + 2, unit))
        assert await send_all(world, post, store) == [Sent.MADE_ANEW]
        await make_all(world, store)
        assert await send_all(world, post, store) == [Sent.SENT]
        [(name, pdf)] = post.taken.values()
        assert (name, b"Nyere vei 3" in pdf, b"Storgata 10" in pdf) == (f"{PERSON_ID}.2", True, False)
        kept = await letter(world, PERSON_ID)
        assert kept.document is not None
        assert [key for key in store.objects if PERSON_ID in key] == [kept.document.object_key]

    async def test_a_folder_told_anew_with_the_same_address_leaves_the_letter_as_it_is(self, world: World) -> None:
        """The same bytes are sent, under a later version of the folder too."""
        store, post = FakeStore(), FakePost(refuses=True)
        await made_letters(world, store)
        await send_all(world, post, store)
        post.refuses = False
        await do(world, lambda unit: keep_folder(folder(1), VERSION + 1, unit))
        await again(world, PERSON_ID)
        assert await send_all(world, post, store) == [Sent.SENT]

    async def test_an_address_corrected_while_the_letter_is_made_is_in_it(self, world: World) -> None:
        """What was put together before is not recorded; after the lease it is made of what holds then."""
        await ready_letters(world)
        store, renderer = FakeStore(), FakeRenderer()
        jobs = await claim(world)
        await do(world, lambda unit: keep_folder(MOVED, VERSION + 1, unit))
        made = {
            job.letter.letter_id: await make_letter(job, world, renderer, store, retry_after=SECOND) for job in jobs
        }
        assert made == {PERSON_ID: Made.OVERTAKEN, DECISION_ID: Made.CREATED}
        world.clock.advance(LEASE)
        assert await make_all(world, store) == [Made.CREATED]
        [pdf] = [data for key, data in store.objects.items() if PERSON_ID in key]
        assert b"Ny vei 2" in pdf

    async def test_what_was_in_hand_when_it_is_sent_again_records_nothing(self, world: World) -> None:
        """A holder of a claim from before finds that it is no longer the last."""
        store, post = FakeStore(), FakePost(refuses=True)
        await made_letters(world, store)
        postings = await claim_postings(world, limit=10, patience=PATIENCE)
        late = next(each for each in postings if each.errand.letter.letter_id == PERSON_ID)
        await send_letter(late, world, post, store, patience=PATIENCE, followed_after=SECOND)
        await again(world, PERSON_ID)
        assert await send_letter(late, world, post, store, patience=PATIENCE, followed_after=SECOND) is Sent.OVERTAKEN

    async def test_a_withdrawn_persons_letter_is_not_sent_again(self, world: World) -> None:
        """Nor one that nobody knows of."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        await do(world, closing(1))
        await send_all(world, post, store)
        assert await again(world, PERSON_ID) is SentAgain.NOT_IN_VAIN
        assert await again(world, "nobody's") is SentAgain.UNKNOWN

    async def test_of_a_withdrawn_person_nobody_is_written_to(self, world: World) -> None:
        """A folder closed after the letters were made keeps both back, where the decision is about nobody else."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        await do(world, closing(1))
        assert await send_all(world, post, store) == [Sent.KEPT_BACK] * 2
        for identity in (PERSON_ID, DECISION_ID):
            kept = await letter(world, identity)
            assert kept.dispatch is not None
            assert kept.dispatch.failure is DispatchFailure.FOLDER_CLOSED
        assert post.sends == 0

    async def test_a_decision_is_made_anew_without_who_was_withdrawn(self, world: World) -> None:
        """However long the post office was away: what named them is never sent, and is removed; the others' is."""
        store, post = FakeStore(), FakePost(away=True)
        await ready_letters(world, 1, 2)
        await make_all(world, store)
        assert await send_all(world, post, store) == [Sent.LATER] * 3
        await do(world, closing(1))
        post.away = False
        world.clock.advance(PATIENCE.longest)
        await world.published()
        assert sorted(each.value for each in await send_all(world, post, store)) == ["kept back", "made anew", "sent"]
        assert set(records(PLANNED, DECISION_ID, 3)) <= set(await world.published())
        assert (await letter(world, DECISION_ID)).document is None
        await make_all(world, store)
        assert await send_all(world, post, store) == [Sent.SENT]
        sent = await letter(world, DECISION_ID)
        assert (sent.persons, reference_of(sent) in post.taken) == ((2,), True)
        [pdf] = [pdf for identity, pdf in post.taken.values() if identity == DECISION_ID]
        assert b"Haddad" not in pdf
        assert sent.document is not None
        decisions = [key for key in store.objects if DECISION_ID in key]
        assert decisions == [sent.document.object_key]

    async def test_who_had_a_letter_in_hand_before_it_was_made_anew_records_nothing(self, world: World) -> None:
        """Its claims are counted on: none from before is taken for the one that sends it."""
        store, post = FakeStore(), FakePost()
        await ready_letters(world, 1, 2)
        await make_all(world, store)
        postings = await claim_postings(world, limit=10, patience=PATIENCE)
        [late] = [each.errand for each in postings if each.errand.letter.letter_id == DECISION_ID]
        await do(world, closing(1))
        world.clock.advance(PATIENCE.lease)
        assert Sent.MADE_ANEW in await send_all(world, post, store)
        await make_all(world, store)
        [again] = await claim_postings(world, limit=10, patience=PATIENCE)
        assert again.errand.letter.letter_id == DECISION_ID
        assert again.errand.begun_before  # what an earlier one handed over would be found
        async with world.begin() as unit:
            assert not await unit.errands.follow(late, unit.now)
            assert not await unit.errands.settle(late)
            assert await unit.errands.follow(again.errand, unit.now)

    async def test_a_decision_without_who_was_withdrawn_before_it_was_made_is_sent(self, world: World) -> None:
        """It names the others only, so nothing is wrong with it."""
        store, post = FakeStore(), FakePost()
        await ready_letters(world, 1, 2)
        await do(world, closing(1))
        await make_all(world, store)
        assert await send_all(world, post, store) == [Sent.SENT] * 2

    async def test_statuses_are_recorded_as_they_come(self, world: World) -> None:
        """Each new status is told once; one that is known, or older, changes nothing; after the last nobody asks."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        await send_all(world, post, store)
        await world.published()
        reference = reference_of(await letter(world, PERSON_ID))
        notified = DispatchStep(DispatchStatus.NOTIFIED, AT + SECOND)
        post.told[reference] = notified
        assert await follow(world, post) == Followed(2, 1)
        assert set(await world.published()) == set(records(CHANGED, PERSON_ID, 4))
        post.told[reference] = DispatchStep(DispatchStatus.ACCEPTED, AT)
        await follow(world, post)
        post.told[reference] = notified
        world.clock.advance(PATIENCE.longest)
        assert (await follow(world, post)).changed == 0
        post.told[reference] = DispatchStep(DispatchStatus.READ, AT + 60 * SECOND)
        world.clock.advance(PATIENCE.longest)
        assert await follow(world, post) == Followed(2, 1)
        kept = await letter(world, PERSON_ID)
        assert kept.dispatch is not None
        assert [step.status for step in kept.dispatch.history] == [DispatchStatus.NOTIFIED, DispatchStatus.READ]
        world.clock.advance(PATIENCE.longest)
        assert (await follow(world, post)).asked == 1  # the municipality's

    async def test_a_status_between_two_questions_is_told_too(self, world: World) -> None:
        """With its time, before the one that followed; without the log's answer the last one is told all the same."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        await send_all(world, post, store)
        await world.published()
        person, decision = [reference_of(await letter(world, each)) for each in (PERSON_ID, DECISION_ID)]
        status = DispatchStatus
        post.log[person] = [
            DispatchStep(status.RECEIVED, AT),
            DispatchStep(status.ACCEPTED, AT),
            DispatchStep(status.NOTIFIED, AT + SECOND),
            DispatchStep(status.SENT_TO_PRINT, AT + 2 * SECOND),
        ]
        post.told = {
            person: DispatchStep(status.PRINTED, AT + 3 * SECOND),
            decision: DispatchStep(status.READ, AT + SECOND),
        }
        assert await follow(world, post) == Followed(2, 2)
        kept = await letter(world, PERSON_ID)
        assert kept.dispatch is not None
        assert kept.dispatch.history == (*post.log[person], post.told[person])
        changes = [each for each in await world.published() if each.type == CHANGED and each.subject == PERSON_ID]
        assert [each.sequence for each in changes] == [4, 5, 6, 7, 8]
        other = await letter(world, DECISION_ID)
        assert other.dispatch is not None
        assert [step.status for step in other.dispatch.history] == [status.READ]

    async def test_statuses_wait_while_the_post_office_is_away(self, world: World) -> None:
        """They are asked for again later."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        await send_all(world, post, store)
        post.away = True
        assert await follow(world, post) == Followed(2, 0, answered=False)
        post.away = False
        world.clock.advance(PATIENCE.longest)
        assert (await follow(world, post)).asked == 2

    async def test_a_letter_nothing_is_heard_of_is_given_up(self, world: World) -> None:
        """After ninety days nobody asks any more."""
        store, post = FakeStore(), FakePost()
        await made_letters(world, store)
        await send_all(world, post, store)
        world.clock.advance(LONGEST + SECOND)
        assert (await follow(world, post)).asked == 2
        world.clock.advance(LONGEST)
        assert (await follow(world, post)).asked == 0

    async def test_a_closed_folder_leaves_nothing_to_reach_a_person_by(self, world: World) -> None:
        """The identity number is erased with the rest."""
        await made_letters(world, FakeStore())
        assert await world.holds(str(folder(1).identity_number))
        await do(world, closing(1))
        assert not await world.holds(str(folder(1).identity_number))
