"""What IMDi's systems publish, major version 1. Key on both topics: the municipality's number."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.codes import Category, Education, Need, ProtectedAddress, Sex, WithdrawalReason
from contracts.envelope import Message
from contracts.erasure import ErasureReason, Papers
from contracts.fields import (
    Count,
    CountryCode,
    DufNumber,
    IdentityNumber,
    LanguageTag,
    ListId,
    LongText,
    MunicipalityNumber,
    Part,
    ReplyId,
    RunningNumber,
    SelfSettlementId,
    ShortText,
    ThreadText,
    Year,
)


class PostalAddress(Part):
    """Where a person lives now, usually a reception centre."""

    lines: Annotated[list[ShortText], Field(min_length=1, max_length=3)]
    postal_code: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    city: ShortText


class Identity(Part):
    """The identified part of a person: withheld from the municipality until the person is placed there."""

    given_name: ShortText
    family_name: ShortText
    birth_date: date
    duf_number: DufNumber
    identity_number: IdentityNumber | None = None
    address: PostalAddress
    protected_address: ProtectedAddress | None = None
    health_note: LongText | None = None
    """What the municipality has to know of the person's health once it is placed there, beside ``needs``."""


class OfferedPerson(Part):
    """A person IMDi asks the municipality to settle.

    All but ``identity`` is what a municipality may see before acceptance (domain §4). A shortened set is
    valid: only the numbers, sex, birth year and identity are required.
    """

    running_number: RunningNumber
    household: Annotated[int, Field(ge=1, le=1000)]
    """Persons of a list with the same household number belong together."""
    unaccompanied_minor: bool = False
    sex: Sex
    birth_year: Annotated[int, Field(ge=1900, le=2100)]
    nationality: CountryCode | None = None
    """None: stateless or unknown."""
    languages: Annotated[list[LanguageTag], Field(max_length=10)] = []
    category: Category | None = None
    earliest_arrival: date | None = None
    education: Education | None = None
    occupation: ShortText | None = None
    needs: Annotated[list[Need], Field(max_length=20)] = []
    needs_note: LongText | None = None
    identity: Identity


class PublishDistributionList(Message):
    """IMDi asks one municipality to settle these persons. ``deadline`` defaults to seven days after receipt.

    ``replaces``: the list on which these persons, or some of them, were offered before, to whatever municipality. If
    they still hold a place there, this list waits for the withdrawal, for a while.
    """

    message_type: ClassVar[str] = "imdi.publish-distribution-list.v1"
    list_id: ListId
    municipality_number: MunicipalityNumber
    deadline: date | None = None
    replaces: ListId | None = None
    self_settlement: SelfSettlementId | None = None
    """The municipality's report of agreed self-settlement that this list answers: its persons have found a home."""
    persons: Annotated[list[OfferedPerson], Field(min_length=1, max_length=500)]


class ConfirmPlacement(Message):
    """IMDi confirms which accepted persons of an answered list are placed (policy ``imdi-confirmed``)."""

    message_type: ClassVar[str] = "imdi.confirm-placement.v1"
    list_id: ListId
    municipality_number: MunicipalityNumber
    placed: Annotated[list[RunningNumber], Field(min_length=1, max_length=500)]


class WithdrawList(Message):
    """IMDi takes a whole list back, answered or not. Refused once somebody on it has moved in: then name the others."""

    message_type: ClassVar[str] = "imdi.withdraw-list.v1"
    list_id: ListId
    municipality_number: MunicipalityNumber
    reason: WithdrawalReason


class WithdrawPersons(Message):
    """IMDi takes these persons of a list back, at any time before they move in. All of them, or none."""

    message_type: ClassVar[str] = "imdi.withdraw-persons.v1"
    list_id: ListId
    municipality_number: MunicipalityNumber
    persons: Annotated[list[RunningNumber], Field(min_length=1, max_length=500)]
    reason: WithdrawalReason


class ErasePersons(Message):
    """IMDi has what is known of these persons of a list erased. All of them, or none; the same again changes nothing.

    Refused of anybody who is still asked for, or placed and not moved in yet: withdraw those first. What remains are
    the running number, household, kind of place, status, dates and reason codes: figures and places add up as before.

    ``list_words``: the list's own words (the message to IMDi, the thread that is about no single person) tell of them
    too, and go as well. They go in any case with the last person of the list.
    """

    message_type: ClassVar[str] = "imdi.erase-persons.v1"
    list_id: ListId
    municipality_number: MunicipalityNumber
    persons: Annotated[list[RunningNumber], Field(min_length=1, max_length=500)]
    reason: ErasureReason
    papers: Papers = Papers.KEEP
    list_words: bool = False


class ExtendDeadline(Message):
    """IMDi gives the municipality more time: until the end of that date in Norway.

    Later than today and than the present deadline; never of a list that is answered or withdrawn.
    """

    message_type: ClassVar[str] = "imdi.extend-deadline.v1"
    list_id: ListId
    municipality_number: MunicipalityNumber
    deadline: date


class ReplyInThread(Message):
    """IMDi writes to the municipality about a list, or about one person of it: a reply, or a word nobody asked for.

    Taken until the list or the person is withdrawn, also after the answer. ``reply_id`` makes a repeat one message;
    the same id with other words is refused.
    """

    message_type: ClassVar[str] = "imdi.reply-in-thread.v1"
    list_id: ListId
    municipality_number: MunicipalityNumber
    running_number: RunningNumber | None = None
    reply_id: ReplyId
    text: ThreadText


class CorrectAddress(Message):
    """IMDi corrects where a person of a list lives; the whole address, as it should have been.

    Taken while the person is asked for, placed or moved in: refused of anybody declined, withdrawn or erased. The same
    message again (by its id) takes no later correction back. An open folder is told anew; a letter that has reached
    nobody is sent there once operations have it sent again.
    """

    message_type: ClassVar[str] = "imdi.correct-address.v1"
    list_id: ListId
    municipality_number: MunicipalityNumber
    running_number: RunningNumber
    address: PostalAddress


class RequestPlaces(Message):
    """The yearly request (anmodning): how many ordinary and EM places IMDi asks the municipality for."""

    message_type: ClassVar[str] = "imdi.request-places.v1"
    municipality_number: MunicipalityNumber
    year: Year
    ordinary_places: Count
    unaccompanied_minor_places: Count
    answer_by: date
