"""What holds of lists that are offered, and of those that wait, wherever they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from contracts.distribution import v1
from services.distribution.domain.codes import ListStatus
from services.distribution.use_cases.forget_originals import forget_originals
from services.distribution.use_cases.ports import RegisteredMunicipality
from services.distribution.use_cases.publish_list import publish_list
from tests.unit.distribution.fakes import Published, World
from tests.unit.distribution.samples import (
    AT,
    BERGEN,
    LIST,
    OSLO,
    body,
    incoming,
    offered,
)
from tests.unit.distribution.steps import ALL_BUT_2, REGISTER, TODAY, Arriving, Steps, kinds


class OffersContract(Steps):
    """Lists as they come, and the register of municipalities they need."""

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

    async def test_a_register_that_arrives_between_two_questions_is_heard(self, world: World) -> None:
        """A list whose number was unknown when it was asked for, and whose register was whole right after."""
        await self.keep(world, REGISTER[1:], 2)
        async with world.begin() as ports:
            arriving = Arriving(ports.municipalities, REGISTER[:1])
            await publish_list(incoming(body()), replace(ports, municipalities=arriving), received_at=AT, now=AT)
        assert kinds(await world.published())[0] == "list-received"

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

    async def test_a_withdrawal_waits_with_its_list_for_the_register(self, world: World) -> None:
        """The list's municipality is not here yet: both are handed out, the list first."""
        await self.publish(world, body(), offset=1)
        await self.withdraw(world, offset=2)
        released = await self.keep(world, REGISTER, 2)
        assert [held.original.offset for held in released] == [1, 2]
        for held in released:
            await self.handle_anew(world, held, AT)
        assert (await self.the_list(world)).status is ListStatus.WITHDRAWN
