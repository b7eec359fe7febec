"""What must hold of choices, digests and watches wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.notification.choices import NoticeChoiceState, NoticesChosen
from contracts.notification.v1 import NobodyToWriteTo, NoticePosted
from services.notification.domain.choices import ContactTaken, Delivery, LastToKnow, NotAContact, RoleMayNotWrite
from services.notification.domain.mail import Announcement, Language, Municipality
from services.notification.domain.notices import NoticeKind
from services.notification.use_cases import watch
from services.notification.use_cases.announce import keep_municipality
from services.notification.use_cases.choose_notices import ChooseNotices, choose_notices
from services.notification.use_cases.gather_digests import gather_digests
from services.notification.use_cases.identities import choice_subject, contact_id
from services.notification.use_cases.outcomes import Accepted, Outcome, Refused
from services.notification.use_cases.pass_on import pass_on
from services.notification.use_cases.post_notice import PostNotice
from services.notification.use_cases.tell_lists import News, tell_lists
from tests.unit.notification.fakes import Published
from tests.unit.notification.units import Planned, UnitWorld

TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
"""07:30 in Norway on the Wednesday."""
TOWN, ANNE, PER = "k-4640", "anne@sogndal.example", "per@sogndal.example"
OLA = "ola@sogndal.example"
LIST = "FL-2026-000001"
NEW, OVERDUE, ANSWERED = NoticeKind.LIST_RECEIVED, NoticeKind.LIST_OVERDUE, NoticeKind.LIST_ANSWERED
QUIET: Mapping[NoticeKind, Delivery] = dict.fromkeys(NoticeKind, Delivery.SURFACE)
DAILY: Mapping[NoticeKind, Delivery] = dict.fromkeys(NoticeKind, Delivery.DAILY)


async def know(
    world: UnitWorld, *writers: str, version: int = 1, four_eyes: bool = False, unreached: tuple[str, ...] = ()
) -> None:
    town = Municipality(TOWN, "Sogndal", Language.NYNORSK, writers, four_eyes=four_eyes, unreached=unreached)
    async with world.begin() as unit:
        await keep_municipality(town, version, unit)


async def happen(world: UnitWorld, kind: NoticeKind, number: int = 1, *, by: str | None = None) -> None:
    async with world.begin() as unit:
        command = PostNotice(kind, TOWN, f"FL-2026-{number:06}", 3, unit.now, by=by)
        await tell_lists([News(command, Announcement(3, date(2026, 12, 1)))], unit)


async def choose(
    world: UnitWorld, user: str, address: str | None, deliveries: Mapping[NoticeKind, Delivery], *, writes: bool = True
) -> Outcome:
    async with world.begin() as unit:
        who = contact_id(address) if address else None
        return await choose_notices(ChooseNotices(TOWN, user, "role", writes, who, deliveries), unit)


async def fail(world: UnitWorld, receiver: str) -> None:
    """Have the mails to somebody fail."""
    ids = await world.fail(receiver)
    async with world.begin() as unit:
        await pass_on(await unit.notices.lock_all(ids), receiver, unit)


async def gather(world: UnitWorld) -> list[Planned]:
    async with world.begin() as unit:
        await gather_digests(unit)
    return await world.mails()


async def pass_time(world: UnitWorld, to: datetime) -> list[str]:
    """Move the clock, tell what is missed, and give the kinds of what was posted."""
    world.now = to
    await world.published()
    more = True
    while more:
        async with world.begin() as unit:
            _, more = await watch.tell_missed(unit)
    return [one.subject for one in await world.published() if one.type == NoticePosted.message_type]


class ChoicesContract:
    """Subclasses give the fixture ``world``, at TUESDAY."""

    async def test_a_choice_is_kept_and_told_once(self, world: UnitWorld) -> None:
        """The same again changes nothing; another one is the next version, with its event and state."""
        await know(world, ANNE, PER)
        subject = choice_subject(TOWN, "u-1")
        await world.published()
        for deliveries, version in ((DAILY, 1), (DAILY, 1), ({ANSWERED: Delivery.SURFACE}, 2)):
            assert await choose(world, "u-1", ANNE, deliveries) == Accepted(subject, version)
        assert await world.published() == [
            Published(kind.message_type, key, subject, version, partition)
            for version in (1, 2)
            for kind, key, partition in ((NoticesChosen, TOWN, None), (NoticeChoiceState, subject, TOWN))
        ]
        async with world.begin() as unit:
            [held] = await unit.choices.held([TOWN])
        assert (held.contact_id, held.deliveries) == (contact_id(ANNE), {ANSWERED: Delivery.SURFACE})

    async def test_who_may_choose_what(self, world: UnitWorld) -> None:
        """Settlement writers, for an address of the municipality's that no colleague has said is theirs."""
        await know(world, ANNE, PER)
        assert await choose(world, "u-1", ANNE, DAILY) == Accepted(choice_subject(TOWN, "u-1"), 1)
        subject = choice_subject(TOWN, "u-2")
        assert await choose(world, "u-2", ANNE.upper(), DAILY) == Refused(subject, ContactTaken())
        assert await choose(world, "u-2", "who@sogndal.example", DAILY) == Refused(subject, NotAContact())
        assert await choose(world, "u-2", PER, DAILY, writes=False) == Refused(subject, RoleMayNotWrite("role"))
        assert await choose(world, "u-2", None, QUIET) == Accepted(subject, 1)

    async def test_the_last_who_hears_cannot_switch_off_what_somebody_must_know(self, world: UnitWorld) -> None:
        """Whichever colleague was first; a daily digest is enough, and all else can be switched off."""
        await know(world, ANNE, PER)
        assert isinstance(await choose(world, "u-1", ANNE, QUIET), Accepted)
        assert await choose(world, "u-2", PER, QUIET) == Refused(
            choice_subject(TOWN, "u-2"), LastToKnow((NEW, OVERDUE))
        )
        half = {**QUIET, NEW: Delivery.DAILY}
        assert await choose(world, "u-2", PER, half) == Refused(choice_subject(TOWN, "u-2"), LastToKnow((OVERDUE,)))
        enough = {**half, OVERDUE: Delivery.AT_ONCE}
        assert isinstance(await choose(world, "u-2", PER, enough), Accepted)
        await happen(world, ANSWERED)
        await happen(world, OVERDUE)
        assert await world.mails() == [Planned(PER)]

    async def test_where_only_those_are_left_who_do_not_hear_all_of_them_do(self, world: UnitWorld) -> None:
        """The colleague who heard has left the contacts: a new list is mailed to the others, at once."""
        await know(world, ANNE, PER)
        await choose(world, "u-1", ANNE, QUIET)
        await know(world, ANNE, version=2)
        await happen(world, NEW)
        await happen(world, ANSWERED)
        assert await world.mails() == [Planned(ANNE)]

    async def test_a_municipality_without_a_writer_is_told_of(self, world: UnitWorld) -> None:
        """Of a new list as of a deadline: as an event, once."""
        await know(world)
        for _ in range(2):
            await happen(world, NEW)
        told = [one.type for one in await world.published()]
        assert told.count(NobodyToWriteTo.message_type) == 1
        assert await world.mails() == []

    async def test_who_is_not_reached_is_not_mailed_and_does_not_count_as_hearing(self, world: UnitWorld) -> None:
        """Whoever is reached has all of it, and cannot switch it off; mended, the other one is mailed again."""
        await know(world, ANNE, PER, unreached=(ANNE.upper(),))
        assert await choose(world, "u-2", PER, QUIET) == Refused(
            choice_subject(TOWN, "u-2"), LastToKnow((NEW, OVERDUE))
        )
        assert isinstance(await choose(world, "u-1", ANNE, QUIET), Accepted)
        await happen(world, NEW)
        assert await world.mails() == [Planned(PER)]
        await know(world, ANNE, PER, version=2)
        assert isinstance(await choose(world, "u-1", ANNE, {}), Accepted)
        await happen(world, ANSWERED)
        assert await world.mails() == [Planned(ANNE), Planned(PER)]

    async def test_where_nobody_is_reached_it_is_told_of_and_nobody_goes_silent(self, world: UnitWorld) -> None:
        """As where there is no writer; what one chooses now must hold once the addresses are mended."""
        await know(world, ANNE, PER, unreached=(ANNE, PER))
        await world.published()
        await happen(world, NEW)
        await happen(world, ANSWERED)
        assert [one.type for one in await world.published()].count(NobodyToWriteTo.message_type) == 1
        assert await world.mails() == []
        assert isinstance(await choose(world, "u-1", ANNE, QUIET), Refused)
        assert isinstance(await choose(world, "u-1", ANNE, DAILY), Accepted)

    async def test_what_reached_nobody_is_passed_on_and_at_last_told_of(self, world: UnitWorld) -> None:
        """A new list whose one mail failed goes to who had chosen the surface alone; where that fails, IMDi hears."""
        await know(world, ANNE, PER)
        await choose(world, "u-2", PER, QUIET)
        await happen(world, NEW)
        assert await world.mails() == [Planned(ANNE)]
        await world.published()
        await fail(world, ANNE)
        assert await world.mails() == [Planned(PER)]
        assert [one.type for one in await world.published()] == []
        await fail(world, PER)
        assert await world.mails() == []
        assert NobodyToWriteTo.message_type in [one.type for one in await world.published()]

    async def test_what_somebody_else_may_have_heard_is_not_passed_on(self, world: UnitWorld) -> None:
        """One of two mails is enough, and so is a digest to come."""
        await know(world, ANNE, PER, OLA)
        await choose(world, "u-3", OLA, QUIET)
        await happen(world, NEW, 1)
        assert await world.mails() == [Planned(ANNE), Planned(PER)]
        await fail(world, PER)
        assert await world.mails() == []
        await choose(world, "u-1", ANNE, DAILY)
        await happen(world, OVERDUE, 2)
        assert await world.mails() == [Planned(PER)]
        await fail(world, PER)
        assert await world.mails() == []

    async def test_of_an_answered_list_nobody_has_to_hear(self, world: UnitWorld) -> None:
        """A mail that comes back when the list is answered is passed on to nobody."""
        await know(world, ANNE, PER)
        await choose(world, "u-2", PER, QUIET)
        await happen(world, NEW)
        await happen(world, ANSWERED)
        await world.mails()
        await fail(world, ANNE)
        assert await world.mails() == []

    async def test_a_digest_that_has_nobody_any_more_is_passed_on(self, world: UnitWorld) -> None:
        """Of what somebody must hear of alone: the others have it at once when the digest would have gone."""
        await know(world, ANNE, PER)
        await choose(world, "u-1", ANNE, DAILY)
        await choose(world, "u-2", PER, QUIET)
        await happen(world, NEW, 1)
        await happen(world, NoticeKind.IMDI_WROTE, 2)
        assert await world.mails() == []
        await know(world, ANNE, PER, version=2, unreached=(ANNE,))
        world.now = MORNING
        assert await gather(world) == [Planned(PER)]
        await know(world, ANNE, PER, version=3)
        assert await gather(world) == []

    async def test_a_digest_gathers_once_on_the_working_day(self, world: UnitWorld) -> None:
        """Not before 07:30, one mail with all that waits, and no second that day, whatever comes late."""
        await know(world, ANNE, PER)
        await choose(world, "u-1", ANNE, DAILY)
        for number in (1, 2):
            await happen(world, NEW, number)
        assert await world.mails() == [Planned(PER), Planned(PER)]
        world.now = MORNING - timedelta(seconds=1)
        assert await gather(world) == []
        world.now = MORNING
        assert await gather(world) == [Planned(ANNE, date(2026, 11, 25), 2)]
        await happen(world, ANSWERED, 1)
        world.now += timedelta(hours=3)
        assert await world.mails() == [Planned(PER)]
        assert await gather(world) == []
        world.now = MORNING + timedelta(days=1)
        assert await gather(world) == [Planned(ANNE, date(2026, 11, 26), 1)]

    async def test_of_one_kind_alone_a_digest_holds_that_one(self, world: UnitWorld) -> None:
        """What IMDi wrote comes at 07:30, and a new list at once."""
        await know(world, ANNE)
        assert isinstance(await choose(world, "u-1", ANNE, {NoticeKind.IMDI_WROTE: Delivery.DAILY}), Accepted)
        await happen(world, NoticeKind.IMDI_WROTE, 1)
        assert await world.mails() == []
        await happen(world, NEW, 2)
        assert await world.mails() == [Planned(ANNE)]
        world.now = MORNING
        assert await gather(world) == [Planned(ANNE, date(2026, 11, 25), 1)]

    async def test_a_digest_that_was_missed_goes_once_when_time_is_there(self, world: UnitWorld) -> None:
        """Over a weekend and a stop of days: one mail, of the last day that it was due on; nothing on Saturdays."""
        await know(world, ANNE, PER)
        await choose(world, "u-1", ANNE, DAILY)
        world.now = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
        await happen(world, NEW, 1)
        world.now = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
        assert await gather(world) == [] or await world.mails() == []
        await happen(world, NEW, 2)
        await world.mails()
        world.now = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
        assert await gather(world) == [Planned(ANNE, date(2026, 12, 2), 2)]
        assert await gather(world) == []

    async def test_a_digest_whose_transaction_fails_goes_once_all_the_same(self, world: UnitWorld) -> None:
        """Nothing of the failed one is seen."""
        await know(world, ANNE, PER)
        await choose(world, "u-1", ANNE, DAILY)
        await happen(world, NEW)
        await world.mails()
        world.now = MORNING

        async def fail() -> None:
            async with world.begin() as unit:
                assert await gather_digests(unit) == (1, False)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        assert await gather(world) == [Planned(ANNE, date(2026, 11, 25), 1)]

    async def test_who_is_no_contact_any_more_gets_no_digest(self, world: UnitWorld) -> None:
        """What waited for them is dropped."""
        await know(world, ANNE, PER)
        await choose(world, "u-1", ANNE, DAILY)
        await happen(world, NEW)
        await world.mails()
        await know(world, PER, version=2)
        world.now = MORNING
        assert await gather(world) == []
        await know(world, ANNE, PER, version=3)
        assert await gather(world) == []

    async def test_what_a_colleague_approved_is_mailed_to_the_others(self, world: UnitWorld) -> None:
        """Not to who approved it, to whom the notice is read from the beginning."""
        await know(world, ANNE, PER, four_eyes=True)
        await choose(world, "u-1", ANNE, {})
        await happen(world, NoticeKind.COLLEAGUE_APPROVED, by="u-1")
        assert await world.mails() == [Planned(PER)]
        async with world.begin() as unit:
            municipality = await unit.announcements.municipality(TOWN)
        assert municipality is not None
        assert municipality.four_eyes

    async def test_a_missing_settlement_date_is_told_once(self, world: UnitWorld) -> None:
        """The morning after the planned week, once for all of a list; not of who has settled or was taken back."""
        await know(world, ANNE)

        async with world.begin() as unit:
            steps: list[watch.Step] = [
                watch.Placed(TOWN, LIST, (1, 2, 3, 4), date(2026, 11, 24)),
                watch.Planned(LIST, (1, 2, 3), date(2026, 11, 30)),
                watch.NoMore(LIST, (3,)),
                watch.Planned(LIST, (3,), date(2026, 11, 30)),
            ]
            await watch.follow_placements(steps, unit.watches)
        assert await pass_time(world, datetime(2026, 12, 7, 6, 29, tzinfo=UTC)) == []
        assert len(await pass_time(world, datetime(2026, 12, 7, 6, 30, tzinfo=UTC))) == 1
        assert await pass_time(world, datetime(2026, 12, 8, 6, 30, tzinfo=UTC)) == []
        async with world.begin() as unit:
            await watch.follow_placements([watch.Planned(LIST, (1,), date(2026, 12, 14))], unit.watches)
        assert len(await pass_time(world, datetime(2026, 12, 21, 7, 0, tzinfo=UTC))) == 1
        async with world.begin() as unit:
            await watch.follow_placements([watch.NoMore(LIST, (1, 2, 4))], unit.watches)
        assert await pass_time(world, datetime(2027, 6, 1, tzinfo=UTC)) == []

    async def test_after_a_stop_one_notice_is_told_of_a_list(self, world: UnitWorld) -> None:
        """Not one for each day that was missed."""
        await know(world, ANNE)
        async with world.begin() as unit:
            steps = [
                watch.Placed(TOWN, LIST, (1,), date(2026, 8, 1)),
                watch.Placed(TOWN, LIST, (2,), date(2026, 8, 20)),
                watch.Placed(TOWN, "FL-2026-000002", (1,), date(2026, 8, 1)),
            ]
            await watch.follow_placements(steps, unit.watches)
        assert len(await pass_time(world, datetime(2026, 11, 24, tzinfo=UTC))) == 2

    async def test_a_letter_that_is_not_opened_is_told_of_after_a_day(self, world: UnitWorld) -> None:
        """Once a list and day; not where it was opened meanwhile."""
        await know(world, ANNE)
        async with world.begin() as unit:
            for letter in ("l-1", "l-2", "l-3"):
                await watch.letter_notified(letter, TOWN, "FL-2026-000001", TUESDAY, unit.watches)
            await watch.letter_notified("l-4", TOWN, "FL-2026-000002", TUESDAY, unit.watches)
            await watch.letter_moved("l-1", "FL-2026-000001", unit.watches)
            await watch.letter_moved("l-4", "FL-2026-000002", unit.watches)
        assert await pass_time(world, TUESDAY + timedelta(hours=23)) == []
        assert len(await pass_time(world, TUESDAY + timedelta(hours=24))) == 1
        assert await pass_time(world, TUESDAY + timedelta(hours=48)) == []
