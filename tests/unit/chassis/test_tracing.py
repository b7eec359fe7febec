"""Traces: what continues them, what they hold, and that they cost nothing where nobody listens."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.seeing import tracing
from ops.testing.spans import receiver

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def listening() -> tuple[TracerProvider, InMemorySpanExporter]:
    provider, told = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(told))
    return provider, told


def test_without_a_receiver_nothing_of_the_library_is_loaded() -> None:
    """A service that is not traced is as it was: no modules, no thread, the same header on its way."""
    code = (
        "import sys, chassis.service, chassis.seeing.tracing as t; t.configure('x', '1', {});"
        "assert t.handling('g', ('t', 0, 1), 'k', None) is t.NOTHING and t.NOTHING.traceparent is None;"
        "print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_span_continues_what_came_and_is_continued() -> None:
    """The same trace, its parent the span that sent it; its own traceparent names itself."""
    provider, told = listening()
    since = datetime.now(UTC) - timedelta(seconds=7)
    with tracing.using(provider):
        sent = tracing.sending("a.state.v1", "a.one.v1", PARENT, since)
        sent.done()
        sent.tell()
        taken = tracing.handling("b.a.state.v1", ("a.state.v1", 2, 17), "a.one.v1", sent.traceparent)
        taken.failed("UniqueViolationError")
    first, second = told.get_finished_spans()
    assert f"{first.context.trace_id:032x}" == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert f"{first.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert second.context.trace_id == first.context.trace_id
    assert second.parent.span_id == first.context.span_id
    assert 7 <= (first.end_time - first.start_time) / 1e9 < 60
    assert second.attributes["error.type"] == "UniqueViolationError"
    assert not tracing.on()


NO_TRACE = f"00-{'0' * 32}-00f067aa0ba902b7-01"


@pytest.mark.parametrize("traceparent", [None, "", "x", PARENT[:-1], NO_TRACE, "ff" + PARENT[2:]])
def test_what_is_no_traceparent_begins_a_trace(traceparent: str | None) -> None:
    """A foreign header is no reason for anything to fail."""
    provider, told = listening()
    with tracing.using(provider):
        tracing.sending("t", "k", traceparent).tell()
    [span] = told.get_finished_spans()
    assert span.parent is None


def test_what_is_rolled_back_leaves_no_span() -> None:
    """Only what is told counts; a batch is linked to the spans of its messages."""
    provider, told = listening()
    with tracing.using(provider):
        one, other = (tracing.handling("g", ("t", 0, at), "k", None) for at in (1, 2))
        whole = tracing.batch("g", "t", [one, other])
        other.done()
        whole.tell()
    [span] = told.get_finished_spans()
    assert len(span.links) == 2
    assert span.attributes["messaging.batch.message_count"] == 2


def test_a_process_told_of_a_receiver_tells_it_its_spans() -> None:
    """As its environment names one, and nothing else: the spans arrive, with the service's name, a new trace or not."""
    code = (
        "import os, chassis.seeing.tracing as t; end = t.configure('x', '1', os.environ);"
        f"[t.sending('a.state.v1', 'a.one.v1', parent).tell() for parent in (None, '{PARENT}')]; end()"
    )
    with receiver() as received:
        environment = os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": received.endpoint}
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    new, continued = received.spans
    assert (new.parent, continued.parent, continued.trace) == ("", PARENT[36:52], PARENT[3:35])
    assert {(one.service, one.name) for one in received.spans} == {("fordeling-x", "send a.one.v1")}
    assert new.attributes["messaging.destination.name"] == "a.state.v1"
