"""Field types that several messages share: each says its form once."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.codes import Role


def _no_nul(text: str) -> str:
    if "\x00" in text:
        # PostgreSQL cannot store it, and no user can have meant it.
        raise ValueError("holds a NUL character")
    return text


Text = Annotated[str, AfterValidator(_no_nul)]

MunicipalityId = Annotated[str, Field(pattern=r"^k-[0-9]{4}[a-z0-9-]{0,20}$")]
"""Our stable id of a municipality; it outlives its number and its organisation number."""

MunicipalityNumber = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
OrganisationNumber = Annotated[str, Field(pattern=r"^[0-9]{9}$")]
ListId = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{2,39}$")]
"""IMDi's own id of a distribution list, e.g. ``FL-2026-000123``."""

SelfSettlementId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""A municipality's id of its report of agreed self-settlement."""

RunningNumber = Annotated[int, Field(ge=1, le=1000)]
"""A person's number within its list: with the list id all that names a person before acceptance."""

HouseholdNumber = Annotated[int, Field(ge=1, le=1000)]
"""A household's number within its list, as IMDi gives it."""

Version = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Year = Annotated[int, Field(ge=2000, le=2100)]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""

LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""BCP 47."""

DufNumber = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
"""Immigration case number: year, six digits, two check digits. The check rule is not public, so it is not checked."""

IdentityNumber = Annotated[str, Field(pattern=r"^[0-9]{11}$")]
EmailAddress = Annotated[Text, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CommandId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
ShortText = Annotated[Text, Field(min_length=1, max_length=200)]
LongText = Annotated[Text, Field(max_length=10_000)]
ThreadText = Annotated[Text, Field(min_length=1, max_length=10_000, pattern=r"\S")]
"""The words of a question or a reply: something is to be seen of them."""

ReplyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
"""IMDi's own id of what it writes in a thread, unique within the list."""


class Part(BaseModel):
    """A piece of a message body: frozen, and tolerant of fields that a later minor version adds."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Actor(Part):
    """Who asks. ``user_id`` is a pseudonym of the login's subject, never an identity number.

    ``display_name`` is the caseworker's own name, shown to colleagues; it never goes on an ``.events`` topic.
    """

    user_id: ShortText
    display_name: ShortText
    role: Role


class FieldProblem(Part):
    """One thing wrong with a message: where and what, never the value itself."""

    path: Text
    code: Text
    message: Text
