"""What holds of lists and persons IMDi takes back, wherever they are kept."""

from __future__ import annotations

from contracts.distribution import v1
from services.distribution.domain.codes import ListStatus, PersonStatus, WithdrawalReason
from services.distribution.domain.drafts import Form
from services.distribution.domain.lists import Act
from services.distribution.domain.persons import Withdrawal
from services.distribution.domain.refusals import PersonsWereWithdrawn
from services.distribution.use_cases.outcomes import Accepted, Refused
from tests.unit.distribution.fakes import Published, World
from tests.unit.distribution.samples import (
    AT,
    KARI,
    LIST,
    OSLO,
    body,
    offered,
)
from tests.unit.distribution.steps import ALL_BUT_2, EVERYBODY, TODAY, Steps, kinds


class WithdrawalContract(Steps):
    """Whole lists and single persons, before the answer and after it."""

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
