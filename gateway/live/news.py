"""What open pages are told, and where in the order of all that is told it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

PLACE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


class Kind(StrEnum):
    """What has happened."""

    LIST_PUBLISHED = "list-published"
    LIST_WITHDRAWN = "list-withdrawn"
    PERSONS_WITHDRAWN = "persons-withdrawn"
    DEADLINE_MOVED = "deadline-moved"
    PERSONS_PLACED = "persons-placed"
    LIST_SAVED = "list-saved"
    LIST_APPROVED = "list-approved"
    LIST_RETURNED = "list-returned"
    LIST_ANSWERED = "list-answered"
    LIST_TOUCHED = "list-touched"
    """Anything else of a list."""
    QUESTION_ASKED = "question-asked"
    IMDI_WROTE = "imdi-wrote"
    NOTICE = "notice"
    """A notice has come, or been read by somebody."""
    LETTER_READ = "letter-read"
    LETTER_MOVED = "letter-moved"
    """A letter is made, sent, or further on its way."""
    PLACES_REQUESTED = "places-requested"
    LEDGER = "ledger"
    """The sums of a year, or its resolution."""


KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class News:
    """That something has happened. ``version``: of the list, of a step of its municipality's; ``actor`` took it."""

    kind: Kind
    municipality_id: str
    list_id: str | None = None
    running_number: int | None = None
    version: int | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in the order: its transaction, and its number."""

    xid: int
    id: int

    def __str__(self) -> str:
        """Give it as an event's id."""
        return f"{self.xid}-{self.id}"

    @classmethod
    def parse(cls, text: str | None) -> Place | None:
        """Read an event's id; None where it is none of ours."""
        found = PLACE.fullmatch(text or "")
        return cls(int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Told:
    """News as it is told. ``who``: the name of the colleague who took the step, as the list's history has it."""

    place: Place
    news: News
    who: str | None = None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Told:
        """Read a row of ``COLUMNS``. A kind that only a later release knows is told as something of a list."""
        kind = row["kind"]
        news = News(
            Kind(kind) if kind in KINDS else Kind.LIST_TOUCHED,
            row["municipality_id"],
            row["list_id"],
            row["running_number"],
            row["version"],
            row["actor"],
        )
        return cls(Place(row["xid"], row["id"]), news, row["who"])


# The name is not kept with the news: it stands in the read model, and goes to who may read it there.
COLUMNS = """
SELECT news.xid, news.id, news.kind, news.municipality_id, news.list_id, news.running_number, news.version, news.actor,
       change.body->'by'->>'display_name' AS who
FROM gateway.news
LEFT JOIN readmodel.list_change AS change
    ON change.list_id = news.list_id AND change.version = news.version AND change.municipality_id = news.municipality_id
"""
