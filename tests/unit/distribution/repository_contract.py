"""What holds for the ports wherever they keep things. Subclasses give the fixture ``world``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chassis.reading import decoding
from chassis.reading.subscriptions import Reading
from contracts.distribution import v1
from contracts.distribution.history import ListChangeState
from contracts.envelope import Message
from contracts.imdi.v1 import (
    ConfirmPlacement,
    ExtendDeadline as ImdiExtendDeadline,
    PublishDistributionList,
    WithdrawList,
    WithdrawPersons,
)
from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import ListStatus, PersonStatus, PlacementPolicy, WithdrawalReason
from services.distribution.domain.drafts import Form
from services.distribution.domain.events import ListEvent
from services.distribution.domain.lists import Act, Actor, Asked, DistributionList, Extension
from services.distribution.domain.offer_checks import OfferFields
from services.distribution.domain.persons import Decision, Planned, Settlement, Withdrawal
from services.distribution.domain.refusals import AlreadyAnswered, ListNotFound, PersonsWereWithdrawn, VersionConflict
from services.distribution.domain.reply_clock import next_reminder
from services.distribution.domain.settlement import MovedIn
from services.distribution.entrypoints import inbound
from services.distribution.use_cases.approve_list import ApproveList, approve_list
from services.distribution.use_cases.confirm_placement import Confirmation, confirm_placement
from services.distribution.use_cases.extend_deadline import ExtendDeadline, extend_deadline
from services.distribution.use_cases.forget_originals import forget_originals
from services.distribution.use_cases.imdis_word import Word
from services.distribution.use_cases.keep_municipalities import keep_municipalities
from services.distribution.use_cases.outcomes import Accepted, Addressed, Outcome, Refused
from services.distribution.use_cases.plan_settlement import PlanSettlement, plan_settlement
from services.distribution.use_cases.ports import Held, Lists, RegisteredMunicipality
from services.distribution.use_cases.publish_list import publish_list
from services.distribution.use_cases.register_settlement import RegisterSettlement, register_settlement
from services.distribution.use_cases.register_settlements import RegisterSettlements, register_settlements
from services.distribution.use_cases.remind import AT_ONCE, remind_of_deadlines
from services.distribution.use_cases.return_to_treatment import ReturnToTreatment, return_to_treatment
from services.distribution.use_cases.save_decisions import SaveDecisions, save_decisions
from services.distribution.use_cases.send_answer import SendAnswer, send_answer
from services.distribution.use_cases.take_up_reoffers import take_up_reoffers
from services.distribution.use_cases.withdraw import Withdraw, withdraw
from tests.unit.distribution.fakes import REOFFER_WAIT, Published, World
from tests.unit.distribution.samples import (
    AT,
    BERGEN,
    KARI,
    LIST,
    NO_HOUSING,
    OLA,
    OSLO,
    OTHER,
    body,
    incoming,
    offered,
    record,
)

REGISTER = [
    RegisteredMunicipality(OSLO, "0301", date(2024, 1, 1)),
    RegisteredMunicipality(BERGEN, "4601", date(2024, 1, 1)),
]
EVERYBODY = Form([(1, Decision()), (2, Decision()), (3, Decision())])
ALL_BUT_2 = Form([(1, Decision()), (2, NO_HOUSING), (3, Decision())], "Ring oss.")
TODAY = AT.date()
CONFIRMED = PlacementPolicy.IMDI_CONFIRMED


def kinds(published: Sequence[Published]) -> list[str]:
    """List what the records are, without owner and major."""
    return [one.type.split(".")[1] for one in published]


def ask(version: int, actor: Actor = KARI) -> Asked:
    return Asked(actor, version, AT)


@dataclass
class Failing:
    """Lists, of which one fails once it has been saved."""

    lists: Lists
    bad: str

    async def save(self, before: DistributionList, after: DistributionList, events: Sequence[ListEvent]) -> None:
        await self.lists.save(before, after, events)
        if after.id == self.bad:
            raise ValueError(self.bad)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.lists, name)


class RepositoryContract:
    """Use cases over the ports, each in a transaction of its own."""

    async def test_a_municipality_answers_for_what_has_merged_into_it(self, world: World) -> None:
        """From the day on and in a chain; the old number is borne by nobody then, and names the last successor's."""
        first, last = date(2026, 1, 1), date(2028, 1, 1)
        kinn = RegisteredMunicipality("k-4602", "4602", date(2024, 1, 1), successor=BERGEN, merged_on=first)
        bergen = RegisteredMunicipality(BERGEN, "4601", date(2024, 1, 1), successor=OSLO, merged_on=last)
        await self.keep(world, [REGISTER[0], bergen, kinn], 3)
        days = (date(2025, 12, 31), first, last)
        async with world.begin() as ports:
            known = ports.municipalities
            assert [await known.bearer("4602", day) for day in days] == ["k-4602", None, None]
            assert [await known.successor("4602", day) for day in days] == [None, "4601", "0301"]
            assert [await known.successor("4601", day) for day in days] == [None, None, "0301"]
            assert await known.successor("9999", last) is None
            assert [await known.answers_for(BERGEN, day) for day in days[:2]] == [{BERGEN}, {BERGEN, "k-4602"}]
            assert await known.answers_for(OSLO, last) == {OSLO, BERGEN, "k-4602"}

    @pytest.fixture
    async def ready(self, world: World) -> World:
        """Have a whole register, and Oslo's list as it was received."""
        await self.keep(world, REGISTER, 2)
        await self.publish(world, body())
        await world.published()
        return world

    async def keep(
        self, world: World, municipalities: Sequence[RegisteredMunicipality], size: int | None
    ) -> list[Held]:
        async with world.begin() as ports:
            return await keep_municipalities(municipalities, size, ports.municipalities, ports.waiting)

    async def publish(
        self, world: World, published: PublishDistributionList, offset: int = 0, now: datetime = AT, **how: Any
    ) -> None:
        async with world.begin() as ports:
            await publish_list(incoming(published, offset=offset, **how), ports, received_at=AT, now=now)

    async def confirm(self, world: World, message: ConfirmPlacement, offset: int = 0) -> None:
        number, list_id = message.municipality_number, message.list_id
        said = Confirmation(self.word(message, list_id, number, offset), message.placed)
        async with world.begin() as ports:
            await confirm_placement(said, ports, received_at=AT)

    def word(self, message: Message, list_id: str, number: str, offset: int) -> Word:
        original = inbound.original(record(message, key=number, subject=list_id, offset=offset))
        return Word(OfferFields(number, list_id, list_id, number), original, list_id, number)

    async def withdraw(
        self, world: World, *persons: int, offset: int = 20, list_id: str = LIST, number: str = "0301"
    ) -> None:
        """Take these persons back, or the list where none are named."""
        head: dict[str, Any] = {"list_id": list_id, "municipality_number": number, "reason": "new_information"}
        message = WithdrawPersons(**head, persons=list(persons)) if persons else WithdrawList(**head)
        word = self.word(message, list_id, number, offset)
        said = Withdraw(word, WithdrawalReason.NEW_INFORMATION, persons or None)
        async with world.begin() as ports:
            await withdraw(said, ports, received_at=AT)

    async def save(self, world: World, version: int, form: Form, actor: Actor = KARI, of: str = OSLO) -> Outcome:
        command = SaveDecisions(Addressed(LIST, of), ask(version, actor), form)
        async with world.begin() as ports:
            return await save_decisions(command, ports.lists)

    async def approve(self, world: World, version: int, form: Form, actor: Actor = KARI, of: str = OSLO) -> Outcome:
        command = ApproveList(Addressed(LIST, of), ask(version, actor), form)
        async with world.begin() as ports:
            return await approve_list(command, ports.lists)

    async def take_back(self, world: World, version: int, of: str = OSLO) -> Outcome:
        async with world.begin() as ports:
            return await return_to_treatment(ReturnToTreatment(Addressed(LIST, of), ask(version)), ports.lists)

    async def send(
        self,
        world: World,
        version: int,
        actor: Actor = KARI,
        of: str = OSLO,
        policy: PlacementPolicy = PlacementPolicy.AUTOMATIC,
    ) -> Outcome:
        async with world.begin() as ports:
            command = SendAnswer(Addressed(LIST, of), ask(version, actor), AT)
            return await send_answer(command, ports.lists, ports.municipalities, policy=policy)

    async def settle(self, world: World, version: int, number: int, day: date = TODAY, of: str = OSLO) -> Outcome:
        command = RegisterSettlement(Addressed(LIST, of), ask(version), number, day)
        async with world.begin() as ports:
            return await register_settlement(command, ports.lists)

    async def move_in(self, world: World, version: int, *moved_in: MovedIn) -> Outcome:
        command = RegisterSettlements(Addressed(LIST, OSLO), ask(version), moved_in)
        async with world.begin() as ports:
            return await register_settlements(command, ports.lists)

    async def plan(self, world: World, version: int, week: Week | None, *numbers: int) -> Outcome:
        command = PlanSettlement(Addressed(LIST, OSLO), ask(version), numbers, week)
        async with world.begin() as ports:
            return await plan_settlement(command, ports.lists)

    async def remind(self, world: World, days: int) -> int:
        """Let the clocks speak that many days after the list came."""
        async with world.begin() as ports:
            return (await remind_of_deadlines(ports.lists, now=AT + timedelta(days=days))).told

    async def extend(self, world: World, deadline: date, days: int = 0, list_id: str = LIST) -> None:
        head = {"list_id": list_id, "municipality_number": "0301"}
        word = self.word(ImdiExtendDeadline(**head, deadline=deadline), list_id, "0301", 30 + days)
        async with world.begin() as ports:
            await extend_deadline(ExtendDeadline(word, deadline), ports, received_at=AT + timedelta(days=days))

    async def the_list(self, world: World, municipality_id: str = OSLO) -> DistributionList:
        async with world.begin() as ports:
            found = await ports.lists.get(LIST, municipality_id)
        assert found is not None
        return found

    async def test_a_published_list_is_kept_and_told(self, world: World) -> None:
        """One fact, each person's state, the list's state last, all of the list in one partition."""
        await self.keep(world, REGISTER, 2)
        await self.publish(world, body())
        person, state = v1.PersonState.message_type, v1.ListState.message_type
        assert await world.published() == [
            Published(v1.ListReceived.message_type, OSLO, LIST, 1),
            *(Published(person, f"{LIST}/{n}", f"{LIST}/{n}", 1, LIST) for n in (1, 2, 3)),
            Published(state, LIST, LIST, 1, LIST),
        ]
        received = await self.the_list(world)
        offer = incoming(body()).offer
        assert offer is not None
        assert received.status is ListStatus.RECEIVED
        assert [one.details for one in received.persons] == [one.details for one in offer.persons]
        assert (received.deadline, received.received_at) == (date(2026, 12, 1), AT)

    async def test_the_same_list_twice_is_one(self, ready: World) -> None:
        """Whatever the order of its persons; also once it has been worked on."""
        await self.publish(ready, body(), offset=1)
        await self.save(ready, 1, ALL_BUT_2)
        await ready.published()
        await self.publish(ready, body(persons=list(reversed(body().persons))), offset=2)
        assert await ready.published() == []
        assert (await self.the_list(ready)).version == 3

    async def test_a_changed_list_under_the_same_id_goes_back(self, ready: World) -> None:
        """The list stays as it was; it is not its own other open list."""
        changed = body(persons=[offered(1, occupation="Lærer"), *body().persons[1:]])
        await self.publish(ready, changed, offset=1)
        await self.publish(ready, changed, offset=1)
        await self.publish(ready, body(number="4601"), offset=2)
        assert await ready.published() == [
            Published(v1.Rejection.message_type, number, LIST, None) for number in ("0301", "4601")
        ]
        assert (await self.the_list(ready)).version == 1

    async def test_a_person_holds_a_place_on_one_list(self, ready: World) -> None:
        """By either number, while unanswered and when accepted; who was declined may be on another list."""
        by_duf_number = offered(1, who=99, identity={"duf_number": body().persons[0].identity.duf_number})
        other = body("FL-2026-000200", "4601", persons=[offered(1, who=2)])
        await self.publish(ready, other, offset=1)
        await self.publish(ready, body("FL-2026-000201", "4601", persons=[by_duf_number]), offset=2)
        assert kinds(await ready.published()) == ["rejection", "rejection"]
        await self.approve(ready, 1, ALL_BUT_2)
        await self.send(ready, 3)
        await ready.published()
        await self.publish(ready, other, offset=3)
        assert kinds(await ready.published()) == ["list-received", "person-state", "list-state"]
        await self.publish(ready, body("FL-2026-000202", "4601", persons=[by_duf_number]), offset=4)
        assert kinds(await ready.published()) == ["rejection"]

    async def test_a_list_waits_for_the_register(self, world: World) -> None:
        """Held while its number is unknown and not all municipalities are here; handed out in order, once."""
        await self.publish(world, body(), offset=1)
        await self.publish(world, body(), offset=1)
        await self.keep(world, REGISTER[1:], None)
        await self.publish(world, body("FL-2026-000200", persons=[offered(1, who=9)]), offset=2)
        assert await self.keep(world, [], 2) == []
        await self.publish(world, body("FL-2026-000300", number="9999", persons=[offered(1, who=10)]), offset=3)
        assert await world.published() == []
        released = await self.keep(world, REGISTER[:1], None)
        assert [held.original.offset for held in released] == [1, 2, 3]
        assert {held.received_at for held in released} == {AT}
        assert released[0].original == incoming(body(), offset=1).original
        assert await self.keep(world, REGISTER[:1], 2) == []

    async def test_an_unknown_number_goes_back_once_the_register_is_here(self, ready: World) -> None:
        """And waits again where the register is said to have grown."""
        unknown = body("FL-2026-000300", number="9999", persons=[offered(1, who=10)])
        await self.publish(ready, unknown, offset=3)
        assert kinds(await ready.published()) == ["rejection"]
        assert await self.keep(ready, [], 3) == []
        await self.publish(ready, unknown, offset=4)
        assert await ready.published() == []
        released = await self.keep(ready, [RegisteredMunicipality("k-9999", "9999", date(2024, 1, 1))], None)
        assert len(released) == 1

    async def test_a_number_is_borne_from_its_day(self, ready: World) -> None:
        """A municipality that gets a new number keeps the old one until then."""
        await self.keep(ready, [RegisteredMunicipality(OSLO, "0302", date(2027, 1, 1))], 2)
        async with ready.begin() as ports:
            bearer = ports.municipalities.bearer
            assert (await bearer("0301", TODAY), await bearer("0302", TODAY)) == (OSLO, None)
            assert (await bearer("0301", date(2027, 1, 1)), await bearer("0302", date(2027, 1, 1))) == (None, OSLO)

    async def test_commands_of_one_transaction_see_each_other(self, ready: World) -> None:
        """Approved and sent in one: both hold, all is told in order, and what is kept is what the last one left."""
        await self.publish(ready, body("FL-2026-000200", "4601", persons=[offered(1, who=9)]))
        await ready.published()
        async with ready.begin() as ports:
            await ports.lists.look_up([LIST, "FL-2026-000200", "FL-2026-000201"], [OSLO])
            await ports.municipalities.look_up([OSLO])
            approved = await approve_list(ApproveList(Addressed(LIST, OSLO), ask(1), ALL_BUT_2), ports.lists)
            command = SendAnswer(Addressed(LIST, OSLO), ask(3), AT)
            sent = await send_answer(command, ports.lists, ports.municipalities, policy=PlacementPolicy.AUTOMATIC)
            again = await send_answer(command, ports.lists, ports.municipalities, policy=PlacementPolicy.AUTOMATIC)
            seen = await ports.lists.get(LIST, OSLO)
            assert await ports.lists.get(LIST, BERGEN) is None
            assert (
                await ports.lists.open_elsewhere([], incoming(body(persons=[offered(1, who=2)])).fields.persons) == []
            )
        assert [approved, sent] == [Accepted(LIST, 3), Accepted(LIST, 5)]
        assert isinstance(again, Refused)
        assert again.version == 5
        assert seen == await self.the_list(ready)
        told = kinds(await ready.published())
        assert [kind for kind in told if kind.endswith(("approved", "answered", "placed", "answer"))] == [
            "list-approved", "list-answered", "persons-placed", "answer",
        ]  # fmt: skip

    async def test_what_is_undone_apart_leaves_what_was_done_before_it(self, ready: World) -> None:
        """A list approved, and its sending undone behind it: it stands approved, here and for others."""
        async with ready.begin() as ports:
            await approve_list(ApproveList(Addressed(LIST, OSLO), ask(1), ALL_BUT_2), ports.lists)
            failing = Failing(ports.lists, LIST)
            command = SendAnswer(Addressed(LIST, OSLO), ask(3), AT)
            with pytest.raises(ValueError, match=LIST):
                async with ports.lists.apart():
                    await send_answer(command, failing, ports.municipalities, policy=PlacementPolicy.AUTOMATIC)
            seen = await ports.lists.get(LIST, OSLO)
        assert seen is not None
        assert seen.status is ListStatus.APPROVED
        assert seen == await self.the_list(ready)

    async def test_a_draft_tells_of_the_changed_persons_only(self, ready: World) -> None:
        """Two facts the first time, then who did what, the persons that are not as before, and the list."""
        assert await self.save(ready, 1, ALL_BUT_2) == Accepted(LIST, 3)
        assert await ready.published() == [
            Published(v1.TreatmentStarted.message_type, OSLO, LIST, 2),
            Published(v1.DecisionsSaved.message_type, OSLO, LIST, 3),
            Published(ListChangeState.message_type, f"{LIST}/changes/3", f"{LIST}/changes/3", 3, LIST),
            Published(v1.PersonState.message_type, f"{LIST}/2", f"{LIST}/2", 3, LIST),
            Published(v1.ListState.message_type, LIST, LIST, 3, LIST),
        ]
        saved = await self.the_list(ready)
        assert (saved.status, saved.message) == (ListStatus.UNDER_TREATMENT, "Ring oss.")
        assert [one.decision for one in saved.persons] == [Decision(), NO_HOUSING, Decision()]
        assert saved.changed == Act(KARI.user_id, KARI.display_name, AT)
        assert await self.save(ready, 3, replace(ALL_BUT_2, decisions=[(2, OTHER)])) == Accepted(LIST, 4)
        assert (await self.the_list(ready)).persons[1].decision == OTHER

    async def test_a_draft_that_changes_nothing_tells_nothing(self, ready: World) -> None:
        """It is accepted at the version there is."""
        await self.save(ready, 1, ALL_BUT_2)
        await ready.published()
        assert await self.save(ready, 3, ALL_BUT_2) == Accepted(LIST, 3)
        assert await ready.published() == []

    async def test_an_approval_is_taken_back_and_given_again(self, ready: World) -> None:
        """Who approved is kept while it holds."""
        assert await self.approve(ready, 1, ALL_BUT_2) == Accepted(LIST, 3)
        assert (await self.the_list(ready)).approved == Act(KARI.user_id, KARI.display_name, AT)
        assert await self.take_back(ready, 3) == Accepted(LIST, 4)
        returned = await self.the_list(ready)
        assert (returned.status, returned.approved) == (ListStatus.UNDER_TREATMENT, None)
        assert await self.approve(ready, 4, EVERYBODY, OLA) == Accepted(LIST, 5)
        assert kinds(await ready.published()) == [
            "treatment-started", "list-approved", "list-change-state", "person-state", "list-state",
            "returned-to-treatment", "list-change-state", "list-state",
            "list-approved", "list-change-state", "person-state", "list-state",
        ]  # fmt: skip

    async def test_an_answer_places_and_opens_the_folders(self, ready: World) -> None:
        """Facts, folders of the placed, all persons, the list, and one answer to IMDi."""
        await self.approve(ready, 1, ALL_BUT_2)
        await ready.published()
        assert await self.send(ready, 3) == Accepted(LIST, 5)
        folder, person = v1.PersonFolderState.message_type, v1.PersonState.message_type
        assert await ready.published() == [
            Published(v1.ListAnswered.message_type, OSLO, LIST, 4),
            Published(v1.PersonsPlaced.message_type, OSLO, LIST, 5),
            *(Published(folder, f"{LIST}/{n}", f"{LIST}/{n}", 5, LIST) for n in (1, 3)),
            Published(ListChangeState.message_type, f"{LIST}/changes/4", f"{LIST}/changes/4", 5, LIST),
            *(Published(person, f"{LIST}/{n}", f"{LIST}/{n}", 5, LIST) for n in (1, 2, 3)),
            Published(v1.ListState.message_type, LIST, LIST, 5, LIST),
            Published(v1.Answer.message_type, OSLO, LIST, 4),
        ]
        answered = await self.the_list(ready)
        assert (answered.status, answered.places_version, answered.late) == (ListStatus.ANSWERED, 5, False)
        assert answered.answered == Act(KARI.user_id, KARI.display_name, AT)
        assert [one.status for one in answered.persons] == [
            PersonStatus.PLACED, PersonStatus.DECLINED, PersonStatus.PLACED,
        ]  # fmt: skip
        assert [one.placed_on for one in answered.persons] == [TODAY, None, TODAY]

    async def test_a_second_answer_changes_nothing(self, ready: World) -> None:
        """It is told of the first, with the list's version as it is."""
        await self.approve(ready, 1, EVERYBODY)
        await self.send(ready, 3)
        await ready.published()
        refused = Refused(LIST, 5, AlreadyAnswered(KARI.display_name, AT))
        assert await self.send(ready, 3, OLA) == refused
        assert await self.save(ready, 5, ALL_BUT_2, OLA) == refused
        assert await ready.published() == []

    async def test_imdis_confirmation_places(self, ready: World) -> None:
        """Where the policy leaves it to IMDi: folders open with the placement, a repeat changes nothing."""
        await self.approve(ready, 1, ALL_BUT_2)
        assert await self.send(ready, 3, policy=CONFIRMED) == Accepted(LIST, 4)
        assert "person-folder-state" not in kinds(await ready.published())
        message = ConfirmPlacement(list_id=LIST, municipality_number="0301", placed=[3])
        await self.confirm(ready, message)
        assert kinds(await ready.published()) == [
            "persons-placed", "person-folder-state", "person-state", "list-state",
        ]  # fmt: skip
        await self.confirm(ready, message, offset=1)
        assert await ready.published() == []
        placed = await self.the_list(ready)
        assert (placed.version, placed.placed, placed.persons[2].status) == (5, 1, PersonStatus.PLACED)

    async def test_a_wrong_confirmation_goes_back(self, ready: World) -> None:
        """Of a list not answered, of another municipality's list, of no list, for no municipality."""
        for offset, (list_id, number) in enumerate(
            [(LIST, "0301"), (LIST, "4601"), ("FL-2026-999999", "0301"), (LIST, "9999")]
        ):
            message = ConfirmPlacement(list_id=list_id, municipality_number=number, placed=[1])
            await self.confirm(ready, message, offset)
        assert kinds(await ready.published()) == ["rejection"] * 4
        assert (await self.the_list(ready)).version == 1

    async def test_a_settlement_is_kept_and_corrected(self, ready: World) -> None:
        """One person's state and the list's each time."""
        await self.approve(ready, 1, EVERYBODY)
        await self.send(ready, 3)
        await ready.published()
        assert await self.settle(ready, 5, 2) == Accepted(LIST, 6)
        assert kinds(await ready.published()) == ["person-settled", "person-state", "list-state"]
        settled = await self.the_list(ready)
        assert (settled.settled, settled.persons[1].settlement_date) == (1, TODAY)

    async def test_a_household_is_settled_and_each_date_kept(self, ready: World) -> None:
        """A fact and a state a person, the list's state once; a correction adds to the history; all or nothing."""
        await self.approve(ready, 1, EVERYBODY)
        await self.send(ready, 3)
        await ready.published()
        assert await self.move_in(ready, 5, MovedIn(1, TODAY), MovedIn(2, TODAY)) == Accepted(LIST, 7)
        assert kinds(await ready.published()) == ["person-settled"] * 2 + ["person-state"] * 2 + ["list-state"]
        day = TODAY - timedelta(days=1)
        refused = await self.move_in(ready, 7, MovedIn(3, TODAY), MovedIn(1, day, "Feil."))
        assert isinstance(refused, Refused)
        assert await ready.published() == []
        assert await self.settle(ready, 7, 3) == Accepted(LIST, 8)
        found = await self.the_list(ready)
        [entry] = found.persons[1].settlements
        assert (entry.day, entry.at, entry.by, entry.reason) == (TODAY, AT, KARI.display_name, None)

    async def test_a_correction_is_kept_with_its_reason(self, ready: World) -> None:
        """What held before, who changed it and why; read back in its order."""
        await self.approve(ready, 1, EVERYBODY)
        await self.send(ready, 3)
        await self.move_in(ready, 5, MovedIn(1, TODAY))
        later = AT + timedelta(days=2)
        command = RegisterSettlements(
            Addressed(LIST, OSLO), Asked(OLA, 6, later), [MovedIn(1, TODAY + timedelta(days=1), "Kom en dag senere.")]
        )
        async with ready.begin() as ports:
            assert await register_settlements(command, ports.lists) == Accepted(LIST, 7)
        assert (await self.the_list(ready)).persons[0].settlements == (
            Settlement(TODAY, AT, KARI.display_name),
            Settlement(TODAY + timedelta(days=1), later, OLA.display_name, "Kom en dag senere."),
        )

    async def test_a_planned_week_is_kept_and_taken_back(self, ready: World) -> None:
        """Week 53 is one; a plan moves no place."""
        await self.approve(ready, 1, EVERYBODY)
        await self.send(ready, 3)
        await ready.published()
        assert await self.plan(ready, 5, Week(2026, 53), 1, 3) == Accepted(LIST, 6)
        assert kinds(await ready.published()) == ["settlement-planned"] + ["person-state"] * 2 + ["list-state"]
        planned = Planned(Week(2026, 53), KARI.user_id, KARI.display_name, AT)
        found = await self.the_list(ready)
        assert [one.planned for one in found.persons] == [planned, None, planned]
        assert found.places_version == 5
        assert await self.plan(ready, 6, None, 3) == Accepted(LIST, 7)
        assert [one.planned for one in (await self.the_list(ready)).persons] == [planned, None, None]

    async def test_a_withdrawn_list_is_closed_and_told(self, ready: World) -> None:
        """After the answer: the fact, tombstones of the folders that were open, the persons, the list; once."""
        await self.approve(ready, 1, ALL_BUT_2)
        await self.send(ready, 3)
        await ready.published()
        await self.withdraw(ready)
        folder, person = v1.PersonFolderState.message_type, v1.PersonState.message_type
        assert await ready.published() == [
            Published(v1.ListWithdrawn.message_type, OSLO, LIST, 6),
            *(Published(folder, f"{LIST}/{n}", f"{LIST}/{n}", 6, LIST, erases=True) for n in (1, 3)),
            *(Published(person, f"{LIST}/{n}", f"{LIST}/{n}", 6, LIST) for n in (1, 3)),
            Published(v1.ListState.message_type, LIST, LIST, 6, LIST),
        ]
        gone = await self.the_list(ready)
        assert (gone.status, gone.places_version) == (ListStatus.WITHDRAWN, 6)
        assert gone.withdrawn == Withdrawal(WithdrawalReason.NEW_INFORMATION, AT, 6)
        assert gone.answered == Act(KARI.user_id, KARI.display_name, AT)
        assert [one.status for one in gone.persons] == [
            PersonStatus.WITHDRAWN, PersonStatus.DECLINED, PersonStatus.WITHDRAWN,
        ]  # fmt: skip
        assert [one.placed_on for one in gone.persons] == [TODAY, None, TODAY]
        await self.withdraw(ready, offset=21)
        assert await ready.published() == []

    async def test_persons_withdrawn_before_the_answer_are_not_in_it(self, ready: World) -> None:
        """An approval falls with them; no folder was open; the answer names the others only."""
        await self.approve(ready, 1, EVERYBODY)
        await ready.published()
        await self.withdraw(ready, 3)
        assert kinds(await ready.published()) == [
            "persons-withdrawn", "returned-to-treatment", "person-state", "list-state",
        ]  # fmt: skip
        left = await self.the_list(ready)
        assert (left.status, left.approved, left.withdrawn) == (ListStatus.UNDER_TREATMENT, None, None)
        assert left.persons[2].withdrawn == Withdrawal(WithdrawalReason.NEW_INFORMATION, AT, 4)
        assert await self.send(ready, 3) == Refused(LIST, 5, PersonsWereWithdrawn((3,), AT))
        assert await self.approve(ready, 5, EVERYBODY) == Refused(LIST, 5, PersonsWereWithdrawn((3,), AT))
        assert await self.approve(ready, 5, Form(EVERYBODY.decisions[:2])) == Accepted(LIST, 6)
        assert await self.send(ready, 6) == Accepted(LIST, 8)

    async def test_who_is_withdrawn_may_be_offered_elsewhere(self, ready: World) -> None:
        """At once, placed or not; the others of the list hold their places."""
        await self.approve(ready, 1, EVERYBODY)
        await self.send(ready, 3)
        await self.withdraw(ready, 1)
        await ready.published()
        await self.publish(ready, body("FL-2026-000200", "4601", persons=[offered(1)]), offset=1)
        await self.publish(ready, body("FL-2026-000201", "4601", persons=[offered(1, who=2)]), offset=2)
        assert kinds(await ready.published()) == ["list-received", "person-state", "list-state", "rejection"]

    async def test_a_wrong_withdrawal_goes_back(self, ready: World) -> None:
        """Of no list, another municipality's, nobody on it, somebody who has moved in; nothing changes then."""
        await self.approve(ready, 1, EVERYBODY)
        await self.send(ready, 3)
        await self.settle(ready, 5, 2)
        await ready.published()
        await self.withdraw(ready, list_id="FL-2026-999999", offset=20)
        await self.withdraw(ready, number="4601", offset=21)
        await self.withdraw(ready, number="9999", offset=22)
        await self.withdraw(ready, 1, 9, offset=23)
        await self.withdraw(ready, 1, 2, offset=24)
        await self.withdraw(ready, offset=25)
        assert kinds(await ready.published()) == ["rejection"] * 6
        assert (await self.the_list(ready)).version == 6

    async def take_up(self, world: World, now: datetime = AT) -> list[int]:
        """Handle anew what need wait no longer, as the timer does; gives the offsets."""
        async with world.begin() as ports:
            due = await take_up_reoffers(ports.waiting, now=now, reoffer_wait=ports.reoffer_wait)
        for held in due:
            await self.handle_anew(world, held, now)
        return [held.original.offset for held in due]

    async def handle_anew(self, world: World, held: Held, now: datetime) -> None:
        raw = inbound.record_of(held.original)
        classes = {kind.message_type: kind for kind in (PublishDistributionList, WithdrawList, WithdrawPersons)}
        received = decoding.read(raw, Reading(classes, sequenced=False)).received
        assert received is not None
        async with world.begin() as ports:
            if isinstance(received.body, PublishDistributionList):
                await publish_list(inbound.sound(received), ports, received_at=held.received_at, now=now)
            else:
                await withdraw(inbound.withdrawal(received), ports, received_at=held.received_at)

    async def test_a_reoffer_waits_for_the_withdrawal(self, ready: World) -> None:
        """It came by another partition: held until then, and then taken; both lists are told, Oslo's page goes on."""
        again = body("FL-2026-000200", "4601", persons=[offered(1)], replaces=LIST)
        await self.publish(ready, again, offset=1)
        await self.publish(ready, again, offset=1)
        assert await self.take_up(ready) == []
        assert await ready.published() == []
        await self.withdraw(ready, 1)
        await ready.published()
        assert await self.take_up(ready) == [1]
        person, state = v1.PersonState.message_type, v1.ListState.message_type
        assert await ready.published() == [
            Published(v1.ListReceived.message_type, BERGEN, again.list_id, 1),
            Published(person, f"{again.list_id}/1", f"{again.list_id}/1", 1, again.list_id),
            Published(state, again.list_id, again.list_id, 1, again.list_id),
            Published(v1.ListOfferedAgain.message_type, OSLO, LIST, 3),
            Published(state, LIST, LIST, 3, LIST),
        ]
        old = await self.the_list(ready)
        assert (old.version, old.alike_since, old.offered_again_at, old.replaced_by) == (3, 2, AT, ())
        async with ready.begin() as ports:
            new = await ports.lists.of_any_municipality(again.list_id)
        assert new is not None
        assert (new.replaces, new.replaces_shown, new.received_at) == (LIST, False, AT)
        assert await self.take_up(ready) == []
        two_left = Form(EVERYBODY.decisions[1:])
        assert await self.save(ready, 2, two_left) == Accepted(LIST, 5)

    async def test_a_reoffer_that_has_nothing_to_wait_for_is_taken(self, ready: World) -> None:
        """The withdrawal came first; the same municipality's lists name each other."""
        await self.withdraw(ready)
        again = body("FL-2026-000200", persons=[offered(1)], replaces=LIST)
        await self.publish(ready, again, offset=1)
        assert (await self.the_list(ready)).replaced_by == (again.list_id,)

    async def test_a_reoffer_waits_for_a_bounded_time(self, ready: World) -> None:
        """While the other list changes without a withdrawal it is looked at and waits on; then it goes back."""
        again = body("FL-2026-000200", "4601", persons=[offered(1)], replaces=LIST)
        await self.publish(ready, again, offset=1)
        await self.save(ready, 1, ALL_BUT_2)
        await ready.published()
        assert await self.take_up(ready) == [1]
        assert await self.take_up(ready) == []
        assert await ready.published() == []
        assert await self.take_up(ready, AT + REOFFER_WAIT) == [1]
        assert kinds(await ready.published()) == ["rejection"]
        assert await self.take_up(ready, AT + REOFFER_WAIT) == []

    async def test_a_reoffer_waits_for_a_list_that_has_not_come(self, ready: World) -> None:
        """Its publication is on its way by another partition too; where none comes, it goes back."""
        first = body("FL-2026-000300", persons=[offered(1, who=7)])
        again = body("FL-2026-000301", "4601", persons=[offered(1, who=7)], replaces=first.list_id)
        await self.publish(ready, again, offset=1)
        await self.publish(ready, first, offset=2)
        assert kinds(await ready.published()) == ["list-received", "person-state", "list-state"]
        assert await self.take_up(ready) == [1]
        await self.withdraw(ready, list_id=first.list_id)
        assert await self.take_up(ready) == [1]
        lost = body("FL-2026-000302", persons=[offered(1, who=8)], replaces="FL-2026-999999")
        await self.publish(ready, lost, offset=3)
        await ready.published()
        assert await self.take_up(ready, AT + REOFFER_WAIT) == [3]
        assert kinds(await ready.published()) == ["rejection"]

    async def test_a_reoffer_waits_only_for_the_list_it_names(self, ready: World) -> None:
        """A person who holds a place on a third list, or anything else wrong, sends it back at once."""
        await self.publish(ready, body("FL-2026-000300", persons=[offered(1, who=7)]), offset=1)
        await ready.published()
        again = body("FL-2026-000301", "4601", persons=[offered(1), offered(2, who=7)], replaces=LIST)
        await self.publish(ready, again, offset=2)
        past = body("FL-2026-000302", "4601", persons=[offered(1)], replaces=LIST, deadline=date(2026, 1, 1))
        await self.publish(ready, past, offset=3)
        await self.publish(ready, body("FL-2026-000303", replaces="FL-2026-000303"), offset=4)
        assert kinds(await ready.published()) == ["rejection"] * 3
        assert await self.take_up(ready, AT + REOFFER_WAIT) == []

    async def test_whom_the_municipality_declined_may_be_offered_again(self, ready: World) -> None:
        """Their list need not be withdrawn; it stays answered and is told."""
        await self.approve(ready, 1, ALL_BUT_2)
        await self.send(ready, 3)
        await self.publish(ready, body("FL-2026-000200", "4601", persons=[offered(1, who=2)], replaces=LIST), offset=1)
        old = await self.the_list(ready)
        assert (old.status, old.offered_again_at) == (ListStatus.ANSWERED, AT)

    async def test_what_comes_for_a_list_that_waits_waits_behind_it(self, ready: World) -> None:
        """A withdrawal of the re-offer itself is not lost: it is done once the list has come, or goes back with it."""
        again = body("FL-2026-000200", "4601", persons=[offered(1), offered(2, who=9)], replaces=LIST)
        await self.publish(ready, again, offset=1)
        await self.withdraw(ready, 2, list_id=again.list_id, number="4601", offset=2)
        assert await ready.published() == []
        await self.withdraw(ready, 1)
        await ready.published()
        assert await self.take_up(ready) == [1, 2]
        published = await ready.published()
        assert [one.type for one in published if "withdrawn" in one.type] == [v1.PersonsWithdrawn.message_type]
        late = body("FL-2026-000201", "4601", persons=[offered(1, who=3)], replaces=LIST)
        await self.publish(ready, late, offset=3)
        await self.withdraw(ready, list_id=late.list_id, number="4601", offset=4)
        await ready.published()
        assert await self.take_up(ready, AT + REOFFER_WAIT) == [3, 4]
        assert kinds(await ready.published()) == ["rejection"] * 2

    async def test_a_withdrawal_waits_with_its_list_for_the_register(self, world: World) -> None:
        """The list's municipality is not here yet: both are handed out, the list first."""
        await self.publish(world, body(), offset=1)
        await self.withdraw(world, offset=2)
        released = await self.keep(world, REGISTER, 2)
        assert [held.original.offset for held in released] == [1, 2]
        for held in released:
            await self.handle_anew(world, held, AT)
        assert (await self.the_list(world)).status is ListStatus.WITHDRAWN

    async def test_another_municipalitys_list_is_not_found(self, ready: World) -> None:
        """By none of the commands, and it is told no differently from a list that does not exist."""
        not_found = Refused(LIST, None, ListNotFound(LIST))
        assert await self.save(ready, 1, ALL_BUT_2, of=BERGEN) == not_found
        assert await self.approve(ready, 1, ALL_BUT_2, of=BERGEN) == not_found
        assert await self.take_back(ready, 1, of=BERGEN) == not_found
        assert await self.send(ready, 1, of=BERGEN) == not_found
        assert await self.settle(ready, 1, 1, of=BERGEN) == not_found
        assert await ready.published() == []
        async with ready.begin() as ports:
            assert await ports.lists.get(LIST, BERGEN) is None

    async def test_another_version_changes_nothing(self, ready: World) -> None:
        """And names who changed the list."""
        await self.save(ready, 1, ALL_BUT_2, OLA)
        await ready.published()
        assert await self.approve(ready, 1, EVERYBODY) == Refused(LIST, 3, VersionConflict(1, 3, OLA.display_name, AT))
        assert await ready.published() == []

    async def test_each_reminder_is_told_once_when_it_falls_due(self, ready: World) -> None:
        """Event and state of the next version; the list knows what was told, and an open form still fits."""
        assert await self.remind(ready, 4) == 0
        told = [(days, await ready.published()) for days in (5, 5, 6, 7, 8, 9, 40) if await self.remind(ready, days)]
        state = v1.ListState.message_type
        assert told == [
            (days, [Published(kind.message_type, OSLO, LIST, version), Published(state, LIST, LIST, version, LIST)])
            for days, kind, version in ((5, v1.DeadlineNear, 2), (7, v1.DeadlineToday, 3), (8, v1.ListOverdue, 4))
        ]
        current = await self.the_list(ready)
        assert (current.told_at, next_reminder(current)) == (AT + timedelta(days=8), None)
        assert await self.save(ready, 1, ALL_BUT_2) == Accepted(LIST, 6)

    async def test_reminders_come_some_at_a_time_and_not_of_answered_lists(self, ready: World) -> None:
        """Lists beyond the number wait for the next call, the longest due first; an answered one is left alone."""
        for number in range(AT_ONCE + 1):
            list_id, persons = f"FL-2026-{number + 900:06}", [offered(1, who=number + 900)]
            await self.publish(world=ready, published=body(list_id, persons=persons), offset=number + 100)
        await self.approve(ready, 1, EVERYBODY)
        await self.send(ready, 3)
        await ready.published()
        assert [await self.remind(ready, 20) for _ in range(3)] == [AT_ONCE, 1, 0]
        told = [one for one in await ready.published() if one.type == v1.ListOverdue.message_type]
        assert len({one.subject for one in told}) == len(told) == AT_ONCE + 1
        assert LIST not in {one.subject for one in told}

    async def test_a_list_that_cannot_be_told_of_holds_up_no_other(self, ready: World) -> None:
        """What it did is undone alone, its messages included; the others are told of, and a call may leave it out."""
        for number in (901, 902):
            list_id = f"FL-2026-{number:06}"
            await self.publish(world=ready, published=body(list_id, persons=[offered(1, who=number)]), offset=number)
        await ready.published()

        async with ready.begin() as ports:
            reminded = await remind_of_deadlines(Failing(ports.lists, LIST), now=AT + timedelta(days=8))
        assert (reminded.told, list(reminded.failed), reminded.more) == (2, [LIST], False)
        published = await ready.published()
        assert {one.subject for one in published} == {"FL-2026-000901", "FL-2026-000902"}
        assert len(published) == 4
        assert (await self.the_list(ready)).version == 1
        async with ready.begin() as ports:
            now = AT + timedelta(days=8)
            assert (await remind_of_deadlines(ports.lists, now=now, but=[LIST])).told == 0
            assert (await remind_of_deadlines(ports.lists, now=now)).told == 1

    async def test_imdi_moves_a_deadline(self, ready: World) -> None:
        """The clock starts anew, the list keeps its story; the same again changes nothing, a wrong one goes back."""
        await self.remind(ready, 8)
        await ready.published()
        new = TODAY + timedelta(days=20)
        await self.extend(ready, new, days=9)
        assert kinds(await ready.published()) == ["deadline-extended", "list-state"]
        await self.extend(ready, new, days=10)
        assert await ready.published() == []
        current = await self.the_list(ready)
        assert (current.deadline, current.version) == (new, 3)
        assert current.extensions == (Extension(AT + timedelta(days=9), TODAY + timedelta(days=7), new),)
        assert [await self.remind(ready, days) for days in (17, 18, 18, 20, 21, 22)] == [0, 1, 0, 1, 1, 0]
        await ready.published()
        await self.extend(ready, TODAY, days=11)
        await self.extend(ready, new, days=12, list_id="FL-2026-000999")
        assert kinds(await ready.published()) == ["rejection", "rejection"]

    async def test_what_was_sent_back_is_kept_for_a_time(self, ready: World) -> None:
        """A record is known as sent back until it is forgotten."""
        wrong = incoming(body("FL-2026-000400", persons=[offered(1)]), offset=9)
        async with ready.begin() as ports:
            await publish_list(wrong, ports, received_at=AT, now=AT)
            assert await ports.rejections.has(wrong.original)
            assert not await ports.rejections.has(replace(wrong.original, offset=8))
        month = timedelta(days=30)
        async with ready.begin() as ports:
            assert await forget_originals(ports.rejections, now=AT + month, kept_for=month) == 0
            assert await forget_originals(ports.rejections, now=AT + month * 2, kept_for=month) == 1
            assert not await ports.rejections.has(wrong.original)

    async def test_an_exception_undoes_everything(self, ready: World) -> None:
        """Neither the list nor the messages of a transaction that failed are seen."""

        async def save_and_fail() -> None:
            async with ready.begin() as ports:
                await save_decisions(SaveDecisions(Addressed(LIST, OSLO), ask(1), ALL_BUT_2), ports.lists)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await save_and_fail()
        assert await ready.published() == []
        assert (await self.the_list(ready)).version == 1
