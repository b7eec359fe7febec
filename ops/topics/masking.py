"""What of a record is shown: only what is known to be safe. Whatever nobody has called safe is masked.

A field is shown where its message's contract gives it a type that cannot hold a person (an id with a form, a count, a
code of a list below), or where it is named below; and where its value has that type's form. So a new field, a text or
date of a new message, and a message of somebody else's are masked until somebody here says otherwise.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

from contracts import codes, fields
from contracts.letters import v1 as letters_v1
from contracts.topics import BY_NAME
from ops.dead_letters.masking import MASK, SHOWN_HEADERS, printable
from ops.topics.records import Record

_TYPES = (
    fields.MunicipalityId,
    fields.MunicipalityNumber,
    fields.OrganisationNumber,
    fields.ListId,
    fields.RunningNumber,
    fields.Version,
    fields.Count,
    fields.Year,
    fields.CommandId,
    fields.Sha256,
    letters_v1.Attempt,
)
"""Types with a form of their own, which no person's data has."""

_CODES: Sequence[object] = (
    codes.ListStatus,
    codes.PersonStatus,
    codes.PlaceKind,
    codes.DeclineReason,
    codes.WithdrawalReason,
    codes.Movement,
    codes.Role,
    codes.ContactRole,
    codes.LanguageForm,
    codes.NoticeKind,
    codes.MailFailure,
    codes.MailDecision,
    codes.LetterKind,
    codes.LetterLanguage,
    codes.LetterFailure,
    codes.DispatchStatus,
    codes.DispatchFailure,
)
"""Codes that go on ``.events`` topics too. Not here: sex, category, education, needs, protection of an address."""

_TIMES = frozenset(
    [
        "accepted_at",
        "answer_by",
        "answered_at",
        "answered_on",
        "at",
        "before",
        "corrects",
        "created_at",
        "deadline",
        "erased_at",
        "mail_failed_at",
        "merged_on",
        "failed_at",
        "handed_over_at",
        "offered_again_at",
        "placed_on",
        "planned_at",
        "posted_at",
        "received_at",
        "registered_at",
        "resolved_on",
        "settlement_date",
        "unanswered",
        "valid_from",
    ]
)
"""Dates of cases. Not here: when somebody was born or arrives."""

_FLAGS = frozenset(["accept", "accepted", "behind", "late", "more_than_requested", "overdue", "reoffer"])

_NAMED = frozenset(
    {
        ("CommandAccepted", "subject"),
        ("CommandRefused", "subject"),
        ("CommandRefused", "problem"),
        ("FieldProblem", "path"),
        ("FieldProblem", "code"),
        ("FieldProblem", "message"),
        ("LedgerEntryState", "caused_by"),
        ("LedgerEntryState", "number"),
        *(("MessageFailed", name) for name in ("dead_letter_id", "topic", "partition", "offset", "message_id")),
        *(("MessageFailed", name) for name in ("failed_type", "subject", "error")),
        *((kind, name) for kind in ("Rejection", "RequestRejection") for name in ("topic", "partition", "offset")),
        *((kind, name) for kind in ("LedgerMovement", "Places") for name in ("agreed", "requested", "placed")),
        *((kind, "settled") for kind in ("LedgerMovement", "Places", "LedgerEntryState")),
        *(("LedgerEntryState", name) for name in ("agreed", "requested", "placed")),
        ("Places", "left"),
        ("MunicipalityState", "name"),
        ("MunicipalityState", "county_number"),
        ("MunicipalityState", "county_name"),
        ("MunicipalityState", "population"),
        ("Week", "week"),
        ("Document", "size"),
        ("Document", "object_key"),
        ("Dispatch", "reference"),
        ("LetterDispatched", "reference"),
    }
)
"""Others, by class and field."""

