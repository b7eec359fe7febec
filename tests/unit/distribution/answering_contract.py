"""What holds of drafts, approvals, answers and placements, wherever they are kept."""

from __future__ import annotations

from dataclasses import replace

from contracts.distribution import v1
from contracts.distribution.history import ListChangeState
from contracts.imdi.v1 import (
    ConfirmPlacement,
)
from services.distribution.domain.codes import ListStatus, PersonStatus, PlacementPolicy
from services.distribution.domain.lists import Act
from services.distribution.domain.persons import Decision
from services.distribution.domain.refusals import AlreadyAnswered
from services.distribution.use_cases.outcomes import Accepted, Refused
from tests.unit.distribution.fakes import Published, World
from tests.unit.distribution.samples import (
    AT,
    KARI,
    LIST,
    NO_HOUSING,
    OLA,
    OSLO,
    OTHER,
)
from tests.unit.distribution.steps import ALL_BUT_2, EVERYBODY, TODAY, Steps, kinds

CONFIRMED = PlacementPolicy.IMDI_CONFIRMED


class AnsweringContract(Steps):
    """From the first draft to the placement."""

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
