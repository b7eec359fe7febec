"""What can be read of a message that is not sound, so that IMDi hears of everything wrong in it at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from contracts.codes import ProtectedAddress
from contracts.fields import DufNumber, IdentityNumber, ListId, MunicipalityNumber, RunningNumber
from services.distribution.domain.offer_checks import OfferFields, PersonFields

ValueT = TypeVar("ValueT")

_LIST_ID: TypeAdapter[str] = TypeAdapter(ListId)
_NUMBER: TypeAdapter[str] = TypeAdapter(MunicipalityNumber)
_RUNNING_NUMBER: TypeAdapter[int] = TypeAdapter(RunningNumber)
_DUF_NUMBER: TypeAdapter[str] = TypeAdapter(DufNumber)
_IDENTITY_NUMBER: TypeAdapter[str] = TypeAdapter(IdentityNumber)
_PROTECTED: TypeAdapter[ProtectedAddress] = TypeAdapter(ProtectedAddress)
_DATE: TypeAdapter[date] = TypeAdapter(date)
_WHOLE: TypeAdapter[int] = TypeAdapter(int)
_YES_OR_NO: TypeAdapter[bool] = TypeAdapter(bool)


def offer_fields(key: str | None, subject: str | None, value: bytes | None) -> OfferFields:
    """Read what the rules look at; what is absent or of a wrong form is None."""
    body = _object(_json(value))
    persons = body.get("persons")
    return OfferFields(
        key=key,
        subject=subject,
        list_id=_read(_LIST_ID, body.get("list_id")),
        municipality_number=_read(_NUMBER, body.get("municipality_number")),
        deadline=_read(_DATE, body.get("deadline")),
        persons=[_person(_object(person)) for person in persons] if isinstance(persons, list) else (),
        replaces=_read(_LIST_ID, body.get("replaces")),
    )


def _person(person: Mapping[str, Any]) -> PersonFields:
    identity = _object(person.get("identity"))
    return PersonFields(
        running_number=_read(_RUNNING_NUMBER, person.get("running_number")),
        unaccompanied_minor=_read(_YES_OR_NO, person.get("unaccompanied_minor")),
        birth_year=_read(_WHOLE, person.get("birth_year")),
        birth_date=_read(_DATE, identity.get("birth_date")),
        duf_number=_read(_DUF_NUMBER, identity.get("duf_number")),
        identity_number=_read(_IDENTITY_NUMBER, identity.get("identity_number")),
        has_protected_address=_read(_PROTECTED, identity.get("protected_address")) is not None,
    )


def _json(value: bytes | None) -> object:
    try:
        return json.loads(value or b"")
    except (ValueError, RecursionError):
        return None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _read(kind: TypeAdapter[ValueT], value: object) -> ValueT | None:
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None