_NUMBERS = frozenset({"letter_id", "notice_id"})
"""Texts that hold an id of ours, in whatever message."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]{0,120}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONG_NUMBER = re.compile(r"[0-9]{11,}")
"""Identity numbers have eleven digits, DUF numbers twelve."""
_NAMES_PEOPLE = ("ce_subject", "ce_partitionkey", "ce_id", "ce_correlationid", "ce_causationid", "ce_source")


def body(record: Record) -> Any:  # noqa: ANN401  any JSON value
    """Give the body with all masked that is not known to be safe; None for a tombstone."""
    if record.value is None:
        return None
    topic = BY_NAME.get(record.topic)
    model = None if topic is None else topic.types.get(record.header("ce_type"))
    try:
        document = json.loads(record.value)
    except (ValueError, RecursionError):
        return MASK
    return _model(model, document) if model is not None else MASK


def folded(document: Any) -> Any:  # noqa: ANN401  any JSON value
    """Put one mask in the place of a part that is masked all through."""
    if isinstance(document, dict):
        parts = {name: folded(value) for name, value in document.items()}
        return MASK if parts and all(value == MASK for value in parts.values()) else parts
    if isinstance(document, list):
        items = [folded(value) for value in document]
        return MASK if items and all(value == MASK for value in items) else items
    return document


def identity(text: str) -> str:
    """Give a key or an id: whole where it has the form of one of ours, masked where it may be a person's number."""
    if _UUID.fullmatch(text) or (_PLAIN.fullmatch(text) and not _LONG_NUMBER.search(text)):
        return text
    return MASK if text else ""


def headers(record: Record) -> dict[str, str]:
    """Give the headers: of those that are not the envelope's, and of ids with no form of ours, the value is masked."""
    return {printable(name): _header(name, value.decode(errors="replace")) for name, value in record.headers}


def _header(name: str, value: str) -> str:
    if name not in SHOWN_HEADERS and name != "ce_republished":
        return MASK
    return identity(value) if name in _NAMES_PEOPLE and not value.startswith("/") else printable(value)


def _model(model: type[BaseModel], document: Any) -> Any:  # noqa: ANN401
    if not isinstance(document, dict):
        return MASK
    hints = _hints(model)
    shown = {name: _field(model, name, hints[name], document[name]) for name in hints if name in document}
    # Not even the name of what we do not know is ours to show.
    return shown | ({MASK: MASK} if document.keys() - hints.keys() else {})


def _field(model: type[BaseModel], name: str, hint: Any, value: Any) -> Any:  # noqa: ANN401
    hint = _bare(hint)
    if (part := _listed(hint)) is not None:
        # That there are none, or how many, may be about a person too: no needs, two languages.
        known = _is_model(part) or _is_safe(model, name, part)
        return [_field(model, name, part, each) for each in value] if known and isinstance(value, list) else MASK
    if _is_model(hint):
        return None if value is None else _model(hint, value)
    if not _is_safe(model, name, hint):
        return MASK
    return value if value is None or _has_form(hint, value) else MASK


def _is_model(hint: Any) -> bool:  # noqa: ANN401
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def _is_safe(model: type[BaseModel], name: str, hint: Any) -> bool:  # noqa: ANN401
    if any(hint is each for each in _TYPES) or (model.__name__, name) in _NAMED or name in _NUMBERS:
        return True
    if hint in (date, datetime):
        return name in _TIMES
    if hint is bool:
        return name in _FLAGS
    return any(hint is each for each in _CODES)


def _has_form(hint: Any, value: Any) -> bool:  # noqa: ANN401
    """Whether the value is what its type says; a text is an id of ours or at least printable."""
    try:
        _adapter(hint).validate_json(json.dumps(value))
    except ValidationError:
        return False
    if hint is fields.ListId:  # IMDi's own, with room for a number of somebody's
        return bool(identity(value) == value)
    return not isinstance(value, str) or value.isprintable()


@lru_cache(maxsize=500)
def _hints(model: type[BaseModel]) -> Mapping[str, Any]:
    found = get_type_hints(model, include_extras=True)
    return {name: found[name] for name in model.model_fields}


@lru_cache(maxsize=500)
def _adapter(hint: Any) -> TypeAdapter[Any]:  # noqa: ANN401
    return TypeAdapter(hint)


def _bare(hint: Any) -> Any:  # noqa: ANN401
    """Take ``| None`` off."""
    if get_origin(hint) in (Union, types.UnionType):
        left = [each for each in get_args(hint) if each is not type(None)]
        return left[0] if len(left) == 1 else hint
    return hint


def _listed(hint: Any) -> Any:  # noqa: ANN401
    """Give the type of a list's parts; None for what is no list."""
    bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return get_args(bare)[0] if get_origin(bare) is list else None
