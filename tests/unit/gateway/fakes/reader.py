"""The pages' queries, answered from lists in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.codes import LetterKind, ListStatus, PersonStatus
from contracts.distribution.v1 import PersonFolderState, PersonState
from contracts.letters.v1 import LetterState
from contracts.municipality.v1 import LedgerChangeState, LedgerEntryState, LedgerYearState, MunicipalityState
from contracts.notification.choices import NoticeChoiceState
from contracts.notification.v1 import NoticeState
from gateway.folders import seen_by
from gateway.readmodel import (
    agreements,
    choices,
    folders,
    ledger,
    lists,
    one_list,
    overview,
    placed,
    reports,
    settling,
    statistics,
    surface,
)
from gateway.readmodel.one_list import OneList

ASKED_FOR_LISTS = (
    "municipality_id", "status", "year", "number", "due_from", "due_to", "awaiting", "after", "after_id", "limit",
)  # fmt: skip


@dataclass
class FakeReader:
    """Answers the pages' queries from lists in memory, for the municipality that is asked about only."""

    lists: dict[str, OneList] = field(default_factory=dict)
    letters: dict[str, LetterState] = field(default_factory=dict)
    years: dict[int, LedgerYearState] = field(default_factory=dict)
    notices: list[NoticeState] = field(default_factory=list)
    municipality: MunicipalityState | None = None
    town: MunicipalityState | None = None
    """With its contacts, for choices."""
    choices: list[NoticeChoiceState] = field(default_factory=list)
    changes: list[LedgerChangeState] = field(default_factory=list)
    entries: list[tuple[LedgerEntryState, int]] = field(default_factory=list)
    version: int = 1
    """Of each of the years."""
    ledgers_asked: list[tuple[Any, ...]] = field(default_factory=list)
    """The arguments of each question about a ledger; what SQL makes of them is tested with it."""
    lists_asked: list[Mapping[str, Any]] = field(default_factory=list)
    """What each question for lists asked for; what SQL makes of it is tested with it."""
    answers: list[list[Any]] = field(default_factory=list)
    """Year, kind of place, reason (None: accepted), persons."""
    placed: list[tuple[PersonState, str]] = field(default_factory=list)
    """Placed persons with their DUF numbers."""
    total: int | None = None
    """How many lists there are, where not those that are here."""
    reports: list[tuple[reports.State, int]] = field(default_factory=list)
    broken: Exception | None = None
    folders: dict[tuple[str, int], PersonFolderState] = field(default_factory=dict)
    folders_read: int = 0
    looks: list[dict[str, Any]] = field(default_factory=list)
    """Looks at whoever is asked about."""
    whole_lists_read: int = 0

    async def row(
        self, municipality_id: str, query: str, *arguments: Any, planned_anew: bool = False
    ) -> Mapping[str, Any] | None:
        del planned_anew
        if self.broken:
            raise self.broken
        mine = [one for one in self.lists.values() if one.state.municipality_id == municipality_id]
        bodies = [one.state.model_dump(mode="json") for one in mine]
        if query in {one_list.ONE_LIST, one_list.IS_THERE}:
            found = next((one for one in mine if one.state.list_id == arguments[0]), None)
            self.whole_lists_read += query == one_list.ONE_LIST
            return self._row(found, arguments[-1]) if found else None
        if query == one_list.ONE_LETTER:
            letter = self.letters.get(arguments[0])
            return {"body": letter.model_dump(mode="json")} if letter else None
        if query == surface.SURFACE:
            notices = [notice.model_dump(mode="json") for notice in self.notices]
            unread = sum(arguments[1] not in notice.read_by for notice in self.notices)
            years = [year.model_dump(mode="json") for year in self.years.values()]
            counts = {"unread": unread, "all_notices": len(notices)}
            four_eyes = any(one.four_eyes for one in mine)
            questioned = [one for one in self._reports() if one[0]["questioned_at"]]
            shown = {"open_lists": bodies, "notices": notices, "years": years, "questioned": questioned}
            waiting = sum(one.status is PersonStatus.PLACED for found in mine for one in found.persons)
            told = {"four_eyes": four_eyes, "not_settled": waiting, "contacts": self._contacts()}
            return shown | told | counts
        if query in {folders.HAS_FOLDER, folders.FOLDER, folders.ERASED}:
            return self._folder(query, municipality_id, *arguments[:2], health=arguments[-1] is True)
        if query == settling.HOUSEHOLDS:
            return self._households(mine)
        return self._of_lists(municipality_id, query, arguments) or self._of_years(query, arguments, bodies)

    def _contacts(self) -> Sequence[Mapping[str, Any]] | None:
        return self.town.model_dump(mode="json")["contacts"] if self.town else None

    def _choices(self) -> Mapping[str, Any]:
        town = self.town.model_dump(mode="json") if self.town else None
        return {"municipality": town, "choices": [one.model_dump(mode="json") for one in self.choices]}

    async def chunks(
        self, municipality_id: str, query: str, *arguments: Any, size: int
    ) -> AsyncGenerator[Sequence[Mapping[str, Any]]]:
        asked = self._asked_for_lists(lists.ALL_LISTS, query, (*arguments[:-1], None, None, arguments[-1]))
        mine = [one.state for one in self.lists.values() if one.state.municipality_id == municipality_id]
        ordered = sorted(mine, key=lambda one: one.list_id)[: asked["limit"]]
        total = len(mine) if self.total is None else self.total
        rows = [{"body": one.model_dump_json(), "total": total} for one in ordered]
        for first in range(0, len(rows), size):
            yield rows[first : first + size]

    def _of_lists(self, municipality_id: str, query: str, arguments: tuple[Any, ...]) -> Mapping[str, Any] | None:
        if query == seen_by.SEEN_BY:
            return {"looks": self.looks[: arguments[3]]}
        mine = [one for one in self.lists.values() if one.state.municipality_id == municipality_id]
        if query in lists.LISTS.values():
            return self._lists(mine, self._asked_for_lists(lists.LISTS, query, arguments))
        if query in {reports.REPORTS, reports.REPORT_FEED}:
            report_id = arguments[2] if query == reports.REPORTS else ""
            return {"reports": self._reports(arguments[1], report_id)[: arguments[-1]]}
        if query == statistics.ANSWERS:
            return {"counts": self.answers}
        if query == placed.PLACED:
            found = [one for one, duf in self.placed if duf == arguments[1] and one.municipality_id == municipality_id]
            return {"persons": [one.model_dump(mode="json") for one in found]}
        return None

    def _asked_for_lists(
        self, statements: Mapping[Any, str], query: str, arguments: tuple[Any, ...]
    ) -> Mapping[str, Any]:
        order = next(order for order, statement in statements.items() if statement == query)
        self.lists_asked.append({"order": order, **dict(zip(ASKED_FOR_LISTS, arguments, strict=True))})
        return self.lists_asked[-1]

    def _lists(self, mine: list[OneList], asked: Mapping[str, Any]) -> Mapping[str, Any]:
        ordered = sorted(mine, key=lambda one: one.state.list_id)
        keyed = [[one.state.model_dump(mode="json"), one.version, 0] for one in ordered]
        after = asked["after_id"] if asked["after"] is not None and not asked["order"][1] else ""
        shown = [one for one in keyed if one[0]["list_id"] > after][: asked["limit"]]
        return {
            "lists": shown,
            "total": len(mine) if self.total is None else self.total,
            "before": keyed.index(shown[0]) if shown else 0,
            "all_lists": len(mine),
            "years": [2026],
        }

    def _households(self, mine: Sequence[OneList]) -> Mapping[str, Any]:
        placed = [one for found in mine for one in found.placed]
        households: dict[tuple[str, int], list[Any]] = {}
        for one in placed:
            households.setdefault((one.list_id, one.household), []).append(one.model_dump(mode="json"))
        missing = sum(one.settlement_date is None for one in placed)
        return {
            "households": list(households.values()),
            "total": len(households),
            "persons": len(placed),
            "missing": missing,
        }

    def _folder(
        self, query: str, municipality_id: str, list_id: str, number: int, *, health: bool
    ) -> Mapping[str, Any] | None:
        found, of_list = self.folders.get((list_id, number)), self.lists.get(list_id)
        if query == folders.ERASED:
            mine = of_list.persons if of_list and of_list.state.municipality_id == municipality_id else ()
            erased = [one for one in mine if one.running_number == number and one.erased_at]
            return {"body": erased[0].model_dump(mode="json")} if erased else None
        if found is None or of_list is None or found.municipality_id != municipality_id:
            return None
        person = next((one for one in of_list.placed if one.running_number == number), None)
        if person is None:
            return None
        if query == folders.HAS_FOLDER:
            return {"is_open": True}
        self.folders_read += 1
        return {
            "folder": found.model_dump(mode="json", exclude=set() if health else {"health_note"}),
            "person": person.model_dump(mode="json", exclude=set() if health else {"needs", "needs_note"}),
            "household": [one.running_number for one in of_list.placed if one.household == person.household],
        }

    def _reports(self, kind: str = "", report_id: str = "") -> list[Any]:
        found = [one for one in self.reports if one[0].kind == (kind or one[0].kind)]
        found = [one for one in found if one[0].report_id == (report_id or one[0].report_id)]
        return [[state.model_dump(mode="json"), version] for state, version in found]

    def _of_years(self, query: str, arguments: tuple[Any, ...], bodies: list[Any]) -> Mapping[str, Any]:
        if query == agreements.AGREEMENTS:
            return self._agreements(arguments[1])
        if query == ledger.LEDGER:
            self.ledgers_asked.append(arguments)
            return self._ledger(arguments)
        if query == choices.CHOICES:
            return self._choices()
        assert query == overview.OVERVIEW
        years = [year.model_dump(mode="json") for year in self.years.values()]
        municipality = self.municipality and self.municipality.model_dump(mode="json")
        return {"municipality": municipality, "years": years, "persons": [], "open_lists": bodies, "answered": []}

    def _agreements(self, wanted: int | None) -> Mapping[str, Any]:
        years = [year for year in self.years.values() if wanted in {None, year.year}]
        changes = [change for change in self.changes if wanted in {None, change.year}]
        return {
            "years": [[year.model_dump(mode="json"), self.version] for year in years],
            "changes": [change.model_dump(mode="json") for change in changes],
            "letters": [one.model_dump(mode="json") for one in self.letters.values() if one.kind is LetterKind.REQUEST],
        }

    def _ledger(self, arguments: tuple[Any, ...]) -> Mapping[str, Any]:
        _, year, kind, _, after, limit, offset, newest_first = arguments
        found = [one for one in self.entries if one[0].place_kind in (kind or one[0].place_kind)]
        found = [one for one in found if one[0].number > after and one[0].year == year]
        ordered = found[::-1] if newest_first else found
        return {
            "lines": [[one.model_dump(mode="json"), left] for one, left in ordered[offset : offset + limit]],
            "total": len(found),
            "sums": {"ordinary": {"agreed": 20, "requested": 3, "placed": 2, "settled": 5, "left": 10}},
            "resolved": True,
            "years": list(self.years),
        }

    def _row(self, found: OneList, this_year: int) -> Mapping[str, Any]:
        year = found.state.year if found.state.status is ListStatus.ANSWERED else this_year
        ledger = found.year if year == found.state.year else self.years.get(year)
        return {
            "body": found.state.model_dump(mode="json"),
            "sequence": found.version,
            "persons": [person.model_dump(mode="json") for person in found.persons],
            "ledger_year": ledger.model_dump(mode="json") if ledger else None,
            "ledger_version": found.ledger_version,
            "letters": [letter.model_dump(mode="json") for letter in found.letters],
            "places_year": year,
            "messages": [message.model_dump(mode="json") for message in found.messages],
            "changes": [change.model_dump(mode="json") for change in found.changes],
            "four_eyes": found.four_eyes,
            "homes": [body for body, _ in self._reports("housing") if body["status"] == "open"],
        }
