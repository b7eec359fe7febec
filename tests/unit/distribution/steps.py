"""Steps of lists over the ports, each in a transaction of its own, for the contract tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chassis.reading import decoding
from chassis.reading.subscriptions import Reading
from contracts.envelope import Message
from contracts.imdi.v1 import (
    ConfirmPlacement,
    ExtendDeadline as ImdiExtendDeadline,
    PublishDistributionList,
    WithdrawList,
    WithdrawPersons,
)
from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import PlacementPolicy, WithdrawalReason
from services.distribution.domain.drafts import Form
from services.distribution.domain.events import ListEvent
from services.distribution.domain.lists import Actor, Asked, DistributionList
from services.distribution.domain.offer_checks import OfferFields
from services.distribution.domain.persons import Decision
from services.distribution.domain.settlement import MovedIn
from services.distribution.entrypoints import inbound
from services.distribution.use_cases.approve_list import ApproveList, approve_list
from services.distribution.use_cases.confirm_placement import Confirmation, confirm_placement
from services.distribution.use_cases.extend_deadline import ExtendDeadline, extend_deadline
from services.distribution.use_cases.imdis_word import Word
from services.distribution.use_cases.keep_municipalities import keep_municipalities
from services.distribution.use_cases.outcomes import Addressed, Outcome
from services.distribution.use_cases.plan_settlement import PlanSettlement, plan_settlement
from services.distribution.use_cases.ports import Held, Lists, Municipalities, RegisteredMunicipality
from services.distribution.use_cases.publish_list import publish_list
from services.distribution.use_cases.register_settlement import RegisterSettlement, register_settlement
from services.distribution.use_cases.register_settlements import RegisterSettlements, register_settlements
from services.distribution.use_cases.remind import remind_of_deadlines
from services.distribution.use_cases.return_to_treatment import ReturnToTreatment, return_to_treatment
from services.distribution.use_cases.save_decisions import SaveDecisions, save_decisions
from services.distribution.use_cases.send_answer import SendAnswer, send_answer
from services.distribution.use_cases.take_up_reoffers import take_up_reoffers
from services.distribution.use_cases.withdraw import Withdraw, withdraw
from tests.unit.distribution.fakes import Published, World
from tests.unit.distribution.samples import (
    AT,
    BERGEN,
    KARI,
    LIST,
    NO_HOUSING,
    OSLO,
    body,
    incoming,
    record,
)

REGISTER = [
    RegisteredMunicipality(OSLO, "0301", date(2024, 1, 1)),
    RegisteredMunicipality(BERGEN, "4601", date(2024, 1, 1)),
]
EVERYBODY = Form([(1, Decision()), (2, Decision()), (3, Decision())])
ALL_BUT_2 = Form([(1, Decision()), (2, NO_HOUSING), (3, Decision())], "Ring oss.")
TODAY = AT.date()


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


@dataclass
class Arriving:
    """A register whose last municipalities arrive right before it is asked whether all have."""

    municipalities: Municipalities
    arriving: Sequence[RegisteredMunicipality]

    async def awaited(self) -> int | None:
        await self.municipalities.keep(self.arriving, None)
        return await self.municipalities.awaited()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.municipalities, name)


class Steps:
    """What is done with lists. Contract tests are subclasses, with a fixture ``world``; others have one."""

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

    async def the_list(self, world: World, municipality_id: str = OSLO) -> DistributionList:
        async with world.begin() as ports:
            found = await ports.lists.get(LIST, municipality_id)
        assert found is not None
        return found
