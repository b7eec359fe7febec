"""The filter of Fordelinger as it stands in the address: read leniently, written in one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

from contracts.codes import ListStatus
from gateway.pages.ledger import day_in
from gateway.pages.list_pages import LIST_ID
from gateway.pages.municipality import year_in
from gateway.pages.searching import read_search
from gateway.readmodel.lists import ListFilter, Place, Sort

OPEN = "open"
STATUSES = ("", OPEN, *(status.value for status in ListStatus))
SORTS = {"nyeste": Sort.NEWEST, "eldste": Sort.OLDEST, "frist": Sort.DEADLINE, "nummer": Sort.NUMBER}
OVERDUE = "over"
"""Only lists whose deadline is over and that wait for an answer."""
WITHIN_DAYS = (0, 2, 7, 14)
"""What the page offers; an address may name any number of days up to ``MOST_DAYS``."""
MOST_DAYS = 366
LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What an address or a form asks for. What there is not, is left out.

    due: ``over``, a number of days, or nothing. after, before: a place in the order; never part of what is kept.
    """

    status: str = ""
    year: int | None = None
    due: str = ""
    due_from: date | None = None
    due_to: date | None = None
    sort: str = ""
    number: str = ""
    after: Place | None = None
    before: Place | None = None

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Self:
        """Read it. A text that may be a person's number is not taken: see ``searching``."""
        status, due, sort = values.get("status", ""), values.get("frist", ""), values.get("sorter", "")
        days = due if due.isascii() and due.isdigit() and len(due) < 4 and int(due) <= MOST_DAYS else ""  # noqa: PLR2004
        after = read_place(values.get("etter", ""))
        return cls(
            status=status if status in STATUSES else "",
            year=year_in(values.get("ar")),
            due=OVERDUE if due == OVERDUE else days and str(int(days)),
            due_from=day_in(values.get("fra", "")),
            due_to=day_in(values.get("til", "")),
            sort=sort if sort in SORTS and SORTS[sort] is not Sort.NEWEST else "",
            number=read_search(values.get("sok", "")).list_number,
            after=after,
            before=None if after else read_place(values.get("for", "")),
        )

    @property
    def address(self) -> dict[str, str]:
        """Give the parameters of its address, without the place in the order; empty: everything, newest first."""
        every = {
            "sok": self.number,
            "status": self.status,
            "ar": str(self.year or ""),
            "frist": self.due,
            "fra": self.due_from.isoformat() if self.due_from else "",
            "til": self.due_to.isoformat() if self.due_to else "",
            "sorter": self.sort,
        }
        return {name: value for name, value in every.items() if value}

    @property
    def narrows(self) -> bool:
        """Whether it leaves lists out."""
        return replace(self, sort="").address != {}

    @property
    def kept(self) -> Self:
        """Give what a user may keep as their own choice: all but what one searches for just now."""
        return replace(self, number="", after=None, before=None)

    def wanted(self, today: date) -> ListFilter:
        """Make the question to the read model. ``today``: in Norway."""
        first, last = self.due_from, self.due_to
        if self.due == OVERDUE:
            last = min(last or date.max, today - timedelta(days=1))
        elif self.due:
            first, last = max(first or date.min, today), min(last or date.max, today + timedelta(days=int(self.due)))
        return ListFilter(
            status=self.status,
            year=self.year,
            number=self.number,
            due_from=first,
            due_to=last,
            awaiting=bool(self.due),
            sort=SORTS.get(self.sort, Sort.NEWEST),
            after=self.after,
            before=self.before,
        )


def write_place(place: Place) -> str:
    """Write a place in the order for an address."""
    return f"{place.key}.{place.list_id}"


def read_place(text: str) -> Place | None:
    """Read it back; what is none is the beginning."""
    key, _, list_id = text.partition(".")
    digits = key.removeprefix("-")
    known = digits.isascii() and digits.isdigit() and len(digits) < 20 and LIST_ID.fullmatch(list_id)  # noqa: PLR2004
    if not known or int(digits) > LARGEST:
        return None
    return Place(int(key), list_id)
