"""What a user is told of a refusal, and how what a refusal names is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from gateway.language import _
from gateway.pages.format import day, moment


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong and what to do now, in the user's words. ``fields``: of the form, that are to be changed."""

    title: str
    text: str
    fields: tuple[str, ...] = ()


Params: TypeAlias = Mapping[str, str]
"""What a refusal names beside its type."""
Words: TypeAlias = Callable[[Params], Problem]


def by(params: Params) -> str:
    """`` av Kari Nordmann 24.11.2026 kl. 09.30``, as much of it as is known."""
    who, at = params.get("by"), time_of(params.get("at"))
    return (_(" av %(who)s") % {"who": who} if who else "") + (f" {moment(at)}" if at else "")


def time_of(value: str | None) -> datetime | None:
    """Read a moment; None where there is none, or none that can be read."""
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError:
        return None


def day_of(value: str | None) -> str:
    """Write a day; empty where there is none, or none that can be read."""
    try:
        return day(date.fromisoformat(value)) if value else ""
    except ValueError:
        return ""
