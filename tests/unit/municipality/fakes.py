"""The ports in memory. The same contract tests hold for these and for the real repositories."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol

from contracts.municipality import v1
from contracts.municipality.mergers import MunicipalityMerged
from services.municipality.adapters import messages, report_messages
from services.municipality.adapters.reports import TO_IMDI
from services.municipality.domain.book import Book, Holding, ListPlaces, ListYearId, PersonKey
from services.municipality.domain.codes import ReportKind, ReportStatus
from services.municipality.domain.ledger import (
    LedgerEvent,
    LedgerYear,
    PlacesMoved,
    PlacesRequested,
    Request,
    RequestUnanswered,
    ResolutionRegistered,
    YearId,
)
from services.municipality.domain.lines import lines_of
from services.municipality.domain.list_facts import ListFact
from services.municipality.domain.register import Municipality, RegisterEvent
from services.municipality.domain.report_contents import WeeklyPlaces
from services.municipality.domain.reports import Change, Report, ReportId
from services.municipality.domain.requests import Problem
from services.municipality.use_cases.ports import (
    Ledgers,
    Municipalities,
    Original,
    Register,
    RegisterHead,
    Rejections,
    Reports,
)


@dataclass(frozen=True)
class Published:
    """What a test looks at of a published record."""

    type: str
    key: str
    subject: str
    sequence: int | None
    partition_key: str | None = None
    message_id: str | None = None
    """Where it is another than the chassis makes."""


@dataclass(frozen=True)
class Ports:
    """The ports over one transaction."""

    ledgers: Ledgers
    municipalities: Municipalities
    register: Register
    rejections: Rejections
    reports: Reports


class World(Protocol):
    """Where the ports keep things: memory, or PostgreSQL."""

    def begin(self) -> AbstractAsyncContextManager[Ports]:
        """Open a transaction; it is committed at the end, and undone on an exception."""

    async def published(self) -> list[Published]:
        """Take what has been published since the last call."""


@dataclass
class Memory:
    """Everything there is."""

    municipalities: dict[str, Municipality] = field(default_factory=dict)
    head: RegisterHead = field(default_factory=lambda: RegisterHead(0, ""))
    years: dict[YearId, LedgerYear] = field(default_factory=dict)
    requests: defaultdict[YearId, list[Request]] = field(default_factory=lambda: defaultdict(list))
    changes: list[PlacesRequested | ResolutionRegistered | RequestUnanswered] = field(default_factory=list)
    untold: set[YearId] = field(default_factory=set)
    lists: dict[ListYearId, ListPlaces] = field(default_factory=dict)
    holdings: dict[PersonKey, Holding] = field(default_factory=dict)
    originals: dict[tuple[str, int, int, int], datetime] = field(default_factory=dict)
    reports: dict[ReportId, Report] = field(default_factory=dict)
    published: list[Published] = field(default_factory=list)


class FakeWorld:
    """A World in memory."""

    def __init__(self, now: datetime) -> None:
        self.memory = Memory()
        self._now = now

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Ports]:
        working = copy.deepcopy(self.memory)
        yield Ports(
            FakeLedgers(working),
            FakeMunicipalities(working),
            FakeRegister(working),
            FakeRejections(working, self._now),
            FakeReports(working),
        )
        self.memory = working

    async def published(self) -> list[Published]:
        taken, self.memory.published = self.memory.published, []
        return taken


@dataclass
class FakeLedgers:
    memory: Memory

    async def year(self, year_id: YearId) -> LedgerYear | None:
        if year_id.municipality_id not in self.memory.municipalities:
            return None
        return self.memory.years.get(year_id) or LedgerYear(year_id)

    async def has_had(self, year_id: YearId, request: Request) -> bool:
        return any(replace(had, received_at=request.received_at) == request for had in self.memory.requests[year_id])

    async def save(self, year: LedgerYear, events: Sequence[LedgerEvent]) -> None:
        self.memory.requests[year.id] += [event.request for event in events if isinstance(event, PlacesRequested)]
        if events:
            await self.close(Book(years={year.id: year}, changed_years={year.id}, events=list(events)))

    async def unanswered(self, today: date, most: int) -> list[YearId]:
        told = {
            (change.id, change.request.answer_by)
            for change in self.memory.changes
            if isinstance(change, RequestUnanswered)
        }
        waiting = [
            year.id
            for year in self.memory.years.values()
            if year.request is not None and year.awaits_resolution and year.request.answer_by < today
            and (year.id, year.request.answer_by) not in told
        ]  # fmt: skip
        return sorted(waiting)[:most]

    async def untold(self) -> list[YearId]:
        return sorted(self.memory.untold)

    async def tell(self, year_id: YearId) -> None:
        """Nothing here comes from before lines were told."""
        self.memory.untold.discard(year_id)

    async def open(self, facts: Sequence[ListFact]) -> Book:
        assert all(fact.municipality_id in self.memory.municipalities for fact in facts)
        return Book(dict(self.memory.years), dict(self.memory.lists), dict(self.memory.holdings))

    async def close(self, book: Book) -> None:
        self.memory.years |= {year_id: book.years[year_id] for year_id in book.changed_years}
        self.memory.lists |= {list_id: book.lists[list_id] for list_id in book.changed_lists}
        self.memory.holdings |= {key: book.holdings[key] for key in book.changed_holdings}
        published = self.memory.published
        for event in book.events:
            kind = messages.ledger_event(event).message_type
            own = f"{kind}:{event.id}:{event.request.answer_by}" if isinstance(event, RequestUnanswered) else None
            published.append(Published(kind, event.id.municipality_id, str(event.id), event.version, None, own))
        for event in book.events:
            self._history(event)
        for year_id in sorted(book.changed_years):
            published.append(self._state(v1.LedgerYearState.message_type, str(year_id), year_id, book))
        for list_id in sorted(book.changed_lists):
            published.append(self._state(v1.LedgerListState.message_type, str(list_id), list_id.year_id, book))

    def _history(self, event: LedgerEvent) -> None:
        told, municipality_id = self.memory.published, event.id.municipality_id
        if not isinstance(event, PlacesMoved):
            self.memory.changes.append(event)
            key = f"{event.id}/changes/{event.version}"
            told.append(Published(v1.LedgerChangeState.message_type, key, key, event.version, municipality_id))
        for line in lines_of(event):
            kind, key = v1.LedgerEntryState.message_type, str(line)
            told.append(Published(kind, key, key, event.version, municipality_id))

    def _state(self, kind: str, key: str, year_id: YearId, book: Book) -> Published:
        return Published(kind, key, key, book.years[year_id].version, year_id.municipality_id)


@dataclass
class FakeMunicipalities:
    memory: Memory

    async def marked(self, municipality_ids: Collection[str]) -> Collection[str]:
        known = [one for identity in municipality_ids if (one := self.memory.municipalities.get(identity))]
        return {one.id for one in known if one.merger or any(contact.unreached for contact in one.contacts)}

    async def get(self, municipality_id: str) -> Municipality | None:
        return self.memory.municipalities.get(municipality_id)

    async def save(self, municipality: Municipality, events: Sequence[RegisterEvent]) -> None:
        if not events:
            return
        self.memory.municipalities[municipality.id] = municipality
        for event in events:
            kind = messages.register_event(event).message_type
            self.memory.published.append(Published(kind, event.id, event.id, event.version))
        self.memory.published.append(state_of(municipality))

    async def bearer(self, number: str, day: date) -> str | None:
        for municipality in self.memory.municipalities.values():
            gone = municipality.refuses_new(day)
            if municipality.facts.number == number and municipality.facts.valid_from <= day and not gone:
                return municipality.id
        return None

    async def successor(self, number: str, day: date) -> str | None:
        known = self.memory.municipalities
        went = next((one for one in known.values() if one.facts.number == number and one.refuses_new(day)), None)
        while went is not None and (merged := went.refuses_new(day)):
            went = known[merged.successor]
        return went and went.facts.number


@dataclass
class FakeRegister:
    memory: Memory

    async def head(self) -> RegisterHead:
        return self.memory.head

    async def municipalities(self) -> list[Municipality]:
        return sorted(self.memory.municipalities.values(), key=lambda municipality: municipality.id)

    async def follow(self, changed: Sequence[Municipality], head: RegisterHead, size: int) -> None:  # noqa: ARG002  only told
        self.memory.head = head
        for municipality in changed:
            self.memory.municipalities[municipality.id] = municipality
            merged = municipality.merger is not None
            kind = (MunicipalityMerged if merged else v1.MunicipalityRegistered).message_type
            event = Published(kind, municipality.id, municipality.id, municipality.version)
            self.memory.published.extend((event, state_of(municipality)))
        self.memory.published.append(Published(v1.RegisterState.message_type, "register", "register", head.version))


@dataclass
class FakeRejections:
    memory: Memory
    now: datetime

    async def send_back(self, original: Original, number: str | None, problems: Sequence[Problem]) -> None:
        assert problems
        record = (original.topic, original.partition, original.offset, original.timestamp)
        if record in self.memory.originals:
            return
        self.memory.originals[record] = self.now
        place = f"{original.topic}/{original.partition}/{original.offset}"
        self.memory.published.append(Published(v1.RequestRejection.message_type, number or place, place, None))

    async def forget_before(self, time: datetime) -> None:
        self.memory.originals = {record: at for record, at in self.memory.originals.items() if at >= time}


def state_of(municipality: Municipality) -> Published:
    kind = v1.MunicipalityState.message_type
    return Published(kind, municipality.id, municipality.id, municipality.version, municipality.id)


@dataclass
class FakeReports:
    memory: Memory

    async def open(self, report_id: ReportId, kind: ReportKind = ReportKind.HOUSING) -> Report | None:
        if report_id.municipality_id not in self.memory.municipalities:
            return None
        return self.memory.reports.get(report_id) or Report(report_id, kind)

    async def save(self, report: Report, changes: Sequence[Change]) -> None:
        if not changes:
            return
        self.memory.reports[report.id] = report
        municipality_id, subject = report.id.municipality_id, str(report.id)
        told = self.memory.published
        for change in changes:
            kind, own = report_messages.event(report, change).message_type, report_messages.once_id(report, change)
            told.append(Published(kind, municipality_id, subject, change.version, message_id=own))
            if change.step in TO_IMDI:
                kind = report_messages.to_imdi(report, change).message_type
                told.append(Published(kind, municipality_id, subject, change.version))
        kind = report_messages.state(report).message_type
        told.append(Published(kind, subject, subject, report.version, municipality_id))

    async def to_be_asked(self, since: datetime, today: date, most: int) -> list[ReportId]:
        found = [one for one in self._open_since(since) if one.questioned_at is None and _matters(one, today)]
        return sorted(one.id for one in found)[:most]

    async def to_lapse(self, since: datetime, most: int) -> list[ReportId]:
        return sorted(one.id for one in self._open_since(since) if one.kind.about_persons)[:most]

    def _open_since(self, since: datetime) -> list[Report]:
        found = (one for one in self.memory.reports.values() if one.status is ReportStatus.OPEN)
        return [one for one in found if one.valid_from is not None and one.valid_from <= since]


def _matters(report: Report, today: date) -> bool:
    return not isinstance(report.content, WeeklyPlaces) or report.content.matters_until >= today
