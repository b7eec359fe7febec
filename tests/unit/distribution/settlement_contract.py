"""What holds of settlement dates and planned weeks, wherever they are kept."""

from __future__ import annotations

from datetime import timedelta

from services.distribution.domain.calendar import Week
from services.distribution.domain.lists import Asked
from services.distribution.domain.persons import Planned, Settlement
from services.distribution.domain.settlement import MovedIn
from services.distribution.use_cases.outcomes import Accepted, Addressed, Refused
from services.distribution.use_cases.register_settlements import RegisterSettlements, register_settlements
from tests.unit.distribution.fakes import World
from tests.unit.distribution.samples import (
    AT,
    KARI,
    LIST,
    OLA,
    OSLO,
)
from tests.unit.distribution.steps import EVERYBODY, TODAY, Steps, kinds


class SettlementContract(Steps):
    """Persons of an answered list who move in."""

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
