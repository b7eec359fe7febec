"""IMDi's requests as they came, sound or not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from chassis.reading.subscriptions import Received, Record
from chassis.validation import FieldError
from contracts.fields import MunicipalityNumber, Year
from contracts.imdi import v1
from services.municipality.domain.ledger import Request
from services.municipality.domain.requests import Problem, RequestFields
from services.municipality.use_cases.ports import Original
from services.municipality.use_cases.request_places import Incoming

ValueT = TypeVar("ValueT")

_NUMBER: TypeAdapter[str] = TypeAdapter(MunicipalityNumber)
_YEAR: TypeAdapter[int] = TypeAdapter(Year)
_DATE: TypeAdapter[date] = TypeAdapter(date)


def sound(received: Received[v1.RequestPlaces], now: datetime) -> Incoming:
    """Read a request whose form is right."""
    body = received.body
    fields = RequestFields(_key(received.raw), body.municipality_number, body.year, body.answer_by)
    request = Request(body.ordinary_places, body.unaccompanied_minor_places, body.answer_by, received_at=now)
    return Incoming(fields, _original(received.raw), request=request)


def unsound(record: Record, errors: Sequence[FieldError]) -> Incoming:
    """Read what can be read of a record with these errors, so that IMDi hears of everything at once."""
    shape = [Problem(error.path, error.code, error.message) for error in errors]
    # A message of another type has other fields: only its type is wrong.
    other_type = any(error.path == "headers.ce_type" for error in errors)
    body = {} if other_type else _object(record.value)
    fields = RequestFields(
        _key(record),
        _read(_NUMBER, body.get("municipality_number")),
        _read(_YEAR, body.get("year")),
        _read(_DATE, body.get("answer_by")),
    )
    return Incoming(fields, _original(record), shape)


def _key(record: Record) -> str | None:
    return None if record.key is None else record.key.decode(errors="replace")


def _original(record: Record) -> Original:
    message_id = dict(record.headers).get("ce_id")
    return Original(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        message_id=None if message_id is None else message_id.decode(errors="replace").replace("\x00", ""),
        key=record.key,
        headers=record.headers,
        value=record.value,
    )


def _object(value: bytes | None) -> Mapping[str, Any]:
    try:
        body = json.loads(value or b"")
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _read(kind: TypeAdapter[ValueT], value: Any) -> ValueT | None:  # noqa: ANN401  any JSON value
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None
