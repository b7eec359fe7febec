"""The ledger in PostgreSQL and on municipality's topics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.envelope import Message
from services.municipality.adapters import ledger_history, ledger_rows, ledger_writes, messages, municipality_rows
from services.municipality.domain.book import Book
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
from services.municipality.domain.lines import Line, lines_of
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
        """Keep the year and publish its events, what they add to its history, and its state; without events nothing."""
        if events:
            await self.close(Book(years={year.id: year}, changed_years={year.id}, events=list(events)))

    async def unanswered(self, today: date, most: int) -> list[YearId]:
        """Find years whose request was to be answered before today, and that it passed has not been told, in order."""
        return await ledger_history.unanswered(self.transaction.connection, today, most)

    async def untold(self) -> list[YearId]:
        """Find the years whose lines and history come from before those were told."""
        return await ledger_history.untold(self.transaction.connection)

    async def tell(self, year_id: YearId) -> None:
        """Publish a year's lines, requests and resolutions, unless it is no longer untold.

        No deadline: that one passed has been told ever since it is kept.
        """
        connection = self.transaction.connection
        await municipality_rows.lock(connection, [year_id.municipality_id])
        if not await ledger_history.take_untold(connection, year_id):
            return
        for change in await ledger_history.read_changes(connection, year_id):
            await self._publish_change(change, self.transaction)
        for line, caused_by in await ledger_history.read_lines(connection, year_id):
            await self._publish_line(line, caused_by, self.transaction)

    async def tell_again(self, municipality_id: str) -> None:
        """Publish the years of a municipality whose lock is held, with their history and what lists hold in them."""
        connection, told = self.transaction.connection, self.transaction
        years = await ledger_rows.read_years(connection, [municipality_id])
        seen = dict.fromkeys(years, told)
        for year_id, year in sorted(years.items(), key=lambda each: each[0]):
            await self._publish_state(str(year_id), messages.ledger_year_state(year), year_id, year.version, seen)
            for change in await ledger_history.read_changes(connection, year_id):
                await self._publish_change(change, told)
            for passed in await ledger_history.read_passed(connection, year_id):
                await self._publish_change(passed, told)
            for line, caused_by in await ledger_history.read_lines(connection, year_id):
                await self._publish_line(line, caused_by, told)
        for places in await ledger_rows.read_lists_of(connection, municipality_id):
            year_id = places.id.year_id
            state = messages.ledger_list_state(places)
            await self._publish_state(str(places.id), state, year_id, years[year_id].version, seen)

    async def open(self, facts: Sequence[ListFact]) -> Book:
        """Open all that following these facts touches. Municipalities are locked in the order of their ids."""
        connection = self.transaction.connection
        await municipality_rows.lock(connection, [fact.municipality_id for fact in facts])
        return await ledger_rows.read_book(connection, facts)

    async def close(self, book: Book) -> None:
        """Keep what following changed and publish it: events, then the years' lines and states, then the lists'.

        A year's lines and history come before its state: who sees its version has all that it is made of. All years
        come before all lists: a list may hold places in two years, and who sees a list's version must have the sums
        of both.
        """
        connection = self.transaction.connection
        years = [book.years[year_id] for year_id in sorted(book.changed_years)]
        lists = [book.lists[list_id] for list_id in sorted(book.changed_lists)]
        await ledger_writes.write_years(connection, years)
        causes = {(event.id, event.version): _cause(self._seen(event)) for event in book.events}
        await ledger_writes.write_events(connection, book.events, causes)
        if lists:
            await ledger_writes.write_lists(connection, lists)
        await ledger_writes.write_holdings(connection, ((key, book.holdings[key]) for key in book.changed_holdings))
        last: dict[YearId, Transaction] = {}
        for event in book.events:
            last[event.id] = await self._publish(event)
        for event in book.events:
            await self._publish_history(event)
        for year in years:
            await self._publish_state(str(year.id), messages.ledger_year_state(year), year.id, year.version, last)
        for places in lists:
            year_id = places.id.year_id
            state = messages.ledger_list_state(places)
            await self._publish_state(str(places.id), state, year_id, book.years[year_id].version, last)

    def _seen(self, event: LedgerEvent) -> Transaction:
        if self.caused_by and isinstance(event, PlacesMoved):
            return self.caused_by(event.list_id, event.list_version)
        return self.transaction

    async def _publish(self, event: LedgerEvent) -> Transaction:
        seen, body = self._seen(event), messages.ledger_event(event)
        await seen.publish(
            topics.MUNICIPALITY_EVENTS.name,
            body,
            key=event.id.municipality_id,
            subject=str(event.id),
            sequence=event.version,
            message_id=f"{body.message_type}:{event.id}:{event.request.answer_by}"
            if isinstance(event, RequestUnanswered)
            else None,
        )
        return seen

    async def _publish_history(self, event: LedgerEvent) -> None:
        seen = self._seen(event)
        if not isinstance(event, PlacesMoved):
            await self._publish_change(event, seen)
        for line in lines_of(event):
            await self._publish_line(line, _cause(seen), seen)

    async def _publish_change(
        self, event: PlacesRequested | ResolutionRegistered | RequestUnanswered, seen: Transaction
    ) -> None:
        key = f"{event.id}/changes/{event.version}"
        await self._publish_state(key, messages.ledger_change_state(event), event.id, event.version, {event.id: seen})

    async def _publish_line(self, line: Line, caused_by: str | None, seen: Transaction) -> None:
        state = messages.ledger_entry_state(line, caused_by)
        await self._publish_state(str(line), state, line.year_id, line.ledger_version, {line.year_id: seen})

    async def _publish_state(
        self, key: str, body: Message, year_id: YearId, version: int, seen: Mapping[YearId, Transaction]
    ) -> None:
        await seen[year_id].publish(
            topics.MUNICIPALITY_STATE.name,
            body,
            key=key,
            subject=key,
            sequence=version,
            partition_key=year_id.municipality_id,
        )


def _cause(seen: Transaction) -> str | None:
    return seen.cause.id if seen.cause else None
