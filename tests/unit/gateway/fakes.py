"""A gateway without a database or broker: the application as it is, its parts in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from chassis.clock import FixedClock
from contracts.codes import LetterKind, ListStatus, PersonStatus
from contracts.distribution.v1 import PersonFolderState, PersonState
from contracts.letters.v1 import LetterState
from contracts.municipality.v1 import LedgerChangeState, LedgerEntryState, LedgerYearState, MunicipalityState
from contracts.notification.choices import NoticeChoiceState
from contracts.notification.v1 import NoticeState
from gateway.api.limits import Limits
from gateway.app import make_app
from gateway.audit.record import Asker, Denied, LoginFault, NotRecordedError, Tried
from gateway.auth.cookies import Cookies
from gateway.auth.oidc import Attempt, LoginRefusedError, ProviderUnavailableError
from gateway.auth.sessions import Held
from gateway.auth.users import User
from gateway.commands.bounds import BusyError
from gateway.commands.desk import Command, Sent
from gateway.commands.keeping import keepable
from gateway.commands.outcomes import Outcome
from gateway.commands.publisher import BrokerUnavailableError
from gateway.folders import seen_by
from gateway.folders.looks import LookNotRecordedError, Refusal, Viewer, Wanted
from gateway.operations.catalogue import Catalogue
from gateway.operations.lookout import Lookout
from gateway.pages.assets import Asset, Assets
from gateway.parts import Parts
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
from gateway.settings import GatewaySettings
from tests.unit.gateway.samples import NOW, OSLO

NAMES = (
    "mark.svg",
    "app.css",
    "answer.js",
    "checking.js",
    "print.js",
    "live.js",
    "designsystemet/theme.css",
    "designsystemet/index.css",
    "designsystemet/index.js",
    "inter/index.css",
)
ASSETS = Assets({name: Asset("text/css", b"body{}", None) for name in NAMES}, "0")
TOKEN = "a-session"


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
    lists_asked: list[tuple[Any, ...]] = field(default_factory=list)
    """The arguments of each question for lists; what SQL makes of them is tested with it."""
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

    async def row(self, municipality_id: str, query: str, *arguments: Any) -> Mapping[str, Any] | None:
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
        assert query == lists.ALL_LISTS
        self.lists_asked.append(arguments)
        mine = [one.state for one in self.lists.values() if one.state.municipality_id == municipality_id]
        ordered = sorted(mine, key=lambda one: one.list_id)[: arguments[8]]
        total = len(mine) if self.total is None else self.total
        rows = [{"body": one.model_dump_json(), "total": total} for one in ordered]
        for first in range(0, len(rows), size):
            yield rows[first : first + size]

    def _of_lists(self, municipality_id: str, query: str, arguments: tuple[Any, ...]) -> Mapping[str, Any] | None:
        if query == seen_by.SEEN_BY:
            return {"looks": self.looks[: arguments[3]]}
        mine = [one for one in self.lists.values() if one.state.municipality_id == municipality_id]
        if query == lists.LISTS:
            self.lists_asked.append(arguments)
            return self._lists(mine, arguments)
        if query in {reports.REPORTS, reports.REPORT_FEED}:
            report_id = arguments[2] if query == reports.REPORTS else ""
            return {"reports": self._reports(arguments[1], report_id)[: arguments[-1]]}
        if query == statistics.ANSWERS:
            return {"counts": self.answers}
        if query == placed.PLACED:
            found = [one for one, duf in self.placed if duf == arguments[1] and one.municipality_id == municipality_id]
            return {"persons": [one.model_dump(mode="json") for one in found]}
        return None

    def _lists(self, mine: list[OneList], arguments: tuple[Any, ...]) -> Mapping[str, Any]:
        ordered = sorted(mine, key=lambda one: one.state.list_id)
        keyed = [[one.state.model_dump(mode="json"), one.version, 0] for one in ordered]
        after = arguments[9] if arguments[8] is not None and not arguments[10] else ""
        shown = [one for one in keyed if one[0]["list_id"] > after][: arguments[11]]
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


CATALOGUE = Catalogue.read()
"""Read once for all tests."""


@dataclass
class FakePreferences:
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    async def find(self, user_id: str, name: str) -> str | None:
        return self.kept.get((user_id, name))

    async def keep(self, user_id: str, name: str, value: str) -> None:
        self.kept[user_id, name] = value

    async def forget(self, user_id: str, name: str) -> None:
        self.kept.pop((user_id, name), None)


@dataclass
class FakeSessions:
    user: User | None = None
    broken: Exception | None = None
    ended: list[str] = field(default_factory=list)
    attended: list[bool] = field(default_factory=list)
    attempts: dict[str, tuple[str, Attempt, str]] = field(default_factory=dict)
    started: list[tuple[str, str, Any]] = field(default_factory=list)
    sids: list[str | None] = field(default_factory=list)
    operators: list[bool] = field(default_factory=list)
    preferences: FakePreferences = field(default_factory=FakePreferences)

    async def find(self, token: str, *, attended: bool = True) -> User | None:
        self.attended.append(attended)
        if self.broken:
            raise self.broken
        if self.user is None or token != TOKEN:
            return None
        chosen = self.preferences.kept.get((self.user.user_id, "language"), self.user.language)
        return replace(self.user, language=chosen)

    async def start(
        self, user_id: str, display_name: str, grants: Any, sid: str | None = None, *, operator: bool = False
    ) -> str:
        self.operators.append(operator)
        self.started.append((user_id, display_name, grants))
        self.sids.append(sid)
        return TOKEN

    async def of(self, _user_id: str, _token: str) -> list[Held]:
        return [Held(NOW, NOW, this=True)]

    async def end_all(self, user_id: str) -> None:
        self.ended.append(f"all of {user_id}")

    async def end_sid(self, sid: str) -> None:
        self.ended.append(f"sid {sid}")

    async def end(self, token: str) -> None:
        self.ended.append(token)

    async def begin_attempt(self, attempt: Attempt, browser: str, next_path: str) -> None:
        self.attempts[attempt.state] = (browser, attempt, next_path)

    async def take_attempt(self, state: str, browser: str) -> tuple[Attempt, str] | None:
        kept, attempt, next_path = self.attempts.get(state, ("", Attempt.new(), ""))
        if kept != browser:
            return None
        del self.attempts[state]
        return attempt, next_path


@dataclass
class FakeDesk:
    """``outcome``: what becomes of a command, at once; None: not known yet."""

    outcome: Outcome | None = None
    broker: bool = True
    busy: bool = False
    sent: list[Command] = field(default_factory=list)

    async def submit(self, command: Command) -> Outcome | None:
        if not self.broker:
            raise BrokerUnavailableError
        if self.busy:
            raise BusyError
        self.sent.append(replace(command, form=keepable(command.form)))
        return self.outcome

    async def follow(self, _municipality_id: str, _user_id: str, _sent: Sent, _seconds: float) -> Outcome | None:
        return self.outcome

    async def find(self, municipality_id: str, user_id: str, wanted: str) -> Sent | None:
        for command in self.sent:
            if (command.municipality_id, command.user_id, command.command_id) == (municipality_id, user_id, wanted):
                return Sent(command.command_id, command.kind, command.subject, command.form)
        return None

    async def catch_up(self, _municipality_id: str, _sent: Sent, _outcome: Outcome) -> None:
        """There is nothing to wait for."""


@dataclass
class FakeProvider:
    issuer: str = "https://login.example/ansattporten"
    down: bool = False
    claims_found: Mapping[str, Any] = field(default_factory=dict)
    refuses: LoginFault | None = None

    async def authorization_url(self, attempt: Attempt) -> str:
        if self.down:
            raise ProviderUnavailableError("down")
        return f"{self.issuer}/authorize?state={quote(attempt.state)}"

    async def logout_url(self, _return_to: str) -> str | None:
        return f"{self.issuer}/endsession"

    async def claims(self, _code: str, _attempt: Attempt) -> Mapping[str, Any]:
        if self.refuses:
            raise LoginRefusedError("refused", self.refuses)
        return self.claims_found


@dataclass
class FakeLooks:
    """``order``: what was done with whom, of looks and reads, in the order in which it was."""

    broken: bool = False
    written: list[tuple[Viewer, Wanted, Refusal | None]] = field(default_factory=list)
    reader: FakeReader | None = None

    async def record(self, viewer: Viewer, wanted: Wanted, refusal: Refusal | None = None) -> None:
        if self.broken:
            raise LookNotRecordedError("DiskFullError")
        if self.reader is not None:
            assert self.reader.folders_read <= len(self.written), "somebody was read before the look was written"
        self.written.append((viewer, wanted, refusal))

    async def record_all(self, viewer: Viewer, wanted: Sequence[Wanted]) -> None:
        for one in wanted:
            await self.record(viewer, one)


@dataclass
class FakeAudit:
    """The refusals, and the looks at lists, that were written down."""

    broken: bool = False
    written: list[tuple[Asker, Tried, Denied]] = field(default_factory=list)
    looks: list[tuple[str | None, str, str]] = field(default_factory=list)
    logins: list[LoginFault] = field(default_factory=list)

    async def looked(self, asker: Asker, municipality_id: str, list_id: str) -> None:
        if self.broken:
            raise NotRecordedError
        self.looks.append((asker.user_id, municipality_id, list_id))

    async def refused(self, asker: Asker, tried: Tried, why: Denied) -> bool:
        if not self.broken:
            self.written.append((asker, tried, why))
        return not self.broken

    async def login_failed(self, why: LoginFault, _client: str) -> bool:
        self.logins.append(why)
        return True


@dataclass
class FakeLetters:
    content: bytes = b"%PDF"

    async def read(self, _document: Any) -> bytes:
        return self.content


def settings(**changes: Any) -> GatewaySettings:
    values: dict[str, Any] = {
        "kafka_bootstrap_servers": "localhost:1",
        "database_url": "postgresql://nobody",
        "reader_database_url": "postgresql://nobody",
        "secret": "a secret of its own",
        "public_url": "https://fordeling.example",
        "oidc_issuer": "https://login.example/ansattporten",
        "oidc_client_id": "fordeling",
        "oidc_client_secret": "client secret",
        "object_store_url": "memory:///",
    }
    return GatewaySettings(**{**values, **changes})


_APPS: dict[str, Litestar] = {}


@dataclass
class Around:
    """The application around some parts. One is made for all with the same settings: that takes half a second."""

    parts: Any

    def __post_init__(self) -> None:
        key = repr(self.parts.settings)
        self.app = _APPS[key] if key in _APPS else _APPS.setdefault(key, make_app(self.parts, ASSETS))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.app.state["parts"] = self.parts
        await self.app(scope, receive, send)


@dataclass
class Desktop:
    """The application with its fakes, and a browser that keeps cookies."""

    user: User | None = None
    reader: FakeReader = field(default_factory=FakeReader)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    desk: FakeDesk = field(default_factory=FakeDesk)
    provider: FakeProvider = field(default_factory=FakeProvider)
    letters: FakeLetters = field(default_factory=FakeLetters)
    looks: FakeLooks = field(default_factory=FakeLooks)
    audit: FakeAudit = field(default_factory=FakeAudit)
    preferences: FakePreferences = field(default_factory=FakePreferences)
    settings: GatewaySettings = field(default_factory=settings)
    visits: Limits = field(default_factory=lambda: Limits(10_000))
    live: Any = None
    now: datetime = NOW
    lookout: Any = field(default_factory=Lookout)

    def __post_init__(self) -> None:
        self.sessions.user = self.user
        self.sessions.preferences = self.preferences
        self.looks.reader = self.reader
        cookies = Cookies(self.settings.secure)
        parts: Any = Parts(
            settings=self.settings,
            clock=FixedClock(self.now),
            cookies=cookies,
            provider=self.provider,  # type: ignore[arg-type]
            sessions=self.sessions,  # type: ignore[arg-type]
            reader=self.reader,  # type: ignore[arg-type]
            desk=self.desk,  # type: ignore[arg-type]
            letters=self.letters,  # type: ignore[arg-type]
            looks=self.looks,  # type: ignore[arg-type]
            audit=self.audit,  # type: ignore[arg-type]
            preferences=self.preferences,  # type: ignore[arg-type]
            visits=self.visits,
            strangers=self.visits,
            live=self.live,
            lookout=self.lookout,
            catalogue=CATALOGUE,
        )
        around = Around(parts)
        self.app = around.app
        self.client = TestClient(around, base_url="https://fordeling.example", raise_server_exceptions=False)
        if self.user:
            self.client.cookies.set(cookies.session, TOKEN)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, data: Mapping[str, str]) -> httpx.Response:
        """Send a form as the page that holds it would: with the token of a page seen before."""
        self.get(f"/kommune/{OSLO}/arbeidsflate")
        token = self.client.cookies.get("__Host-skjema", "")
        return self.client.post(path, data={"_csrf_token": token, **data}, follow_redirects=False)
