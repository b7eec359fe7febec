"""Two municipalities on a real database behind the whole application; what would go to Kafka is kept here instead."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
from litestar import Litestar

from chassis.clock import FixedClock
from chassis.storage.database import Pool, create_pool
from contracts.codes import LetterKind, Role
from contracts.envelope import Envelope, Message
from contracts.letters.v1 import Document, LetterState
from gateway.api.limits import Limits
from gateway.api.parts import ApiParts
from gateway.api.requests import Asked, Requests, command_id as api_command_id
from gateway.app import make_app
from gateway.audit.record import Audit
from gateway.auth.cookies import Cookies
from gateway.auth.machines import Municipalities
from gateway.auth.rights import Grant
from gateway.auth.sessions import Sessions
from gateway.auth.users import pseudonym
from gateway.commands.bounds import Bounds, Most
from gateway.commands.desk import Desk, Kind
from gateway.commands.progress import Progress
from gateway.commands.wakeups import Wakeups
from gateway.folders.looks import Looks
from gateway.live.dispatcher import Dispatcher
from gateway.live.news import Place
from gateway.live.source import Database
from gateway.live.standing import StandingSessions
from gateway.live.subscriber import End, Subscriber
from gateway.pages.preferences import Preferences
from gateway.parts import Parts
from gateway.readmodel.reader import Reader
from tests.browser.stage import ledgers, reports as stage_reports, world
from tests.browser.stage.settling import folders
from tests.browser.stage.world import BERGEN, MUNICIPALITIES, OSLO, OneList
from tests.integration.gateway.conftest import Urls, settings
from tests.integration.gateway.projecting import received, records, write
from tests.unit.gateway.api_fakes import ISSUER, FakeIssuer
from tests.unit.gateway.fakes import ASSETS, FakeLetters, FakeProvider

SECRET_OF_BERGEN = "Bergenshemmelighet"
"""Stands in all that Bergen's has words in: no answer to anybody else may hold it."""

USER, OTHER, READER, NOBODYS, OPERATOR = "u-writer", "u-bergen", "u-reader", "u-nowhere", "u-operator"


@dataclass(frozen=True, slots=True)
class Ids:
    """What stands for something of one municipality in a path, a form, a body or a query."""

    municipality_id: str
    list_id: str
    letter_id: str
    report_id: str
    command: str
    api_command: str
    notice: str
    duf_number: str
    year: int = 0

    @property
    def request_letter_id(self) -> str:
        """Give the letter of the year's request."""
        return self.letter_id[:-1] + "9"

    def values(self, *, of_year: bool = False) -> dict[str, Any]:
        """Give them by the names that paths have; letters are a list's or ``of_year``."""
        letter_id = self.request_letter_id if of_year else self.letter_id
        return {
            "municipality_id": self.municipality_id,
            "list_id": self.list_id,
            "name": f"{letter_id}.pdf",
            "letter_id": letter_id,
            "report_id": self.report_id,
            "slug": "boliger",
            "wanted": self.command,
            "command_id": self.api_command,
            "running_number": 1,
            "number": 1,
            "household": 1,
            "year": self.year,
            "message_type": "distribution.answer.v1",
        }


YEAR = world.now().year
CASE_SYSTEM = "case-system"
OF_OSLO = Ids(
    OSLO,
    "FL-2026-000401",
    "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c01",
    stage_reports.HOME,
    "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c02",
    "",
    "",
    "",
    YEAR,
)
OF_BERGEN = Ids(
    BERGEN,
    "FL-2026-000402",
    "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11",
    stage_reports.identity("bergen"),
    "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c12",
    "",
    "",
    "",
    YEAR,
)
OF_NOBODY = Ids(
    "k-9999",
    "FL-2026-000499",
    "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c21",
    stage_reports.identity("nobody"),
    "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c22",
    "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c23",
    "n-nobody",
    "202600000000",
    YEAR,
)


@dataclass
class Recorder:
    """In the publisher's place: keeps what was handed over."""

    sent: list[tuple[str, str, Any]] = field(default_factory=list)

    async def publish(self, topic: str, key: str, _envelope: Envelope, value: bytes) -> None:
        self.sent.append((topic, key, value.decode()))


