"""What holds of commands in transactions, alone and together, wherever lists are kept."""

from __future__ import annotations

import pytest

from services.distribution.domain.codes import ListStatus, PlacementPolicy
from services.distribution.domain.refusals import ListNotFound, VersionConflict
from services.distribution.use_cases.approve_list import ApproveList, approve_list
from services.distribution.use_cases.outcomes import Accepted, Addressed, Refused
from services.distribution.use_cases.save_decisions import SaveDecisions, save_decisions
from services.distribution.use_cases.send_answer import SendAnswer, send_answer
from tests.unit.distribution.fakes import World
from tests.unit.distribution.samples import (
    AT,
    BERGEN,
    LIST,
    OLA,
    OSLO,
    body,
    incoming,
    offered,
)
from tests.unit.distribution.steps import ALL_BUT_2, EVERYBODY, Failing, Steps, ask, kinds


class TransactionsContract(Steps):
    """Who reaches a list, in which version, and what is undone with what."""

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
