"""What holds of reminders and moved deadlines, wherever lists are kept."""

from __future__ import annotations

from datetime import timedelta

from contracts.distribution import v1
from services.distribution.domain.lists import Extension
from services.distribution.domain.reply_clock import next_reminder
from services.distribution.use_cases.outcomes import Accepted
from services.distribution.use_cases.remind import AT_ONCE, remind_of_deadlines
from tests.unit.distribution.fakes import Published, World
from tests.unit.distribution.samples import (
    AT,
    LIST,
    OSLO,
    body,
    offered,
)
from tests.unit.distribution.steps import ALL_BUT_2, EVERYBODY, TODAY, Failing, Steps, kinds


class ReplyClockContract(Steps):
    """The clock of lists that are not answered yet."""

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
