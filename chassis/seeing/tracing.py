"""Traces across topics (OpenTelemetry): a span for each message handled, and one for its way through the outbox.

The context travels in ``ce_traceparent`` (W3C Trace Context), through the outbox too. Where no receiver is configured
nothing of the library is loaded, and headers pass through as they came. Spans name topics, readers and message types
and where a record lies; never a subject, an id of the sender's or anything of a body.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Link, Span as OtelSpan, SpanContext, Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""Variables of OpenTelemetry's own: where spans are sent, by OTLP over HTTP. None of them: nothing is traced."""

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
MOST_LINKS = 128
"""The library's own bound; of a larger batch the first are linked."""
NANOSECONDS = 1_000_000_000

Attributes = Mapping[str, str | int]
Place = tuple[str, int, int]
"""Topic, partition, offset."""


class Span(Protocol):
    """Something that takes time. It is told only once its effect stands: what is rolled back leaves no span."""

    traceparent: str | None
    """What continues it; None where nothing is traced: then what came is passed on."""

    def done(self) -> None:
        """Note that it has ended now."""

    def note(self, name: str, value: str | int) -> None:
        """Add an attribute; a code or a count, as all of them are."""

    def tell(self) -> None:
        """Hand it over, with the time at which it was done."""

    def failed(self, error: str) -> None:
        """Hand it over as failed. ``error``: the error's name, none of its words."""


class _Nothing:
    """Costs nothing: nobody listens."""

    traceparent: str | None = None

    def done(self) -> None:
        """Do nothing."""

    def note(self, name: str, value: str | int) -> None:
        """Do nothing."""

    def tell(self) -> None:
        """Do nothing."""

    def failed(self, error: str) -> None:
        """Do nothing."""


NOTHING: Span = _Nothing()


class _Told:
    def __init__(self, span: OtelSpan) -> None:
        context = span.get_span_context()
        self.context = context
        self.traceparent: str | None = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
        self._span = span
        self._end: int | None = None

    def done(self) -> None:
        self._end = time.time_ns()

    def note(self, name: str, value: str | int) -> None:
        self._span.set_attribute(name, value)

    def tell(self) -> None:
        self._span.end(self._end)

    def failed(self, error: str) -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415  loaded already: there is a span

        self._span.set_attribute("error.type", error)
        self._span.set_status(StatusCode.ERROR)
        self._span.end()


class Kind:
    """What a span is of, in OpenTelemetry's numbers."""

    INTERNAL, CLIENT, PRODUCER, CONSUMER = 0, 2, 3, 4


@dataclass(frozen=True)
class _Tracing:
    tracer: Tracer

    def begin(
        self,
        name: str,
        kind: int,
        attributes: Attributes,
        *,
        parent: str | None = None,
        links: Sequence[Span | str | None] = (),
        at: datetime | None = None,
    ) -> Span:
        from opentelemetry import trace  # noqa: PLC0415  loaded already

        context = context_of(parent)
        remote = trace.set_span_in_context(trace.NonRecordingSpan(context)) if context else trace.Context()
        started = None if at is None else round(at.timestamp() * NANOSECONDS)
        contexts = [one.context if isinstance(one, _Told) else _context_linked(one) for one in links[:MOST_LINKS]]
        linked: list[Link] = [trace.Link(one) for one in contexts if one]
        known = dict(attributes)
        return _Told(self.tracer.start_span(name, remote, trace.SpanKind(kind), known, linked, started))


_state: dict[str, _Tracing] = {}


def on() -> bool:
    """Whether anything is traced."""
    return bool(_state)


def context_of(traceparent: str | None) -> SpanContext | None:
    """Read a W3C traceparent; None where there is none or it is not one: then a new trace begins."""
    found = TRACEPARENT.fullmatch(traceparent or "")
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415  only where something is traced

    return SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True, trace_flags=TraceFlags(int(found[3], 16)))


def _context_linked(one: Span | str | None) -> SpanContext | None:
    return context_of(one) if isinstance(one, str) else None


def handling(group: str, place: Place, kind: str, parent: str | None) -> Span:
    """Begin the handling of one message of a kind, as a child of what sent it."""
    if not _state:
        return NOTHING
    topic, partition, offset = place
    where: Attributes = {"messaging.destination.partition.id": str(partition), "messaging.kafka.offset": offset}
    return _state["on"].begin(f"handle {kind}", Kind.CONSUMER, {**_of(topic, group, kind), **where}, parent=parent)


def batch(group: str, topic: str, of: Sequence[Span]) -> Span:
    """Begin the handling of several messages at once, linked to the span of each."""
    if not _state:
        return NOTHING
    attributes = {**_of(topic, group), "messaging.batch.message_count": len(of)}
    return _state["on"].begin(f"batch {topic}", Kind.INTERNAL, attributes, links=of)


def sending(topic: str, kind: str, parent: str | None, since: datetime | None = None) -> Span:
    """Begin the sending of a message that has been in the outbox ``since``: the span is its way to the topic."""
    if not _state:
        return NOTHING
    return _state["on"].begin(f"send {kind}", Kind.PRODUCER, _of(topic, kind=kind), parent=parent, at=since)


def working(name: str, attributes: Attributes, parent: str | None, links: Sequence[str | None] = ()) -> Span:
    """Begin an errand beside the reading of messages. ``links``: traceparents of whatever it is about, where many."""
    if not _state:
        return NOTHING
    return _state["on"].begin(name, Kind.INTERNAL, attributes, parent=parent, links=links)


def calling(name: str, attributes: Attributes, parent: str | None) -> Span:
    """Begin asking another system for something."""
    if not _state:
        return NOTHING
    return _state["on"].begin(name, Kind.CLIENT, attributes, parent=parent)


def _of(topic: str, group: str = "", kind: str = "") -> dict[str, str | int]:
    told: dict[str, str | int] = {"messaging.system": "kafka", "messaging.destination.name": topic}
    told |= {"messaging.consumer.group.name": group} if group else {}
    return told | ({"fordeling.message.type": kind} if kind else {})


def configure(service: str, version: str, environment: Mapping[str, str] = os.environ) -> Callable[[], None]:
    """Trace, where the environment names a receiver; gives what hands over the last spans at the end.

    Further variables are OpenTelemetry's own: OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_SDK_DISABLED …
    Spans are sent by a thread of their own; those that a receiver does not take in time are dropped.
    """
    if not any(environment.get(name) for name in ENDPOINTS) or environment.get("OTEL_SDK_DISABLED") == "true":
        return lambda: None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  slow to load
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    about = Resource.create({"service.name": f"fordeling-{service}", "service.version": version})
    provider = TracerProvider(resource=about)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    use(provider)
    last: Callable[[], None] = provider.shutdown
    return last


def use(provider: TracerProvider) -> None:
    """Trace by this provider from here on."""
    _state["on"] = _Tracing(provider.get_tracer("fordeling"))


@contextmanager
def using(provider: TracerProvider) -> Iterator[None]:
    """Trace by this provider while the block lasts, for tests."""
    use(provider)
    try:
        yield
    finally:
        _state.clear()
