"""What the tests of reading share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chassis.reading.subscriptions import Received
from chassis.redriving import redrive_requests
from chassis.redriving.redrive_requests import RedriveResult
from chassis.service import Running
from chassis.storage.transaction import Transaction
from tests.integration.chassis.stage import Counted, Stage, keep, until

Handle = Callable[[Received[Counted], Transaction], Awaitable[None]]


def failing(times: int, error: Exception, *, at: int) -> Handle:
    """Make a handler that has its effect and then fails, so often, at one number."""
    left = times

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        nonlocal left
        await keep(received, transaction)
        if received.body.number == at and left:
            left -= 1
            raise error

    return handle


async def acknowledged(stage: Stage, records: int) -> None:
    """Wait until the offsets of so many records are committed."""
    group = stage.service().subscriptions[0].group(stage.name)

    async def enough() -> bool:
        return await stage.committed(group) >= records

    await until(enough)


async def counts_become(state: Running, what: str, expected: int) -> None:
    """Wait until every reader has counted so many: a commit can be seen a moment before its counts."""

    async def so() -> bool:
        return all(reader.progress.counts[what] == expected for reader in state.readers)

    await until(so)


async def redrive(stage: Stage, *, dry_run: bool, subject: str = "s-7") -> RedriveResult:
    reader = f"{stage.name}.{stage.topic}"
    request = await redrive_requests.ask(
        stage.connection, reader, subject, by="tester", dry_run=dry_run, reason="a test"
    )
    assert request is not None
    result = await until(lambda: redrive_requests.result(stage.connection, request))
    assert isinstance(result, RedriveResult)
    return result
