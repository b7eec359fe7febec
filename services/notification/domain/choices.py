"""How a user wants notices to reach them, and what nobody may switch off.

A choice is a user's in one municipality, and names which of its settlement writers the user is. An address that nobody
has claimed is written to as usual.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from services.notification.domain.notices import NoticeKind


class Delivery(StrEnum):
    """How a kind of notice reaches somebody by e-mail; see ``contracts.codes``."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    SURFACE = "surface"


SOMEBODY_MUST_KNOW = (NoticeKind.LIST_RECEIVED, NoticeKind.LIST_OVERDUE)
"""Kinds that the last settlement writer of a municipality who gets them by e-mail cannot switch off."""

LESS_PRESSING = frozenset({NoticeKind.LETTER_UNREAD, NoticeKind.LETTER_TO_PAPER, NoticeKind.SETTLEMENT_DATE_MISSING})


def usual(kind: NoticeKind) -> Delivery:
    """Tell how a kind reaches whoever has chosen nothing."""
    return Delivery.DAILY if kind in LESS_PRESSING else Delivery.AT_ONCE


@dataclass(frozen=True, slots=True)
class Choice:
    """What a user has chosen in a municipality.

    version: how many times they have. contact_id: which of its writers the user is; None: none of them.
    deliveries: of the kinds that were chosen; the others are as usual.
    """

    municipality_id: str
    user_id: str
    version: int
    contact_id: str | None
    deliveries: Mapping[NoticeKind, Delivery]

    def of(self, kind: NoticeKind) -> Delivery:
        """Tell how a kind reaches the user."""
        return self.deliveries.get(kind, usual(kind))


@dataclass(frozen=True, slots=True)
class RoleMayNotWrite:
    """Refused: only settlement writers get notices by e-mail."""

    role: str


@dataclass(frozen=True, slots=True)
class NotAContact:
    """Refused: the municipality has no settlement writer with this address any more."""


@dataclass(frozen=True, slots=True)
class ContactTaken:
    """Refused: another user has said that this address is theirs."""


@dataclass(frozen=True, slots=True)
class LastToKnow:
    """Refused: nobody in the municipality would get these kinds by e-mail."""

    kinds: tuple[NoticeKind, ...]


Refusal: TypeAlias = RoleMayNotWrite | NotAContact | ContactTaken | LastToKnow


def choose(
    wanted: Choice, held: Sequence[Choice], writers: Collection[str], reached: Collection[str]
) -> Choice | Refusal:
    """Take a user's choice in the place of the one before, or refuse.

    wanted: its version is not looked at. held: all choices in the municipality; the same one again comes back as it is.
    writers: contact ids of the municipality's settlement writers. reached: those of them whom mails reach; nobody else
        counts as hearing of anything, so whoever waits for their address to be mended cannot be the one who hears.
    """
    own = next((one for one in held if one.user_id == wanted.user_id), None)
    others = [one for one in held if one.user_id != wanted.user_id]
    if wanted.contact_id is not None and wanted.contact_id not in writers:
        return NotAContact()
    if wanted.contact_id is not None and any(one.contact_id == wanted.contact_id for one in others):
        return ContactTaken()
    silenced = [kind for kind in SOMEBODY_MUST_KNOW if wanted.of(kind) is Delivery.SURFACE]
    silent = tuple(kind for kind in silenced if not _heard(kind, [*others, wanted], reached))
    if silent and wanted.contact_id is not None:
        return LastToKnow(silent)
    if own is not None and replace(wanted, version=own.version) == own:
        return own
    return replace(wanted, version=own.version + 1 if own else 1)


def _heard(kind: NoticeKind, choices: Sequence[Choice], reached: Collection[str]) -> bool:
    quiet = {one.contact_id for one in choices if one.of(kind) is Delivery.SURFACE}
    return any(writer not in quiet for writer in reached)


def deliver(
    kind: NoticeKind, receivers: Mapping[str, str], choices: Sequence[Choice], knowing: Collection[str] = ()
) -> Mapping[str, Delivery]:
    """Tell how a notice reaches each address.

    receivers: addresses that mails reach, with their contact ids. knowing: users who know of it already, as it is their
        own doing.
    Where all have switched off what somebody must know, as after the last other one has left the contacts, all of them
    are written to at once.
    """
    chosen = {one.contact_id: one for one in choices if one.contact_id is not None}
    reached = {address: _of(chosen.get(contact), kind, knowing) for address, contact in receivers.items()}
    if kind in SOMEBODY_MUST_KNOW and all(way is Delivery.SURFACE for way in reached.values()):
        return dict.fromkeys(reached, Delivery.AT_ONCE)
    return reached


def _of(choice: Choice | None, kind: NoticeKind, knowing: Collection[str]) -> Delivery:
    if choice is None:
        return usual(kind)
    return Delivery.SURFACE if choice.user_id in knowing else choice.of(kind)