class OnlyMissed(Dispatcher):
    """Tells a page what it missed, and ends its stream."""

    @contextmanager
    def subscribed(self, subscriber: Subscriber) -> Iterator[Place]:
        with super().subscribed(subscriber) as place:
            subscriber.end(End.STOPPING)
            yield place


@dataclass
class Stage:
    """The application, and who may use it. ``tokens``: of sessions, by a caller's word."""

    app: Litestar
    parts: Parts
    published: Recorder
    owner: Pool
    clock: FixedClock
    tokens: dict[str, str]
    oslo: Ids
    bergen: Ids
    nobody: Ids
    http: httpx.AsyncClient
    form_token: str = ""
    """What a form and its cookie hold alike; whose it is, is not told apart."""

    async def ask(self, method: str, path: str, session: str | None, headers: dict[str, str], **more: Any) -> Any:
        """Ask as a browser that has the cookie of a session, or none, and the one of forms."""
        cookies = {self.parts.cookies.csrf: self.form_token} | (
            {self.parts.cookies.session: session} if session else {}
        )
        self.http.cookies.clear()
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        return await self.http.request(method, path, headers=headers | sent, **more)


def _theirs(one: OneList, municipality_id: str) -> OneList:
    """Make a list another municipality's."""
    words = SECRET_OF_BERGEN if municipality_id == BERGEN else "Vi tar gjerne en til."
    moved = {"municipality_id": municipality_id, "message": words}
    persons = [each.model_copy(update={"municipality_id": municipality_id}) for each in one.persons]
    return replace(one, state=one.state.model_copy(update=moved), persons=persons)


def _letter(ids: Ids) -> LetterState:
    document = Document(object_key=f"letters/{ids.letter_id}.pdf", sha256="0" * 64, size=4, created_at=world.now())
    return LetterState(
        letter_id=ids.letter_id,
        municipality_id=ids.municipality_id,
        list_id=ids.list_id,
        kind=LetterKind.ANSWER,
        planned_at=world.now(),
        document=document,
    )


def _told(ids: Ids, one: OneList) -> Iterator[tuple[str, Message, int]]:
    """Tell of one municipality what its owners' topics would."""
    for folder in folders(one):
        yield f"{ids.list_id}/{folder.running_number}", folder, 1
    message = world.say(one, None, SECRET_OF_BERGEN if ids.municipality_id == BERGEN else "Holder det med heis?")
    yield f"{ids.list_id}/messages/{message.number}", message, one.version
    yield ids.letter_id, _letter(ids), 1
    case = f"ANM-{YEAR}-{ids.municipality_id[2:]}"
    of_year = {"letter_id": ids.request_letter_id, "list_id": case, "kind": LetterKind.REQUEST, "year": YEAR}
    yield ids.request_letter_id, _letter(ids).model_copy(update=of_year), 1
    for notice in world.notices(one):
        yield notice.notice_id, notice, 1
    [home] = [report for report in stage_reports.reports() if report.report_id == stage_reports.HOME]
    moved = {"municipality_id": ids.municipality_id, "report_id": ids.report_id}
    yield f"{ids.municipality_id}/reports/{ids.report_id}", home.model_copy(update=moved), 1
    year = ledgers.ledger(ids.municipality_id, YEAR, (100, 4), settled=1, placed=2, requested=(0, 0))
    yield f"{ids.municipality_id}/{YEAR}", year, 1


async def _fill(owner: Pool, ids: Ids) -> Ids:
    one = _theirs(world.answered(ids.list_id, 3, settled=1), ids.municipality_id)
    batch = [received(key, message, sequence) for key, message, sequence in _told(ids, one)]
    await write(owner, *records(one), *batch)
    [folder, *_] = folders(one)
    [notice, *_] = world.notices(one)
    return replace(ids, notice=notice.notice_id, duf_number=folder.duf_number)


async def _commands(stage_pool: Pool, requests: Requests, ids: Ids, user_id: str, client: str) -> Ids:
    """Have a user and a program of a municipality have sent something."""
    await stage_pool.execute(
        "INSERT INTO gateway.command VALUES ($1, $2, $3, 'save', $4, '{}', $5)",
        ids.command, ids.municipality_id, user_id, ids.list_id, requests.clock.now(),
    )  # fmt: skip
    identity = api_command_id(client, "a-key")
    await requests.claim(Asked(identity, client, ids.municipality_id, Kind.SAVE, ids.list_id, b""))
    return replace(ids, api_command=identity)


