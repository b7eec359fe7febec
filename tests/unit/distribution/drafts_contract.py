"""What holds of drafts that colleagues share, wherever they are kept. Subclasses give the fixture ``world``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.distribution.domain.codes import SplitReason
from services.distribution.domain.drafts import Form, Touched
from services.distribution.domain.households import Split
from services.distribution.domain.persons import Decision
from services.distribution.domain.refusals import DraftConflict, FourEyesRequired, HouseholdSplitUnconfirmed
from services.distribution.use_cases.outcomes import Accepted, Refused
from tests.unit.distribution.fakes import World
from tests.unit.distribution.samples import AT, KARI, LIST, NO_HOUSING, OLA, OTHER, body, offered
from tests.unit.distribution.steps import EVERYBODY, REGISTER, Steps, kinds

FAMILY = [offered(1, household=1), offered(2, household=1), offered(3, household=2)]
MEANT = Split(1, reason=SplitReason.OTHER, reason_text="Avtalt på telefon 😀")
TEN_THOUSAND = "å" * 10_000


class DraftsContract:
    """Use cases over the ports, each in a transaction of its own, on a list of a household of two and one alone."""

    steps = Steps()

    @pytest.fixture
    async def family(self, world: World) -> World:
        await self.steps.keep(world, REGISTER, 2)
        await self.steps.publish(world, body(persons=FAMILY))
        await world.published()
        return world

    async def test_a_split_is_kept_as_it_was_said(self, family: World) -> None:
        """Half said in a draft, whole in the approval; without it the list is not approved."""
        half = Split(1, confirmed=False, reason_text=TEN_THOUSAND)
        form = replace(EVERYBODY, decisions=[(1, Decision()), (2, NO_HOUSING), (3, Decision())], splits=[half])
        assert await self.steps.save(family, 1, form) == Accepted(LIST, 3)
        assert (await self.steps.the_list(family)).splits == (half,)
        assert await self.steps.approve(family, 3, form) == Refused(LIST, 3, HouseholdSplitUnconfirmed((1,)))
        assert await self.steps.approve(family, 3, replace(form, splits=[MEANT])) == Accepted(LIST, 4)
        approved = await self.steps.the_list(family)
        assert (approved.splits, approved.splits[0].version) == ((MEANT,), 4)

    async def test_two_at_once_both_keep_their_work(self, family: World) -> None:
        """Persons, a household and the message, from one page; each change tells who made it."""
        mine = Form([(1, NO_HOUSING)], "Hei", [MEANT], Touched({1}, {1}, message=True))
        theirs = Form([(1, Decision()), (3, OTHER)], touched=Touched({3}))
        assert await self.steps.save(family, 1, mine) == Accepted(LIST, 3)
        assert await self.steps.save(family, 1, theirs, OLA) == Accepted(LIST, 4)
        both = await self.steps.the_list(family)
        assert [person.decision for person in both.persons] == [NO_HOUSING, Decision(), OTHER]
        assert [person.decided_version for person in both.persons] == [3, 0, 4]
        assert (both.message, both.message_version, both.splits) == ("Hei", 3, (MEANT,))
        assert kinds(await family.published()) == [
            "treatment-started", "decisions-saved", "list-change-state", "person-state", "list-state",
            "decisions-saved", "list-change-state", "person-state", "list-state",
        ]  # fmt: skip

    async def test_the_same_touched_twice_is_refused(self, family: World) -> None:
        """Nothing is overwritten or told; on the version that was shown it is taken."""
        await self.steps.save(family, 1, Form([(1, NO_HOUSING)], "Hei", touched=Touched({1}, message=True)))
        await family.published()
        mine = Form([(1, OTHER)], "Hallo", touched=Touched({1}, message=True))
        told = DraftConflict((1,), (), message=True, by=KARI.display_name, at=AT)
        assert await self.steps.save(family, 1, mine, OLA) == Refused(LIST, 3, told)
        assert await family.published() == []
        assert await self.steps.save(family, 3, mine, OLA) == Accepted(LIST, 4)

    async def test_four_eyes_hold_while_the_register_says_so(self, family: World) -> None:
        """From when it is told here until it is taken back; for that municipality alone."""
        await self.steps.approve(family, 1, EVERYBODY)
        await self.steps.keep(family, [replace(REGISTER[1], four_eyes=True)], None)
        await self.steps.keep(family, [replace(REGISTER[0], four_eyes=True)], None)
        assert await self.steps.send(family, 3) == Refused(LIST, 3, FourEyesRequired(AT))
        await self.steps.keep(family, [replace(REGISTER[0], four_eyes=False)], None)
        assert await self.steps.send(family, 3) == Accepted(LIST, 5)
