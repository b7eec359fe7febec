"""What is told of parked messages, as JSON's values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from chassis.reading.dead_letters import DeadLetter
from chassis.storage.operators import Done
from chassis.storage.outbox import Aside
from chassis.validation import FieldError
from ops.dead_letters import masking
from ops.dead_letters.places import Label
from ops.dead_letters.redriving import Answer


def letter(service: str, one: DeadLetter) -> dict[str, Any]:
    """Write a parked message as JSON's values, without what it says."""
    return {
        "id": str(Label(service, one.id)),
        "service": service,
        "reader": one.reader,
        "subject": one.subject,
        "type": one.type,
        "message_id": one.message_id,
        "topic": one.topic,
        "partition": one.partition,
        "offset": one.offset,
        "parked_at": one.parked_at.isoformat(),
        "age_seconds": int((datetime.now(UTC) - one.parked_at).total_seconds()),
        "tries": one.tries,
        "behind": one.behind,
        "error": one.error,
        "fields": fields(one.fields),
    }


def fields(problems: Sequence[FieldError]) -> list[dict[str, str]]:
    """Write what is wrong by field as JSON's values."""
    return [{"path": one.path, "code": one.code, "message": one.message} for one in problems]


def outline(value: bytes | None) -> list[dict[str, Any]] | None:
    """Write the body's fields and types as JSON's values; None where it is no JSON."""
    found = masking.outline(value)
    if found is None:
        return None
    return [{"path": one.path, "types": list(one.types), "count": one.count} for one in found]


def answer(one: Answer) -> dict[str, Any]:
    """Write what came of one subject as JSON's values."""
    target, result = one.target, one.result
    told: dict[str, Any] = {"service": target.service, "reader": target.reader, "subject": target.subject}
    if result is None:
        return told | {"open": True, "parked": target.parked}
    return told | {
        "open": False,
        "parked": target.parked,
        "handled": result.handled,
        "remaining": result.remaining,
        "error": result.error,
        "failed": None if result.failed is None else str(Label(target.service, result.failed)),
        "fields": fields(result.fields),
    }


def done(service: str, one: Done) -> dict[str, Any]:
    """Write something that was done as JSON's values."""
    outcome = one.outcome
    return {
        "at": one.at.isoformat(),
        "service": service,
        "queue": one.what.queue,
        "action": one.action,
        "id": f"{service}:{one.what.id}",
        "reader": one.what.reader,
        "subject": one.what.subject,
        "message_id": one.what.message_id,
        "by": one.by,
        "reason": one.reason,
        "error": one.error,
        "request": one.request,
        "outcome": outcome and {"handled": outcome.handled, "remaining": outcome.remaining, "error": outcome.error},
    }


def aside(service: str, row: Aside) -> dict[str, Any]:
    """Write a row that Kafka refused as JSON's values, without its body."""
    return {
        "id": str(Label(service, row.id)),
        "service": service,
        "topic": row.topic,
        "subject": row.subject,
        "message_id": row.message_id,
        "type": row.type,
        "bytes": row.size,
        "aside_at": row.aside_at.isoformat(),
        "behind": row.behind,
        "error": row.error,
    }


def as_json(document: object) -> str:
    """Write values as JSON, readable."""
    return json.dumps(document, indent=2, ensure_ascii=False)
