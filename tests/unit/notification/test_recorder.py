"""What becomes of mails is recorded together where it comes together, and each as if it were alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from contracts.notification.v1 import MailSent
from services.notification.domain.mail import Announcement, Language, Mail, MailState
from services.notification.domain.notices import Notice, NoticeKind, NoticePosted
from services.notification.entrypoints.recorder import Recorder
from services.notification.use_cases.ports import Claim, Unit
from tests.unit.notification.choices_contract import TOWN, TUESDAY
from tests.unit.notification.units import FakeMails, FakeUnitWorld

KIND = NoticeKind.LIST_RECEIVED


@dataclass
class Slow:
    """Units whose transactions go on once they may. ``begun``: how many were begun."""

    world: FakeUnitWorld = field(default_factory=lambda: FakeUnitWorld(TUESDAY))
    may: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        self.begun += 1
        await self.may.wait()
        async with self.world.begin() as unit:
            yield unit

    @property
    def mails(self) -> FakeMails:
        return cast("FakeMails", self.world.unit.mails)

    def states(self) -> dict[str, MailState]:
        return {identity: state for identity, (_, state) in self.mails.in_hand.items()}

    async def put_in_hand(self, number: int, notice: int, state: MailState) -> Claim:
        """Have a mail in hand that is about a notice."""
        identity, notice_id = f"m-{number}", f"n-{notice}"
        mail = Mail(
            identity, f"{number}@x.example", notice_id, KIND, "FL-2026-000001", TOWN, "X", Language.BOKMAAL, TUESDAY,
            Announcement(1, None),
        )  # fmt: skip
        async with self.world.begin() as unit:
            await unit.notices.add([(Notice(notice_id, 1, TOWN, KIND, "FL-2026-000001", TUESDAY), NoticePosted())])
            cast("FakeMails", unit.mails).in_hand[identity] = (1, state)
        return Claim(mail, 1, 0, None)


async def under_way(*notes: Awaitable[bool]) -> list[asyncio.Future[bool]]:
    """Have them begin, in their order."""
    tasks = [asyncio.ensure_future(note) for note in notes]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_one_is_recorded_is_recorded_together() -> None:
    """The first waits for nobody, the others for it alone; a notice counts each of its mails, each told."""
    slow = Slow()
    begun = [await slow.put_in_hand(n, n, MailState.CLAIMED) for n in (1, 2)]
    sent = [await slow.put_in_hand(n, 9, MailState.HANDING_OVER) for n in (3, 4)]
    recorder = Recorder(slow, timedelta(minutes=2))
    first = await under_way(recorder.begin_hand_over(begun[0]))
    others = await under_way(recorder.begin_hand_over(begun[1]), *(recorder.sent(claim) for claim in sent))
    assert slow.begun == 1
    assert set(slow.states().values()) == {MailState.CLAIMED, MailState.HANDING_OVER}, "nothing is known to be noted"
    slow.may.set()
    assert await asyncio.gather(*first, *others) == [True] * 4
    await recorder.stop()
    assert slow.begun == 2
    handing, done = MailState.HANDING_OVER, MailState.SENT
    assert slow.states() == {"m-1": handing, "m-2": handing, "m-3": done, "m-4": done}
    async with slow.world.begin() as unit:
        notice = await unit.notices.lock("n-9")
    assert (notice.version, notice.mail.sent) == (3, 2)
    told = [one.sequence for one in await slow.world.published() if one.type == MailSent.message_type]
    assert told == [2, 3]


async def test_one_that_cannot_be_recorded_takes_no_other_along() -> None:
    """Whoever asked hears of it; of the others each is noted, once."""
    slow = Slow()
    claims = [await slow.put_in_hand(n, n, MailState.HANDING_OVER) for n in range(5)]
    async with slow.world.begin() as unit:
        cast("FakeMails", unit.mails).broken.add("m-2")
    recorder = Recorder(slow, timedelta(minutes=2))
    noting = await under_way(*(recorder.sent(claim) for claim in claims))
    slow.may.set()
    ends = await asyncio.gather(*noting, return_exceptions=True)
    assert [end for end in ends if end is True] == [True] * 4
    assert isinstance(ends[2], ValueError)
    told = [one.subject for one in await slow.world.published() if one.type == MailSent.message_type]
    assert sorted(told) == ["n-0", "n-1", "n-3", "n-4"]


async def test_an_older_claim_is_not_noted_beside_others() -> None:
    """Not its mark, and not that it was sent: somebody else has the mail."""
    slow = Slow()
    mine, old = [await slow.put_in_hand(n, n, MailState.CLAIMED) for n in (1, 2)]
    async with slow.world.begin() as unit:
        cast("FakeMails", unit.mails).in_hand["m-2"] = (2, MailState.CLAIMED)
    recorder = Recorder(slow, timedelta(minutes=2))
    slow.may.set()
    noted = asyncio.gather(recorder.begin_hand_over(mine), recorder.begin_hand_over(old), recorder.sent(old))
    assert await noted == [True, False, False]
    assert slow.states() == {"m-1": MailState.HANDING_OVER, "m-2": MailState.CLAIMED}


async def test_who_was_cut_off_leaves_nobody_in_doubt() -> None:
    """A mail that was to be handed over stays claimed; that one was sent is noted all the same."""
    slow = Slow()
    first, waiting = [await slow.put_in_hand(n, n, MailState.CLAIMED) for n in (1, 2)]
    sent = await slow.put_in_hand(3, 3, MailState.HANDING_OVER)
    recorder = Recorder(slow, timedelta(minutes=2))
    [going] = await under_way(recorder.begin_hand_over(first))
    cut = await under_way(recorder.begin_hand_over(waiting), recorder.sent(sent))
    for one in cut:
        one.cancel()
        with suppress(asyncio.CancelledError):
            await one
    slow.may.set()
    assert await going
    await recorder.stop()
    assert slow.states() == {"m-1": MailState.HANDING_OVER, "m-2": MailState.CLAIMED, "m-3": MailState.SENT}


async def test_nobody_hears_that_the_server_may_have_it_before_that_is_kept() -> None:
    """The mark is there when who asked goes on: whoever finds the mail knows that it may have arrived."""
    slow = Slow()
    claims = [await slow.put_in_hand(n, n, MailState.CLAIMED) for n in range(3)]
    recorder = Recorder(slow, timedelta(minutes=2))
    slow.may.set()

    async def hand_over(claim: Claim) -> MailState:
        assert await recorder.begin_hand_over(claim)
        return slow.states()[claim.mail.mail_id]

    assert await asyncio.gather(*(hand_over(claim) for claim in claims)) == [MailState.HANDING_OVER] * 3
