"""Redriving parked messages: in order, through the service's own handlers, in its own process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from chassis import errors
from chassis.errors import HandlingError, Kind
from chassis.reading import dead_letters
from chassis.reading.consumer import Reader
from chassis.redriving import redrive_requests
from chassis.redriving.redrive_requests import RedriveRequest, RedriveResult
from chassis.storage.operators import Action
from chassis.storage.transaction import Transaction, Transactions
from chassis.validation import FieldError

log = structlog.get_logger(__name__)


class _DryRunError(Exception):
    """Ends a dry run's transaction: nothing of it is kept."""


class _StillFailsError(Exception):
    """The first parked message fails again."""

    def __init__(self, letter: int, error: str, fields: Sequence[FieldError] = (), *, passing: bool = False) -> None:
        super().__init__()
        self.letter = letter
        self.error = error
        self.fields = fields
        self.passing = passing


@dataclass(slots=True)
class _Tally:
    """What has been done of a request."""

    handled: int = 0
    error: str | None = None
    failed: int | None = None
    fields: Sequence[FieldError] = field(default_factory=list)

    def stop(self, failure: _StillFailsError) -> None:
        self.error, self.failed, self.fields = failure.error, failure.letter, failure.fields


class Redriver:
    """Does what operators have asked for, one request at a time."""

    def __init__(self, readers: Mapping[str, Reader], transactions: Transactions) -> None:
        self._readers = readers
        self._transactions = transactions

    async def work(self) -> None:
        """Do all open requests."""
        pool = self._transactions.pool
        while True:
            async with pool.acquire() as connection:
                request = await redrive_requests.next_request(connection)
            if request is None:
                return
            tally = _Tally()
            await self._do(request, tally)
            async with pool.acquire() as connection:
                left = await redrive_requests.remaining(connection, request.reader, request.subject)
                result = RedriveResult(tally.handled, left, tally.error, tally.failed, tally.fields)
                await redrive_requests.finish(connection, request, result)
            log.info(
                "redriven",
                reader=request.reader,
                subject=request.subject,
                dry_run=request.dry_run,
                handled=tally.handled,
                remaining=left,
                error=tally.error,
            )

    async def _do(self, request: RedriveRequest, tally: _Tally) -> None:
        """Do one request. What a request is to blame for ends it; what passes by itself is raised, to try it again."""
        if request.reader not in self._readers:
            tally.error = "unknown reader"
            return
        try:
            if request.dry_run:
                await self._dry_run(request, tally)
            else:
                await self._redrive(request, tally)
        except _StillFailsError as failure:
            tally.stop(failure)
        except Exception as error:
            if errors.kind(error, in_handler=False) is not Kind.PERMANENT:
                raise
            log.error(  # noqa: TRY400  an error's text may hold values
                "redrive failed", reader=request.reader, error=errors.name(error), where=errors.where(error)
            )
            tally.error = errors.name(error)

    async def _redrive(self, request: RedriveRequest, tally: _Tally) -> None:
        """Handle the subject's messages, a transaction each, up to the first that fails."""
        try:
            while True:
                async with self._transactions.begin() as transaction:
                    letter = await self._next(transaction, request, 0)
                    if letter is None:
                        return
                    await dead_letters.remove(
                        transaction.connection,
                        letter,
                        Action.REDRIVEN,
                        by=request.by,
                        reason=request.reason,
                        request=request.id,
                    )
                tally.handled += 1
        except _StillFailsError as failure:
            async with self._transactions.begin() as transaction:
                await dead_letters.failed_again(
                    transaction.connection,
                    failure.letter,
                    failure.error,
                    failure.fields,
                    passing=failure.passing,
                    by=request.by,
                    reason=request.reason,
                    request=request.id,
                )
            raise

    async def _dry_run(self, request: RedriveRequest, tally: _Tally) -> None:
        """Handle the subject's messages in one transaction that is rolled back."""
        last = 0
        try:
            async with self._transactions.begin() as transaction:
                while (letter := await self._next(transaction, request, last)) is not None:
                    tally.handled, last = tally.handled + 1, letter
                raise _DryRunError  # noqa: TRY301  rolls the transaction back
        except _DryRunError:
            return

    async def _next(self, transaction: Transaction, request: RedriveRequest, after: int) -> int | None:
        """Handle the subject's first message after an id; returns its id, None where there is none."""
        reader = self._readers[request.reader]
        # Alone with the subject: who parks behind it waits until this is done, and then sees what is left.
        await transaction.connection.execute(dead_letters.LOCK_SUBJECT, request.reader, request.subject)
        found = await dead_letters.head(transaction.connection, request.reader, request.subject, after)
        if found is None:
            return None
        letter, record = found
        item = reader.read(record)
        if item.errors and reader.subscription.on_invalid is None:
            raise _StillFailsError(letter, "invalid", item.errors)
        try:
            await reader.redo(item, transaction)
        except HandlingError as failure:
            error = failure.error
            log.warning("redrive failed", dead_letter=letter, error=errors.name(error), where=errors.where(error))
            passing = errors.kind(error, in_handler=True) is Kind.CONTENTION
            raise _StillFailsError(letter, errors.name(error), passing=passing) from failure
        return letter
