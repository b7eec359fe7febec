"""A whole unit of notification in memory. The same contract holds for it and for the one over PostgreSQL."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Protocol, cast

from contracts.notification.choices import NoticeChoiceState, NoticesChosen
from services.notification.domain.choices import Choice
from services.notification.domain.mail import Announcement, MailState, Municipality
from services.notification.domain.notices import NoticeKind
from services.notification.domain.watches import Watch
from services.notification.use_cases.identities import choice_subject
from services.notification.use_cases.ports import Claim, Mails, NewMail, Unit, Waiting
from services.notification.use_cases.tell_lists import SETS_DEADLINE
from tests.unit.notification.fakes import FakeNotices, Published

OVER = {NoticeKind.LIST_ANSWERED, NoticeKind.LIST_WITHDRAWN}
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Planned:
    """A mail that is planned. ``digest_on``: of a daily digest, its day; ``notices``: how many it tells of."""

    receiver: str
    digest_on: date | None = None
    notices: int = 1


class UnitWorld(Protocol):
    """Where notification keeps things: memory, or PostgreSQL. ``now``: the time of the next transactions."""

    now: datetime

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """Open a transaction; it is committed at the end, and undone on an exception."""

    async def mails(self) -> list[Planned]:
        """Tell the mails that were planned since the last call, by receiver."""

    async def fail(self, *receivers: str) -> list[str]:
        """Have all mails to these fail that have not ended; gives the ids of the notices they were about."""

    async def published(self) -> list[Published]:
        """Take what has been published since the last call."""


@dataclass
class FakeAnnouncements:
    notices: FakeNotices
    towns: dict[str, Municipality] = field(default_factory=dict)
    told: dict[str, Announcement] = field(default_factory=dict)
    waiting: list[tuple[str, str]] = field(default_factory=list)

    async def keep_municipality(self, municipality: Municipality, version: int) -> None:  # noqa: ARG002
        self.towns[municipality.municipality_id] = municipality

    async def municipality(self, municipality_id: str) -> Municipality | None:
        return self.towns.get(municipality_id)

    async def municipalities(self, municipality_ids: Collection[str]) -> Mapping[str, Municipality]:
        return {one: self.towns[one] for one in municipality_ids if one in self.towns}

    async def deadlines(self, list_ids: Collection[str]) -> Mapping[str, date]:
        found: dict[str, date] = {}
        for notice_id, told in self.told.items():
            notice = self.notices.kept[notice_id]
            if notice.list_id in list_ids and notice.kind in SETS_DEADLINE and told.deadline is not None:
                found[notice.list_id] = max(told.deadline, found.get(notice.list_id, told.deadline))
        return found

    async def add(self, announcements: Mapping[str, Announcement]) -> None:
        self.told |= announcements

    async def await_municipality(self, notice_id: str, municipality_id: str) -> bool:
        if municipality_id in self.towns:
            return True
        self.waiting.append((notice_id, municipality_id))
        return False

    async def arrived(self, municipality_id: str, version: int) -> list[tuple[str, str]]:  # noqa: ARG002
        found = [one for one in self.waiting if one[1] == municipality_id]
        self.waiting = [one for one in self.waiting if one[1] != municipality_id]
        return found


@dataclass
class FakeMails:
    notices: FakeNotices
    planned: dict[str, Planned] = field(default_factory=dict)
    fresh: list[Planned] = field(default_factory=list)
    about: dict[str, set[str]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    digest_items: dict[tuple[str, str], str] = field(default_factory=dict)
    in_hand: dict[str, tuple[int, MailState]] = field(default_factory=dict)
    """By mail id, the last claim and how far it has come; tests put mails in hand."""
    broken: set[str] = field(default_factory=set)
    """Mails of which nothing can be noted."""

    async def begin_hand_over(self, claims: Sequence[Claim], until: datetime) -> Collection[Claim]:  # noqa: ARG002
        return self._note(claims, {MailState.CLAIMED}, MailState.HANDING_OVER)

    async def take_as_handed_over(self, claims: Sequence[Claim]) -> Collection[Claim]:
        return self._note(claims, {MailState.CLAIMED, MailState.HANDING_OVER}, MailState.SENT)

    def _note(self, claims: Sequence[Claim], before: set[MailState], after: MailState) -> Collection[Claim]:
        if self.broken & {claim.mail.mail_id for claim in claims}:
            raise ValueError("broken")
        held = {(identity, token, state) for identity, (token, state) in self.in_hand.items() if state in before}
        last = {(identity, token) for identity, token, _ in held}
        noted = {claim for claim in claims if (claim.mail.mail_id, claim.token) in last}
        self.in_hand |= {claim.mail.mail_id: (claim.token, after) for claim in noted}
        return noted

    async def plan(self, mails: Sequence[NewMail]) -> int:
        return sum([self.add(one.mail_id, Planned(one.receiver), [one.notice_id]) for one in mails])

    async def may_be_heard(self, notice_id: str) -> bool:
        own = self.notices.kept[notice_id].list_id
        over = [one for one in self.notices.kept.values() if one.list_id == own and one.kind in OVER]
        under_way = any(notice_id in about and one not in self.failed for one, about in self.about.items())
        return bool(over) or under_way or any(waits == notice_id for waits, _ in self.digest_items)

    def add(self, identity: str, mail: Planned, about: Collection[str]) -> bool:
        if identity in self.planned:
            return False
        self.planned[identity], self.about[identity] = mail, set(about)
        self.fresh.append(mail)
        return True


@dataclass
class FakeChoices:
    notices: FakeNotices
    kept: dict[tuple[str, str], Choice] = field(default_factory=dict)

    async def held(self, municipality_ids: Collection[str]) -> Sequence[Choice]:
        return [one for _, one in sorted(self.kept.items()) if one.municipality_id in municipality_ids]

    async def lock(self, municipality_id: str) -> Sequence[Choice]:
        return await self.held([municipality_id])

    async def save(self, choice: Choice) -> None:
        self.kept[choice.municipality_id, choice.user_id] = choice
        subject, town = choice_subject(choice.municipality_id, choice.user_id), choice.municipality_id
        told = self.notices.published
        told.append(Published(NoticesChosen.message_type, town, subject, choice.version))
        told.append(Published(NoticeChoiceState.message_type, subject, subject, choice.version, town))


@dataclass
class FakeDigests:
    notices: FakeNotices
    mails: FakeMails
    made: set[tuple[str, str, date]] = field(default_factory=set)

    @property
    def items(self) -> dict[tuple[str, str], str]:
        return self.mails.digest_items

    async def wait(self, items: Sequence[tuple[str, str]]) -> None:
        for notice_id, receiver in items:
            self.items.setdefault((notice_id, receiver.casefold()), receiver)

    async def due(self, due_at: datetime, day: date, limit: int) -> list[Waiting]:
        whom: dict[tuple[str, str], list[str]] = {}
        for notice_id, mailbox in self.items:
            whom.setdefault((self.notices.kept[notice_id].municipality_id, mailbox), []).append(notice_id)
        found = []
        for (town, mailbox), ids in sorted(whom.items()):
            ordered = sorted(ids, key=lambda one: (self.notices.kept[one].posted_at, one))
            if self.notices.kept[ordered[0]].posted_at < due_at and (town, mailbox, day) not in self.made:
                found.append(Waiting(town, self.items[ordered[0], mailbox], tuple(ordered)))
        return found[:limit]

    async def make(self, mail_id: str, waiting: Waiting, day: date) -> int:
        if not self.mails.add(mail_id, Planned(waiting.receiver, day, len(waiting.notice_ids)), waiting.notice_ids):
            return 0
        self.made.add((waiting.municipality_id, waiting.receiver.casefold(), day))
        await self.drop(waiting)
        return 1

    async def drop(self, waiting: Waiting) -> None:
        for notice_id in waiting.notice_ids:
            del self.items[notice_id, waiting.receiver.casefold()]


@dataclass
class FakeWatches:
    kept: dict[tuple[NoticeKind, str, str], Watch] = field(default_factory=dict)

    async def put(self, watches: Sequence[Watch]) -> None:
        for one in watches:
            self.kept[one.kind, one.list_id, one.item] = one

    async def find(self, kind: NoticeKind, list_id: str, items: Collection[str]) -> list[Watch]:
        keys = [(kind, list_id, item) for item in sorted(items)]
        return [self.kept[key] for key in keys if key in self.kept]

    async def forget(self, kind: NoticeKind, items: Collection[tuple[str, str]]) -> None:
        for list_id, item in items:
            self.kept.pop((kind, list_id, item), None)

    async def take_due(self, now: datetime, limit: int) -> list[Watch]:
        waiting = [one for one in self.kept.values() if LONG_AGO < one.due_at <= now]
        due = sorted(waiting, key=lambda one: (one.due_at, one.kind, one.list_id, one.item))[:limit]
        for one in due:
            self.kept[one.kind, one.list_id, one.item] = replace(one, due_at=LONG_AGO)
        return due


class FakeUnitWorld:
    """A UnitWorld in memory."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        notices = FakeNotices()
        mails = FakeMails(notices)
        self.unit = Unit(
            now=now,
            notices=notices,
            announcements=FakeAnnouncements(notices),
            mails=cast("Mails", mails),
            choices=FakeChoices(notices),
            digests=FakeDigests(notices, mails),
            watches=FakeWatches(),
        )

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        working = replace(copy.deepcopy(self.unit), now=self.now)
        yield working
        self.unit = working

    async def mails(self) -> list[Planned]:
        mails = cast("FakeMails", self.unit.mails)
        taken, mails.fresh = mails.fresh, []
        return sorted(taken, key=lambda one: one.receiver)

    async def fail(self, *receivers: str) -> list[str]:
        mails = cast("FakeMails", self.unit.mails)
        ended = {one for one, mail in mails.planned.items() if mail.receiver in receivers} - mails.failed
        mails.failed |= ended
        return sorted({about for one in ended for about in mails.about[one]})

    async def published(self) -> list[Published]:
        notices = cast("FakeNotices", self.unit.notices)
        taken, notices.published = notices.published, []
        return taken
