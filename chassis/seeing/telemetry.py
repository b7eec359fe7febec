"""Structured logs: ids and counts, never a body."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from chassis import errors
from chassis.settings import LogFormat

REDACTED = frozenset({"body", "value", "payload", "headers", "text", "name", "names", "address", "email"})
"""Keys that a log line never has, whatever the caller passed."""

NOISY = ("aiokafka", "faststream", "asyncio", "asyncpg", "yoyo", "httpx", "httpcore")
"""Libraries whose own lines start at WARNING: aiokafka's DEBUG prints keys and values, httpx every
address."""


def configure(service: str, *, log_format: LogFormat = LogFormat.JSON, level: str = "INFO") -> None:
    """Send structlog's and the standard library's lines to standard output in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
        without_text,
    ]
    console = log_format is LogFormat.CONSOLE
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for library in NOISY:
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401  structlog's signature
    """Drop keys under which a body or somebody could get into a log."""
    for key in REDACTED & event.keys():
        del event[key]
    return event


def without_text(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401  structlog's signature
    """Tell an exception by its type and the places it passed: its text may quote a row or a body."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        event["error"], event["where"] = errors.name(error), errors.where(error)
    return event
