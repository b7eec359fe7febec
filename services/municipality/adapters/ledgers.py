"""The ledger in PostgreSQL and on municipality's topics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chassis.transaction import Transaction
from contracts import topics
from services.municipality.adapters import ledger_rows, ledger_writes, messages, municipality_rows
from services.municipality.domain.book import Book
from services.municipality.domain.ledger import LedgerEvent, LedgerYear, PlacesMoved, Request, YearId
from services.municipality.domain.list_facts import ListFact


@dataclass(frozen=True, slots=True)
class PgLedgers:
    """Ledger years, over one transaction. ``caused_by`` gives it as seen while the fact of an event is handled."""

    transaction: Transaction
    caused_by: Callable[[str, int], Transaction] | None = None
    """From a list's id and version; None: all that happens has the transaction's own cause."""

    async def year(self, year_id: YearId) -> LedgerYear | None:
        """Open one ledger year, at version 0 where nothing has happened; None where the municipality is unknown."""
        connection = self.transaction.connection
        if not await municipality_rows.lock(connection, [year_id.municipality_id]):
            return None
        years = await ledger_rows.read_years(connection, [year_id.municipality_id])
        return years.get(year_id) or LedgerYear(year_id)

    async def has_had(self, year_id: YearId, request: Request) -> bool:
        """Tell whether IMDi has made this very request for the year before, now or earlier."""
        return await ledger_rows.has_had(self.transaction.connection, year_id, request)

    async def save(self, year: LedgerYear, events: Sequence[LedgerEvent]) -> None:
        """Keep the year and publish its events, then its state; without events nothing."""
        if events:
            await self.close(Book(years={year.id: year}, changed_years={year.id}, events=list(events)))

    async def open(self, facts: Sequence[ListFact]) -> Book:
        """Open all that following these facts touches. Municipalities are locked in the order of their ids."""
        connection = self.transaction.connection
        await municipality_rows.lock(connection, [fact.municipality_id for fact in facts])
        return await ledger_rows.read_book(connection, facts)

    async def close(self, book: Book) -> None:
        """Keep what following changed and publish it: events, then the years' states, then the lists'.

        All years come before all lists: a list may hold places in two years, and who sees a list's version must
        have the sums of both.
        """
        connection = self.transaction.connection
        years = [book.years[year_id] for year_id in sorted(book.changed_years)]
        lists = [book.lists[list_id] for list_id in sorted(book.changed_lists)]
        await ledger_writes.write_years(connection, years)
        await ledger_writes.write_events(connection, book.events)
        if lists:
            await ledger_writes.write_lists(connection, lists)
        await ledger_writes.write_holdings(connection, ((key, book.holdings[key]) for key in book.changed_holdings))
        last: dict[YearId, Transaction] = {}
        for event in book.events:
            last[event.id] = await self._publish(event)
        state = topics.MUNICIPALITY_STATE.name
        for year in years:
            await last[year.id].publish(
                state,
                messages.ledger_year_state(year),
                key=str(year.id),
                subject=str(year.id),
                sequence=year.version,
                partition_key=year.id.municipality_id,
            )
        for places in lists:
            year_id = places.id.year_id
            await last[year_id].publish(
                state,
                messages.ledger_list_state(places),
                key=str(places.id),
                subject=str(places.id),
                sequence=book.years[year_id].version,
                partition_key=year_id.municipality_id,
            )

    async def _publish(self, event: LedgerEvent) -> Transaction:
        seen = self.transaction
        if self.caused_by and isinstance(event, PlacesMoved):
            seen = self.caused_by(event.list_id, event.list_version)
        await seen.publish(
            topics.MUNICIPALITY_EVENTS.name,
            messages.ledger_event(event),
            key=event.id.municipality_id,
            subject=str(event.id),
            sequence=event.version,
        )
        return seen
