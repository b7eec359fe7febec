"""What holds of persons who are offered again, wherever lists are kept."""

from __future__ import annotations

from datetime import date

from contracts.distribution import v1
from services.distribution.domain.codes import ListStatus
from services.distribution.domain.drafts import Form
from services.distribution.use_cases.outcomes import Accepted
from tests.unit.distribution.fakes import REOFFER_WAIT, Published, World
from tests.unit.distribution.samples import (
    AT,
    BERGEN,
    LIST,
    OSLO,
    body,
    offered,
)
from tests.unit.distribution.steps import ALL_BUT_2, EVERYBODY, Steps, kinds


class ReoffersContract(Steps):
    """The list before the new one, and what the new one waits for."""

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
