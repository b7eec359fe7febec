"""A receiver of OpenTelemetry's spans, for tests and benches: takes OTLP over HTTP on a free port and keeps them."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ops.embedded.ports import LOOPBACK

PATH = "/v1/traces"


@dataclass(frozen=True, slots=True)
class Span:
    """A span as it was told. Ids are hexadecimal; ``parent``: empty where it begins its trace. Times in nanoseconds.

    written: all its words and its resource's, those of events and links included, to be searched in; no ids, no times.
    """

    service: str
    name: str
    trace: str
    id: str
    parent: str
    start: int
    end: int
    attributes: Mapping[str, str | int]
    written: str


@dataclass
class Receiver:
    """What was received so far. More may come while one looks."""

    endpoint: str = ""
    spans: list[Span] = field(default_factory=list)

    def of_trace(self, trace: str) -> list[Span]:
        """Give a trace's spans, by their beginning."""
        return sorted((one for one in self.spans if one.trace == trace), key=lambda one: one.start)

    def take(self, body: bytes) -> None:
        """Keep the spans of one request."""
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            about = _attributes(resource.resource.attributes)
            self.spans += [
                _span(str(about.get("service.name", "")), one, [*map(str, about.values())])
                for scope in resource.scope_spans
                for one in scope.spans
            ]


def _span(service: str, one: Any, about: Sequence[str]) -> Span:  # noqa: ANN401  protobuf makes its classes as it loads
    told = [_attributes(each.attributes) for each in (one, *one.events, *one.links)]
    words = [one.name, one.trace_state, one.status.message, *(event.name for event in one.events), *about]
    words += [f"{name}={value}" for each in told for name, value in each.items()]
    return Span(
        service, one.name, one.trace_id.hex(), one.span_id.hex(), one.parent_span_id.hex(),
        one.start_time_unix_nano, one.end_time_unix_nano, told[0], "\n".join(words),
    )  # fmt: skip


def _attributes(pairs: Any) -> dict[str, str | int]:  # noqa: ANN401
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in pairs}


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Receive while the block lasts; ``OTEL_EXPORTER_OTLP_ENDPOINT`` is to be its ``endpoint``."""
    kept = Receiver()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known = self.path == PATH
            if known:
                kept.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
            """Say nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Taking) as server:
        kept.endpoint = f"http://{LOOPBACK}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
