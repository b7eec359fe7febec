"""A command about a list goes on in the trace of the list, as it was last projected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from opentelemetry.sdk.trace import TracerProvider

from chassis.clock import FixedClock
from chassis.seeing import tracing
from chassis.storage.database import Pool
from chassis.storage.transaction import Transactions
from gateway.commands import traces
from gateway.consuming import KEEP_OUTCOMES, forget
from tests.browser.stage import world
from tests.browser.stage.world import OSLO
from tests.integration.gateway.projecting import NOW, records, write

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TOPIC, KIND, LIST = "distribution.commands.v1", "distribution.send-answer.v1", "FL-2026-000777"
COUNT = "SELECT count(*) FROM gateway.list_trace"


async def project(database: Pool, trace: str) -> None:
    traced = [
        replace(one, envelope=replace(one.envelope, traceparent=f"00-{trace}-00f067aa0ba902b7-01"))
        for one in records(world.new_list(LIST, OSLO, [2, 1], days_left=6))
    ]
    await write(database, *traced)


async def test_a_command_is_in_the_trace_of_its_list(database: Pool) -> None:
    """The latest projection's; a command about nothing that was projected begins a trace of its own."""
    with tracing.using(TracerProvider()):
        await project(database, "a" * 32)
        await project(database, TRACE)
        span = await traces.begin(database, TOPIC, KIND, LIST)
        other = await traces.begin(database, TOPIC, KIND, "FL-2026-000778")
    assert span.traceparent is not None
    assert span.traceparent.split("-")[1] == TRACE
    assert other.traceparent is not None
    assert TRACE not in other.traceparent


async def test_where_nothing_is_traced_nothing_is_kept(database: Pool) -> None:
    """No row is written, and the command has no trace; rows of a time when there was one go by themselves."""
    await project(database, TRACE)
    assert await database.fetchval(COUNT) == 0
    assert (await traces.begin(database, TOPIC, KIND, LIST)).traceparent is None
    with tracing.using(TracerProvider()):
        await project(database, TRACE)
    assert await database.fetchval(COUNT) == 1
    later = NOW + KEEP_OUTCOMES + timedelta(hours=1)
    async with Transactions(database, "/test", FixedClock(later)).begin() as transaction:
        await forget(transaction)
    assert await database.fetchval(COUNT) == 0
