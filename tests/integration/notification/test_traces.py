"""Mails in traces, over real PostgreSQL: one goes on in its notice's, a digest of several is linked to each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.headerregistry import Address
from typing import cast

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.clock import FixedClock
from chassis.seeing import tracing
from chassis.storage.database import Pool
from chassis.storage.transaction import Transactions
from contracts.envelope import Envelope
from services.notification.adapters.composing import MailComposer
from services.notification.adapters.units import unit_of
from services.notification.domain.mail import Patience
from services.notification.domain.notices import NoticeKind
from services.notification.entrypoints.postman import Postman
from services.notification.entrypoints.recorder import Recorder
from services.notification.use_cases.gather_digests import gather_digests
from services.notification.use_cases.ports import MailServer, Session, Unit
from services.notification.use_cases.send_mail import Rules, Sender
from tests.unit.notification.choices_contract import ANNE, DAILY, MORNING, PER, TUESDAY, choose, happen, know
from tests.unit.notification.units import UnitWorld

COMPOSER = MailComposer(Address("Fordeling", "ikke-svar", "fordeling.example"), "https://fordeling.example/")
FIRST, SECOND = "4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"
RULES = Rules(timedelta(seconds=60), Patience())
TOLD = """
SELECT DISTINCT headers ->> 'ce_traceparent' FROM outbox
WHERE headers ->> 'ce_type' = 'notification.mail-sent.v1'
"""


class TracedWorld:
    """Units in PostgreSQL, each caused by a message of the trace in hand; none where that is empty."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.clock, self.trace = pool, FixedClock(TUESDAY), ""
        self._transactions = Transactions(pool, "/fordeling/notification", self.clock)

    @property
    def now(self) -> datetime:
        return self.clock.time

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        parent = f"00-{self.trace}-00f067aa0ba902b7-01"
        cause = Envelope(self.trace, "/test", "test.v1", "FL", self.now, traceparent=parent) if self.trace else None
        async with self._transactions.begin(cause) as transaction:
            yield unit_of(transaction)

    async def send_all(self) -> None:
        """Send what is due, as the postman does."""
        server = cast("MailServer", TakesAll())
        postman = Postman(Sender(self, Recorder(self, RULES.lease), COMPOSER, RULES), server, longest=60.0)
        while await postman.errands._round():
            pass


class TakesAll:
    """Stands for a mail server that takes everything, over one connection."""

    most = 1

    def room(self, most: int) -> int:
        return most

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        yield self

    async def address(self, receiver: str, mail_id: str) -> None:
        """Have nothing against it."""

    async def hand_over(self, content: bytes) -> None:
        """Take it."""

    async def tidy(self) -> None:
        """Nothing is open."""


@pytest.fixture
def world(pool: Pool) -> TracedWorld:
    return TracedWorld(pool)


@pytest.fixture
def spans() -> Iterator[Callable[[], list[ReadableSpan]]]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    def sent() -> list[ReadableSpan]:
        found = [one for one in exporter.get_finished_spans() if one.name == "send mail"]
        exporter.clear()
        return found

    with tracing.using(provider):
        yield sent


async def test_a_mail_goes_on_in_its_notices_trace_and_a_digest_is_linked_to_each(
    world: TracedWorld, spans: Callable[[], list[ReadableSpan]]
) -> None:
    """So is what is told of it; of an untraced notice, and of a digest of several, a trace of their own begins."""
    units = cast("UnitWorld", world)
    await know(units, ANNE, PER)
    await choose(units, "u-1", ANNE, DAILY)
    for number, trace in enumerate((FIRST, SECOND, ""), 1):
        world.trace = trace
        await happen(units, NoticeKind.LIST_RECEIVED, number)
    world.trace = ""
    await world.pool.execute("DELETE FROM outbox")
    await world.send_all()
    to_per = spans()
    parents = [f"{one.parent.trace_id:032x}" if one.parent else "" for one in to_per]
    assert sorted(parents) == sorted([FIRST, SECOND, ""])
    told = {row[0][:-3] for row in await world.pool.fetch(TOLD)}
    assert told == {f"00-{one.context.trace_id:032x}-{one.context.span_id:016x}" for one in to_per}
    world.clock.time = MORNING
    async with world.begin() as unit:
        await gather_digests(unit)
    await world.send_all()
    [digest] = spans()
    assert digest.parent is None
    assert {f"{one.context.trace_id:032x}" for one in digest.links} == {FIRST, SECOND}
