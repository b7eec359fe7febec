"""What the use cases need from outside, as Protocols. Adapters implement them over one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.municipality.domain.book import Book
from services.municipality.domain.codes import ReportKind
from services.municipality.domain.ledger import LedgerEvent, LedgerYear, Request, YearId
from services.municipality.domain.list_facts import ListFact
from services.municipality.domain.register import DivisionRow, Municipality, RegisterEvent
from services.municipality.domain.reports import Change, Report, ReportId
from services.municipality.domain.requests import Problem


@dataclass(frozen=True, slots=True)
class Division:
    """A division of the country: its municipalities, and a digest that differs wherever its content does."""

    rows: Sequence[DivisionRow]
    digest: str


@dataclass(frozen=True, slots=True)
class RegisterHead:
    """Which division the register follows, and its version; 0: none yet."""

    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Original:
    """A record as it came, kept when it is sent back. ``timestamp``: milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    message_id: str | None
    key: bytes | None
    headers: Sequence[tuple[str, bytes]]
    value: bytes | None


class Ledgers(Protocol):
    """Ledger years. What is opened is locked until the transaction ends: the municipality with all its years."""

    async def year(self, year_id: YearId) -> LedgerYear | None:
        """Open one ledger year, at version 0 where nothing has happened; None where the municipality is unknown."""

    async def has_had(self, year_id: YearId, request: Request) -> bool:
        """Tell whether IMDi has made this very request for the year before, now or earlier."""

    async def save(self, year: LedgerYear, events: Sequence[LedgerEvent]) -> None:
        """Keep the year and publish its events, what they add to its history, and its state; without events nothing."""

    async def unanswered(self, today: date, most: int) -> list[YearId]:
        """Find years whose request was to be answered before today, and that it passed has not been told, in order."""

    async def untold(self) -> list[YearId]:
        """Find the years whose lines and history come from before those were told."""

    async def tell(self, year_id: YearId) -> None:
        """Publish a year's lines, requests and resolutions, unless it is no longer untold."""

    async def open(self, facts: Sequence[ListFact]) -> Book:
        """Open all that following these facts touches. Municipalities are locked in the order of their ids."""

    async def close(self, book: Book) -> None:
        """Keep what following changed and publish it: events, then the years' lines and states, then the lists'."""


class Municipalities(Protocol):
    """The register's municipalities."""

    async def get(self, municipality_id: str) -> Municipality | None:
        """Open a municipality, locked until the transaction ends."""

    async def marked(self, municipality_ids: Collection[str]) -> Collection[str]:
        """Tell, locking nothing, which of these have a contact marked as not reached, or merge or have merged."""

    async def save(self, municipality: Municipality, events: Sequence[RegisterEvent]) -> None:
        """Keep its contacts and publish its events, then its state; without events nothing."""

    async def bearer(self, number: str, day: date) -> str | None:
        """Tell the id of the municipality that bears ``number`` on ``day``; None where none does."""

    async def successor(self, number: str, day: date) -> str | None:
        """Tell the number borne on ``day`` by what the last bearer of ``number`` has merged into; None: it has not."""


class Register(Protocol):
    """The register as a whole."""

    async def head(self) -> RegisterHead:
        """Lock the register and tell what it follows."""

    async def municipalities(self) -> list[Municipality]:
        """Read all municipalities."""

    async def follow(self, changed: Sequence[Municipality], head: RegisterHead, size: int) -> None:
        """Keep and publish the changed municipalities, then the register with its size."""


class Rejections(Protocol):
    """Messages that go back to IMDi."""

    async def send_back(self, original: Original, number: str | None, problems: Sequence[Problem]) -> None:
        """Keep the original and publish what is wrong with it; the same record again changes nothing."""

    async def forget_before(self, time: datetime) -> None:
        """Delete originals sent back before ``time``."""


class Reports(Protocol):
    """Reports between the lists. What is opened is locked until the transaction ends, with its municipality."""

    async def open(self, report_id: ReportId, kind: ReportKind = ReportKind.HOUSING) -> Report | None:
        """Open a report; None where the municipality is unknown.

        Where there is none yet it is at version 0, of the kind that is named.
        """

    async def save(self, report: Report, changes: Sequence[Change]) -> None:
        """Keep the report and publish what happened, what goes to IMDi, and its state; without changes nothing."""

    async def to_be_asked(self, since: datetime, today: date, most: int) -> list[ReportId]:
        """Find open reports last known to be valid at ``since`` or before, not asked about, that matter, in order."""

    async def to_lapse(self, since: datetime, most: int) -> list[ReportId]:
        """Find open reports about persons last known to be valid at ``since`` or before, in order."""
