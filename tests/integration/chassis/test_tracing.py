"""One trace over topics, outboxes and services, on real Kafka and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.seeing import tracing
from chassis.service import Service, running
from chassis.storage.transaction import Transaction
from tests.integration.chassis.stage import Counted, Stage, counted, header, keep, until

TRACE, FIRST = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
MARKER = "Merkenavn"
"""Stands in subject, ids, keys and bodies: no span may hold it."""


async def test_one_trace_from_the_first_message_to_the_last_effect(stage: Stage) -> None:
    """Publish → handler → outbox → handler → outbox → batch: one trace id, each the child of the one before it."""
    second, third = f"{stage.topic}-second", f"{stage.topic}-third"
    for topic in (second, third):
        await stage.make_topic(topic)

    async def on_to(topic: str, received: Received[Any], transaction: Transaction) -> None:
        subject = received.envelope.subject
        await transaction.publish(topic, received.body, key=subject, subject=subject, sequence=received.body.number)

    async def to_second(received: Received[Any], transaction: Transaction) -> None:
        await on_to(second, received, transaction)

    async def to_third(received: Received[Any], transaction: Transaction) -> None:
        await on_to(third, received, transaction)

    async def together(batch: Sequence[Received[Any]], transaction: Transaction) -> None:
        for received in batch:
            await keep(received, transaction)

    service = Service(
        stage.name,
        "/test",
        [
            Subscription(stage.topic, {Counted: to_second}, Dedupe.ID),
            Subscription(second, {Counted: to_third}, Dedupe.SEQUENCE),
            Subscription(third, messages=[Counted], dedupe=Dedupe.SNAPSHOT, batch=together),
        ],
    )
    provider, told = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(told))
    subject = f"s-{MARKER}"
    with tracing.using(provider):
        async with running(service, stage.settings()) as state:
            await stage.produce([counted(subject, 1, traceparent=f"00-{TRACE}-{FIRST}-01", correlation_id=MARKER)])
            await stage.applied(1)

            async def whole() -> bool:
                return len(spans(told)) == 5

            await until(whole)
            ended = (await state.metrics()).content.decode()
    found = spans(told)
    names = [one.name for one in found]
    kind = Counted.message_type
    assert names == [f"handle {kind}", f"send {kind}", f"handle {kind}", f"send {kind}", f"handle {kind}"]
    parents = [f"{one.parent.span_id:016x}" for one in found]
    assert parents == [FIRST, *(f"{one.context.span_id:016x}" for one in found[:-1])]
    [batch] = [one for one in told.get_finished_spans() if one.name.startswith("batch ")]
    assert [link.context.span_id for link in batch.links] == [found[-1].context.span_id]
    assert MARKER not in "".join(one.to_json() for one in told.get_finished_spans())
    assert f'fordeling_end_to_end_seconds_count{{reader="{stage.name}.{third}"}} 1.0' in ended
    [last] = await stage.sent(third)
    assert header(last, "ce_traceparent") == f"00-{TRACE}-{found[3].context.span_id:016x}-01"
    assert header(last, "ce_origintime") == header((await stage.sent())[0], "ce_time")


def spans(told: InMemorySpanExporter) -> list[Any]:
    """Give the spans of the trace, each behind its parent."""
    traced = [one for one in told.get_finished_spans() if f"{one.context.trace_id:032x}" == TRACE]
    by_parent = {f"{one.parent.span_id:016x}": one for one in traced}
    found, at = [], FIRST
    while at in by_parent:
        found.append(by_parent[at])
        at = f"{found[-1].context.span_id:016x}"
    return found


async def test_the_wait_in_the_outbox_is_seen_and_a_failure_has_its_name(stage: Stage) -> None:
    """What lay in the outbox while nobody sent it is a span as long; a handler that fails leaves its error's name."""

    async def fails(_received: Received[Any], _transaction: Transaction) -> None:
        raise LookupError(MARKER)  # its words are nobody's

    await stage.put_in_outbox([counted("waits", 1, traceparent=f"00-{TRACE}-{FIRST}-01")])
    await asyncio.sleep(1.2)
    provider, told = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(told))
    service = stage.service(fails)
    with tracing.using(provider):
        async with running(service, stage.settings()):

            async def both() -> bool:
                return len(told.get_finished_spans()) >= 2

            await until(both)
    [sent] = [one for one in told.get_finished_spans() if one.name == f"send {Counted.message_type}"]
    [handled] = [one for one in told.get_finished_spans() if one.name == f"handle {Counted.message_type}"]
    assert (sent.end_time - sent.start_time) / 1e9 >= 1.2
    assert handled.parent.span_id == sent.context.span_id
    assert handled.attributes["error.type"] == "LookupError"
    assert MARKER not in handled.to_json()
