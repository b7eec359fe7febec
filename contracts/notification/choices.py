"""Which notices somebody wants by e-mail, and how: each user's own choice in each municipality."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from contracts.codes import NoticeDelivery, NoticeKind
from contracts.envelope import Message
from contracts.fields import Actor, MunicipalityId, Part, ShortText

ContactId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""Which of the municipality's contacts somebody is: ``contact_reference`` of the address, which is on no topic."""


USUALLY_DAILY = frozenset({NoticeKind.LETTER_UNREAD, NoticeKind.LETTER_TO_PAPER, NoticeKind.SETTLEMENT_DATE_MISSING})


def usual(kind: NoticeKind) -> NoticeDelivery:
    """Tell how a kind reaches whoever has chosen nothing."""
    return NoticeDelivery.DAILY if kind in USUALLY_DAILY else NoticeDelivery.AT_ONCE


class KindChoice(Part):
    """How one kind of notice is to reach somebody."""

    kind: NoticeKind
    delivery: NoticeDelivery


def _each_kind_once(choices: list[KindChoice]) -> list[KindChoice]:
    if len({one.kind for one in choices}) != len(choices):
        raise ValueError("names a kind twice")
    return choices


KindChoices = Annotated[list[KindChoice], Field(max_length=100), AfterValidator(_each_kind_once)]
"""Kinds that are not named reach somebody as they would have without a choice."""


class ChooseNotices(Message):
    """The acting user wants notices like this. Key: the municipality id; subject: ``<municipality>/choices/<user>``.

    contact_id: which of the municipality's settlement writers the user is; None: none of them, and no e-mail follows
    the choice. It names no version: a user's last word holds, and the same again changes nothing.
    """

    message_type: ClassVar[str] = "notification.choose-notices.v1"
    municipality_id: MunicipalityId
    contact_id: ContactId | None
    choices: KindChoices
    actor: Actor


class NoticesChosen(Message):
    """A user has chosen how notices reach them. Subject: ``<municipality>/choices/<user>``."""

    message_type: ClassVar[str] = "notification.notices-chosen.v1"
    municipality_id: MunicipalityId
    user_id: ShortText
    choices: KindChoices


class NoticeChoiceState(Message):
    """What a user has chosen. Key: ``<municipality>/choices/<user>``; partition key: the municipality id."""

    message_type: ClassVar[str] = "notification.notice-choice-state.v1"
    municipality_id: MunicipalityId
    user_id: ShortText
    contact_id: ContactId | None
    choices: KindChoices
