"""What must hold of notification's use cases wherever notices are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.notification import v1
from services.notification.domain.notices import Notice, NoticeKind, NoticeNotFound
from services.notification.use_cases.identities import notice_id
from services.notification.use_cases.mark_notices_read import MarkNoticesRead, mark_notices_read
from services.notification.use_cases.outcomes import Accepted, Outcome, Refused
from services.notification.use_cases.post_notice import PostNotice, post_notice, post_notices
from tests.unit.notification.fakes import Published, World

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
POSTED, READ, STATE = (
    v1.NoticePosted.message_type,
    v1.NoticeRead.message_type,
    v1.NoticeState.message_type,
)


def received(number: int) -> str:
    """Tell the id of the notice that list ``number`` has arrived."""
    return notice_id(NoticeKind.LIST_RECEIVED, list_id(number), 1)


def list_id(number: int) -> str:
    return f"FL-2026-{number:06}"


class NoticesContract:
    """Subclasses give the fixture ``world``."""

    async def post(
        self,
        world: World,
        number: int,
        kind: NoticeKind = NoticeKind.LIST_RECEIVED,
        municipality: str = "k-0301",
        version: int = 1,
    ) -> bool:
        async with world.begin() as notices:
            return await post_notice(PostNotice(kind, municipality, list_id(number), version, AT), notices) is not None

    async def read(self, world: World, user: str, *notice_ids: str, municipality: str = "k-0301") -> Outcome:
        async with world.begin() as notices:
            return await mark_notices_read(MarkNoticesRead(municipality, user, notice_ids), notices)

    async def notices(self, world: World, *notice_ids: str, municipality: str = "k-0301") -> list[Notice]:
        async with world.begin() as notices:
            return await notices.open(municipality, notice_ids)

    async def test_a_notice_is_posted_once(self, world: World) -> None:
        """A repeat posts nothing; another kind about the same list is another notice."""
        assert await self.post(world, 1)
        identity = received(1)
        assert await world.published() == [
            Published(POSTED, "k-0301", identity, 1),
            Published(STATE, identity, identity, 1, "k-0301"),
        ]
        assert not await self.post(world, 1)
        assert await world.published() == []
        assert await self.post(world, 1, NoticeKind.LIST_ANSWERED)
        assert await self.notices(world, identity) == [
            Notice(identity, 1, "k-0301", NoticeKind.LIST_RECEIVED, list_id(1), AT)
        ]

    async def test_of_several_at_once_those_are_posted_that_are_not_there(self, world: World) -> None:
        """In the facts' order, each once, whatever is told twice; to who did it, it is read."""
        await self.post(world, 2)
        await world.published()
        kind = NoticeKind.LIST_RECEIVED
        facts = [PostNotice(kind, "k-0301", list_id(number), 1, AT) for number in (3, 2, 1, 3)]
        own = PostNotice(NoticeKind.COLLEAGUE_APPROVED, "k-0301", list_id(1), 4, AT, by="kari")
        async with world.begin() as notices:
            posted = await post_notices([*facts, own], notices)
        assert list(posted) == [received(3), received(1), own.notice_id]
        assert posted[own.notice_id].read_by == ("kari",)
        told = [(one.type, one.subject, one.sequence) for one in await world.published()]
        new = [(type_, one, 1) for one in posted for type_ in (POSTED, STATE)]
        assert told == [*new, (READ, own.notice_id, 2), (STATE, own.notice_id, 2)]
        assert {one.notice_id: one for one in await self.notices(world, *posted)} == posted

    async def test_each_withdrawal_of_persons_has_its_notice(self, world: World) -> None:
        """Told again, none; a list can be withdrawn once only."""
        persons, whole = NoticeKind.PERSONS_WITHDRAWN, NoticeKind.LIST_WITHDRAWN
        assert await self.post(world, 1, persons, version=4)
        assert not await self.post(world, 1, persons, version=4)
        assert await self.post(world, 1, persons, version=7)
        assert await self.post(world, 1, whole, version=9)
        assert not await self.post(world, 1, whole, version=10)

    async def test_reading_is_per_user(self, world: World) -> None:
        """One user's reading leaves the notice unread for the next, and each is told."""
        await self.post(world, 1)
        await world.published()
        identity = received(1)
        assert await self.read(world, "kari", identity) == Accepted(identity, 2)
        assert await self.read(world, "ola", identity) == Accepted(identity, 3)
        assert await world.published() == [
            Published(READ, "k-0301", identity, 2),
            Published(STATE, identity, identity, 2, "k-0301"),
            Published(READ, "k-0301", identity, 3),
            Published(STATE, identity, identity, 3, "k-0301"),
        ]
        assert [notice.read_by for notice in await self.notices(world, identity)] == [("kari", "ola")]

    async def test_reading_again_changes_nothing(self, world: World) -> None:
        """It is accepted all the same, at the version there is."""
        await self.post(world, 1)
        await self.read(world, "kari", received(1))
        await world.published()
        assert await self.read(world, "kari", received(1), received(1)) == Accepted(received(1), 2)
        assert await world.published() == []

    async def test_several_are_read_at_once_and_the_outcome_names_the_last_told(self, world: World) -> None:
        """Who has seen that one at that version has seen them all: they share a partition and keep their order."""
        for number in (1, 2, 3):
            await self.post(world, number)
        ids = [received(number) for number in (1, 2, 3)]
        await self.read(world, "kari", max(ids))
        await world.published()
        outcome = await self.read(world, "kari", *reversed(ids))
        fresh = sorted(ids)[:2]
        assert outcome == Accepted(fresh[-1], 2)
        states = [record for record in await world.published() if record.type == STATE]
        assert [record.subject for record in states] == fresh

    async def test_another_municipalitys_notice_is_refused_like_one_that_is_not(self, world: World) -> None:
        """Nothing is marked then, not even the municipality's own in the same command."""
        await self.post(world, 1)
        await self.post(world, 2, municipality="k-4601")
        await world.published()
        for alien in (received(2), "no-such-notice"):
            refused = await self.read(world, "kari", received(1), alien)
            assert refused == Refused("k-0301", NoticeNotFound(alien))
        assert await world.published() == []
        assert await self.notices(world, received(2)) == []
        assert [notice.read_by for notice in await self.notices(world, received(1))] == [()]

    async def test_an_exception_undoes_everything(self, world: World) -> None:
        """Neither the notice nor its messages are seen."""

        async def post_and_fail() -> None:
            async with world.begin() as notices:
                await post_notice(PostNotice(NoticeKind.LIST_RECEIVED, "k-0301", list_id(1), 1, AT), notices)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await post_and_fail()
        assert await world.published() == []
        assert await self.notices(world, received(1)) == []
