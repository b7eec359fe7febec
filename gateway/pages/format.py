"""Dates, numbers and names as a page writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_interval, format_timedelta
from babel.numbers import format_decimal, format_percent

from contracts.weeks import monday_of
from gateway.language import ENGLISH, LANGUAGES, _, current, ngettext

OSLO = ZoneInfo("Europe/Oslo")
SOON_DAYS = 2
"""From how many days left a deadline calls for attention: when IMDi's first reminder goes out."""


def day(value: date) -> str:
    """``22.05.2017``, ``22 May 2017``; a moment is told as its day in Norway."""
    if isinstance(value, datetime):
        value = value.astimezone(OSLO).date()
    return format_date(value, current().pattern, locale=current().locale)


def moment(value: datetime) -> str:
    """``22.05.2017 kl. 14.05``, ``22 May 2017, 14:05``, Norwegian time."""
    local = value.astimezone(OSLO)
    clock = format_datetime(local, _("HH.mm"), tzinfo=OSLO, locale=current().locale)
    return _("%(day)s kl. %(clock)s") % {"day": day(local), "clock": clock}


def machine(value: date | datetime) -> str:
    """For ``<time datetime>``."""
    return value.astimezone(UTC).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def number(value: int) -> str:
    """With the language's thousands mark, and a true minus sign."""
    return _decimal(current().tag, value)


@lru_cache(4_096)
def _decimal(language: str, value: int) -> str:
    """Write it once: Babel takes 24 µs for each, and a page has a hundred."""
    text: str = format_decimal(value, locale=LANGUAGES[language].locale)
    return text.replace("-", "−")


def signed(value: int) -> str:
    """``+3``, ``−2``; nothing for no change."""
    return "" if value == 0 else ("+" if value > 0 else "") + number(value)


def percent(part: float | None) -> str:
    """``12,5 %``, ``12.5%``; nothing for no part at all."""
    return "" if part is None else _percent(current().tag, part)


@lru_cache(4_096)
def _percent(language: str, part: float) -> str:
    locale = LANGUAGES[language].locale
    tenths = locale.percent_formats[None].pattern.replace("0", "0.#")
    return str(format_percent(part, tenths, locale=locale))


def country(code: str | None) -> str:
    """Make a country's name in the page's language; no code: stateless or unknown."""
    if code is None:
        return _("Statsløs eller ukjent")
    return _territory(current().tag, code)


@lru_cache(2_048)
def _territory(language: str, code: str) -> str:
    """Look it up once: Babel goes through a language's whole data for each."""
    return str(LANGUAGES[language].locale.territories.get(code, code))


def language_name(tag: str) -> str:
    """Make a language's name, e.g. ``arabisk``; where it is not known, its tag."""
    return _language(current().tag, tag)


@lru_cache(2_048)
def _language(language: str, tag: str) -> str:
    names = LANGUAGES[language].locale.languages
    return str(names.get(tag.replace("-", "_")) or names.get(tag.partition("-")[0]) or tag)


def today(now: datetime) -> date:
    """Give the date in Norway: deadlines end with it."""
    return now.astimezone(OSLO).date()


def week_name(week: str) -> str:
    """``uke 53, 2026``; what is no week is written as it is."""
    year, mark, number_of = week.partition("-W")
    return _("uke %(number)s, %(year)s") % {"number": number_of.lstrip("0"), "year": year} if mark else week


def week_days(week: str) -> str:
    """``28.12.2026–03.01.2027``, ``28 Dec 2026 – 3 Jan 2027``: the week's Monday and Sunday."""
    monday = monday_of(week)
    if current() is ENGLISH:
        return str(format_interval(monday, monday + timedelta(days=6), "yMMMd", locale=current().locale))
    return f"{day(monday)}–{day(monday + timedelta(days=6))}"


class Urgency(StrEnum):
    """How a deadline is coloured; the text says the same."""

    CALM = "info"
    SOON = "warning"
    OVERDUE = "danger"


@dataclass(frozen=True, slots=True)
class Clock:
    """The reply clock of a list. ``days``: left, 0 on the last day, negative afterwards."""

    deadline: date
    days: int

    @property
    def urgency(self) -> Urgency:
        """Calm, soon or overdue."""
        if self.days < 0:
            return Urgency.OVERDUE
        return Urgency.SOON if self.days <= SOON_DAYS else Urgency.CALM

    @property
    def text(self) -> str:
        """``3 dager igjen``, ``Siste frist i dag``, ``2 dager over fristen``."""
        if self.days < 0:
            return ngettext("%(days)s dag over fristen", "%(days)s dager over fristen", -self.days) % {
                "days": number(-self.days)
            }
        if self.days == 0:
            return _("Siste frist i dag")
        if self.days == 1:
            return _("Frist i morgen")
        return ngettext("%(days)s dag igjen", "%(days)s dager igjen", self.days) % {"days": number(self.days)}


def reply_clock(deadline: date, now: datetime) -> Clock:
    """How much time is left to answer."""
    return Clock(deadline, (deadline - today(now)).days)


def lasting(seconds: float) -> str:
    """``42 sekunder``, ``3 timer``: how long something has lasted, in its largest unit; below a second a dash."""
    if seconds < 1:
        return "–"
    return str(format_timedelta(timedelta(seconds=round(seconds)), threshold=1.5, locale=current().locale))
