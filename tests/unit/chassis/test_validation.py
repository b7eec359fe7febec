from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel, Field, ValidationError, model_validator

from chassis.validation import FieldError, InvalidBodyError, field_errors, parse, path


class Small(BaseModel):
    kind: Literal["small"]


class Large(BaseModel):
    kind: Literal["large"]


class Item(BaseModel):
    code: Annotated[str, Field(pattern=r"^[a-z]{3}$", max_length=3)]
    made_on: date
    size: int = 0


class Order(BaseModel):
    items: list[Item]
    labels: dict[str, int] = {}
    identity: UUID | None = None
    box: Annotated[Small | Large, Field(discriminator="kind")] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _quotes_its_input(self) -> Order:
        if self.note.startswith("bad"):
            raise ValueError(f"cannot use {self.note}")
        if self.note == "plain":
            raise ValueError("needs another word")
        return self


def errors_of(document: str) -> list[FieldError]:
    with pytest.raises(InvalidBodyError) as caught:
        parse(Order, document.encode())
    return caught.value.errors


def test_every_error_is_told_by_its_path() -> None:
    """One reading tells all that is wrong."""
    found = errors_of('{"items": [{"code": "abc", "made_on": "2026-01-01"}, {"code": "ABC"}, {"size": "x"}]}')
    assert [(error.path, error.code) for error in found] == [
        ("items[1].code", "string-pattern-mismatch"),
        ("items[1].made_on", "missing"),
        ("items[2].code", "missing"),
        ("items[2].made_on", "missing"),
        ("items[2].size", "int-parsing"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        '{"items": [{"code": "SECRET", "made_on": "SECRET", "size": "SECRET"}]}',
        '{"items": [], "labels": {"SECRET": "x"}}',
        '{"items": [], "labels": {"010170 SECRET": "x"}}',
        '{"items": [], "identity": "SECRET"}',
        '{"items": [], "box": {"kind": "SECRET"}}',
        '{"items": [], "note": "badSECRET"}',
        '{"items": "SECRET"}',
        '{"items": SECRET}',
        '"SECRET"',
    ],
)
def test_no_error_holds_a_value(document: str) -> None:
    """Neither its words nor its path, unless a mapping's key looks like a field's name."""
    for error in errors_of(document):
        assert "SECRET" not in error.message
        assert "010170" not in error.path


def test_the_words_of_an_enumeration_are_kept_though_the_value_is_part_of_them() -> None:
    """They name what is allowed, not what came."""

    class Box(BaseModel):
        form: Literal["square", "round"]

    with pytest.raises(InvalidBodyError) as caught:
        parse(Box, b'{"form": "round "}')
    assert "'square' or 'round'" in caught.value.errors[0].message


def test_a_rules_own_words_are_kept() -> None:
    """A model's message that does not quote its input reaches the sender."""
    assert errors_of('{"items": [], "note": "plain"}') == [FieldError("", "value-error", "needs another word")]


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        (r'{"items": [], "note": "a\u0000b"}', ["note"]),
        (r'{"items": [{"code": "\u0000"}, {"code": ["\u0000"]}]}', ["items[0].code", "items[1].code[0]"]),
        (r'{"lab\u0000els": 1}', ["*"]),
    ],
)
def test_a_nul_character_is_an_error_wherever_it_stands(document: str, paths: list[str]) -> None:
    """PostgreSQL cannot store it."""
    assert [(error.path, error.code) for error in errors_of(document)] == [(each, "nul-character") for each in paths]


def test_an_escaped_backslash_before_u0000_is_no_nul_character() -> None:
    """It is six characters of text."""
    assert parse(Order, rb'{"items": [], "note": "\\u0000"}').note == r"\u0000"


@pytest.mark.parametrize("document", [b"", b"\xff", b"[", b"null", b'{"items":' * 5000, b'"\\u0000'])
def test_what_is_not_json_is_one_error(document: bytes) -> None:
    """Whatever the bytes are, nothing else is raised."""
    with pytest.raises(InvalidBodyError) as caught:
        parse(Order, document)
    assert len(caught.value.errors) == 1


@given(st.binary(max_size=60) | st.from_regex(rb'\{"items": \[[^\]]{0,20}\], "note": "[^"]{0,10}"\}', fullmatch=True))
def test_any_bytes_are_a_body_or_an_invalid_body(document: bytes) -> None:
    """A sender cannot make the reader fail in another way."""
    with suppress(InvalidBodyError):
        parse(Order, document)


@pytest.mark.parametrize(
    ("location", "expected"),
    [((), ""), (("a",), "a"), (("a", 0, "b_c"), "a[0].b_c"), ((1, "x"), "[1].x"), (("a", "o'x"), "a.*")],
)
def test_paths_read_like_code(location: tuple[Any, ...], expected: str) -> None:
    """As a person would write where it is."""
    assert path(location) == expected


def test_errors_of_a_form_are_told_the_same_way() -> None:
    """For those who validate without JSON."""
    with pytest.raises(ValidationError) as caught:
        Order.model_validate({"items": [{"code": "abc"}]})
    assert field_errors(caught.value) == [FieldError("items[0].made_on", "missing", "Field required")]
