"""Redriving parked messages: in order, through the service's own handlers, in its own process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import structlog

from chassis import dead_letters, errors
from chassis.consumer import Reader
from chassis.database import Connection
from chassis.errors import HandlingError
from chassis.transaction import Transaction, Transactions

log = structlog.get_logger(__name__)

OPEN = """
SELECT id, reader, subject, dry_run, requested_by FROM redrive_request WHERE finished_at IS NULL ORDER BY id LIMIT 1
"""
FINISH = "UPDATE redrive_request SET finished_at = now(), handled = $2, remaining = $3, error = $4 WHERE id = $1"
REMAINING = "SELECT count(*) FROM dead_letter WHERE reader = $1 AND subject = $2"


class _DryRunError(Exception):
    """Ends a dry run's transaction: nothing of it is kept."""


class _StillFailsError(Exception):
    """The first parked message fails again."""

    def __init__(self, letter: int, error: str, fields: list[dict[str, str]]) -> None:
        super().__init__()
        self.letter = letter
        self.error = error
        self.fields = fields


class Redriver:
    """Does what operators have asked for in ``redrive_request``, one at a time."""

    def __init__(self, readers: Mapping[str, Reader], transactions: Transactions) -> None:
        self._readers = readers
        self._transactions = transactions

    async def work(self) -> None:
        """Do all open requests."""
        while (request := await self._transactions.pool.fetchrow(OPEN)) is not None:
            reader, subject = request["reader"], request["subject"]
            handled, error = await self._do(reader, subject, request["requested_by"], dry_run=request["dry_run"])
            remaining = await self._transactions.pool.fetchval(REMAINING, reader, subject)
            await self._transactions.pool.execute(FINISH, request["id"], handled, remaining, error)
            log.info("redriven", reader=reader, subject=subject, handled=handled, remaining=remaining, error=error)

    async def _do(self, reader: str, subject: str, by: str, *, dry_run: bool) -> tuple[int, str | None]:
        if reader not in self._readers:
            return 0, "unknown reader"
        if dry_run:
            return await self._dry_run(reader, subject)
        return await self._redrive(reader, subject, by)

    async def _redrive(self, reader: str, subject: str, by: str) -> tuple[int, str | None]:
        """Handle the subject's messages, a transaction each, up to the first that fails."""
        handled = 0
        while True:
            try:
                async with self._transactions.begin() as transaction:
                    letter = await self._next(transaction, reader, subject, 0)
                    if letter is None:
                        return handled, None
                    await dead_letters.remove(transaction.connection, letter, "redriven", by=by)
            except _StillFailsError as failure:
                await self._keep(failure)
                return handled, failure.error
            handled += 1

    async def _dry_run(self, reader: str, subject: str) -> tuple[int, str | None]:
        """Handle the subject's messages in one transaction that is rolled back."""
        handled, last = 0, 0
        try:
            async with self._transactions.begin() as transaction:
                while (letter := await self._next(transaction, reader, subject, last)) is not None:
                    handled, last = handled + 1, letter
                raise _DryRunError  # noqa: TRY301  rolls the transaction back
        except _DryRunError:
            return handled, None
        except _StillFailsError as failure:
            return handled, failure.error

    async def _next(self, transaction: Transaction, name: str, subject: str, after: int) -> int | None:
        """Handle the subject's first message after an id; returns its id, None where there is none."""
        reader = self._readers[name]
        # Alone with the subject: who parks behind it waits until this is done, and then sees what is left.
        await transaction.connection.execute(dead_letters.LOCK_SUBJECT, name, subject)
        found = await dead_letters.head(transaction.connection, name, subject, after)
        if found is None:
            return None
        letter, record = found
        item = reader.read(record)
        if item.errors and reader.subscription.on_invalid is None:
            raise _StillFailsError(letter, "invalid", [asdict(problem) for problem in item.errors])
        try:
            await reader.redo(item, transaction)
        except HandlingError as failure:
            error = failure.error
            log.warning("redrive failed", dead_letter=letter, error=errors.name(error), where=errors.where(error))
            raise _StillFailsError(letter, errors.name(error), []) from failure
        return letter

    async def _keep(self, failure: _StillFailsError) -> None:
        async with self._transactions.begin() as transaction:
            await self._note_failure(transaction.connection, failure)

    @staticmethod
    async def _note_failure(connection: Connection, failure: _StillFailsError) -> None:
        await connection.execute(dead_letters.FAILED_AGAIN, failure.letter, failure.error, failure.fields)