def client_of(municipality_id: str) -> str:
    """Give the pseudonym of the municipality's program."""
    return pseudonym("a key", ISSUER, f"{MUNICIPALITIES[municipality_id][4]}/{CASE_SYSTEM}")


async def _sessions(sessions: Sessions, clock: FixedClock) -> dict[str, str]:
    """Log in everybody who is to try; the expired have been away for too long, or in for too long."""
    oslo, bergen = (MUNICIPALITIES[one][4] for one in (OSLO, BERGEN))
    now = clock.now()
    clock.time = now - timedelta(hours=9)
    worn = await sessions.start(USER, "Kari", [Grant(oslo, Role.SETTLEMENT_WRITER)])
    await sessions.pool.execute("UPDATE gateway.session SET seen_at = $1", now)
    clock.time = now - timedelta(minutes=31)
    idle = await sessions.start(USER, "Kari", [Grant(oslo, Role.SETTLEMENT_WRITER)])
    clock.time = now
    ended = await sessions.start(USER, "Kari", [Grant(oslo, Role.SETTLEMENT_WRITER)])
    await sessions.end(ended)
    return {
        "writer": await sessions.start(USER, "Kari", [Grant(oslo, Role.SETTLEMENT_WRITER)]),
        "reader": await sessions.start(READER, "Rolf", [Grant(oslo, Role.SETTLEMENT_READER)]),
        "other": await sessions.start(OTHER, "Berit", [Grant(bergen, Role.SETTLEMENT_WRITER)]),
        "operator": await sessions.start(OPERATOR, "Kristin", [], operator=True),
        "rightless": await sessions.start(NOBODYS, "Nils", []),
        "idle": idle,
        "worn": worn,
        "ended": ended,
    }


@asynccontextmanager
async def standing(urls: Urls) -> AsyncIterator[Stage]:
    """Set the stage."""
    clock = FixedClock(world.now())
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(await create_pool(urls.owner, name="isolation-owner"))
        reading = await stack.enter_async_context(await create_pool(urls.reader, name="isolation-reader"))
        published, reader = Recorder(), Reader(reading)
        await write(pool, *(received(one.municipality_id, one, 1) for one in world.municipalities()))
        requests = Requests(pool, reader, clock)
        oslo = await _commands(pool, requests, await _fill(pool, OF_OSLO), USER, client_of(OSLO))
        bergen = await _commands(pool, requests, await _fill(pool, OF_BERGEN), OTHER, client_of(BERGEN))
        chosen = settings(urls, public_url="https://fordeling.example", maskinporten_issuer=ISSUER)
        sessions = Sessions(pool, clock, chosen.idle, chosen.lifetime)
        tokens = await _sessions(sessions, clock)
        most = Most(10_000, 10_000)
        live = OnlyMissed(Database(pool, reader), StandingSessions(sessions), Wakeups(), 10, retry_ms=(3000, 3000))
        live.place = Place(2**50, 0)
        parts = Parts(
            settings=chosen,
            clock=clock,
            cookies=Cookies(chosen.secure),
            provider=FakeProvider(),  # type: ignore[arg-type]
            sessions=sessions,
            reader=reader,
            desk=Desk(
                pool,
                reader,
                published,  # type: ignore[arg-type]
                Wakeups(),
                Progress(reader),
                Bounds(pool, most, most),
                clock,
                0.0,
            ),
            letters=FakeLetters(),  # type: ignore[arg-type]
            looks=Looks(reading),
            audit=Audit(reading, Limits(10**6)),
            preferences=Preferences(pool),
            visits=Limits(10**6),
            strangers=Limits(10**6),
            live=live,
            api=ApiParts(FakeIssuer().tokens(), Municipalities(pool, clock), Limits(10**6), requests),
        )
        app = make_app(parts, ASSETS)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
        http = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=transport, base_url="https://fordeling.example", headers={"Accept-Encoding": "identity"}
            )
        )
        stage = Stage(app, parts, published, pool, clock, tokens, oslo, bergen, OF_NOBODY, http)
        await http.get("/hjelp")
        stage.form_token = http.cookies[parts.cookies.csrf]
        yield stage
