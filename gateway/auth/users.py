"""Who is logged in, and where they may act."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.codes import Role
from contracts.fields import Actor

LONGEST_NAME = 200
WARNED = timedelta(minutes=30)
"""How long before its end every page tells of it."""


@dataclass(frozen=True, slots=True)
class Access:
    """A municipality somebody may see, and as what.

    successor, successor_name: of one that has merged, the municipality through which it is seen.
    """

    municipality_id: str
    name: str
    role: Role
    language: str | None = None
    """Of the language form it has resolved; None: neutral."""
    successor: str | None = None
    successor_name: str | None = None

    @property
    def can_write(self) -> bool:
        """Whether the role answers lists; the owning service checks it again."""
        return self.role is Role.SETTLEMENT_WRITER


@dataclass(frozen=True, slots=True)
class Merged:
    """A municipality whose organisation somebody has a right in, and which is part of another one since ``on``."""

    municipality_id: str
    name: str
    on: date
    successor: str
    successor_name: str
    successor_number: str


@dataclass(frozen=True, slots=True)
class User:
    """A logged-in caseworker. ``user_id`` is a pseudonym; ``access`` is sorted by name.

    language: the tag of the one the user has chosen.
    merged: rights in organisations of municipalities that have merged: they open nothing any more.
    operator: of the operations pages, and of nothing else: then ``access`` is empty.
    idle_until: when the session ends unless it is used; until: when it ends anyway.
    """

    user_id: str
    display_name: str
    access: tuple[Access, ...]
    language: str | None = None
    merged: tuple[Merged, ...] = ()
    idle_until: datetime | None = None
    until: datetime | None = None
    operator: bool = False

    def ends_soon(self, now: datetime) -> bool:
        """Whether the session ends before long however much it is used: what one works on is to be saved."""
        return self.until is not None and self.until - now <= WARNED

    def to(self, municipality_id: str) -> Access | None:
        """Find the access to a municipality; None for no right and for no such municipality: nobody is told which."""
        return next((one for one in self.access if one.municipality_id == municipality_id), None)

    def language_of(self, municipality_id: str) -> str | None:
        """Give the language of a municipality; of all of them together where it is none of the user's."""
        one = self.to(municipality_id)
        languages = {one.language} if one else {each.language for each in self.access}
        return languages.pop() if len(languages) == 1 else None

    def acting_in(self, access: Access) -> Actor:
        """Give the user as a command names who asks."""
        return Actor(user_id=self.user_id, display_name=self.display_name, role=access.role)


def pseudonym(secret: str, issuer: str, subject: str) -> str:
    """Make a stable id for a login that cannot be turned back without the secret."""
    return hmac.new(secret.encode(), f"{issuer}\n{subject}".encode(), hashlib.sha256).hexdigest()[:32]


JOINERS = "\u200c\u200d"
"""Invisible signs that names of some scripts are spelt with; marks of direction are not, and would turn a sentence."""


def display_name(claims: object) -> str:
    """Find the name to show to colleagues; a login without one gets a neutral word."""
    name = claims.get("name") if isinstance(claims, dict) else None
    shown = "".join(sign if sign.isprintable() or sign in JOINERS else " " for sign in str(name or ""))
    cleaned = " ".join(shown.split())[:LONGEST_NAME]
    return cleaned or "Ukjent bruker"
