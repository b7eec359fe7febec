"""Spans of work beside the reading of messages: an errand, and what it asks of others while it is done.

Whatever is called inside an errand finds its span (a context variable, so beside others each finds its own): a call to
another system is its child, and what is published continues it. Names and attributes are of kinds, never of somebody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from chassis import errors
from chassis.seeing import tracing
from chassis.seeing.tracing import Attributes, Span

_here: ContextVar[str | None] = ContextVar("traceparent of the errand in hand", default=None)


def here() -> str | None:
    """Give what continues the errand in hand; None outside of one, and where nothing is traced."""
    return _here.get()


@contextmanager
def within(traceparent: str | None) -> Iterator[None]:
    """Do a part of an errand that another task began."""
    token = _here.set(traceparent)
    try:
        yield
    finally:
        _here.reset(token)


@contextmanager
def errand(
    name: str, attributes: Attributes, parent: str | None = None, links: Sequence[str | None] = ()
) -> Iterator[Span]:
    """Do an errand. ``parent``: what it follows from, a traceparent; ``links``: the same of many."""
    with _told(tracing.working(name, attributes, parent, links)) as span:
        yield span


@contextmanager
def call(name: str, attributes: Attributes) -> Iterator[Span]:
    """Ask another system, as a part of the errand in hand. ``name``: what is asked for, without ids."""
    with _told(tracing.calling(name, attributes, here())) as span:
        yield span


@contextmanager
def _told(span: Span) -> Iterator[Span]:
    if span is tracing.NOTHING:
        yield span
        return
    with within(span.traceparent):
        try:
            yield span
        except BaseException as error:
            span.failed(errors.name(error))
            raise
    span.done()
    span.tell()
