"""The pages of operations: what they ask of whom, what they show, and to whom."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from chassis.clock import FixedClock
from gateway.audit.record import Denied
from gateway.auth.rights import ASKED_FOR, OPERATIONS, operates
from gateway.operations import lookout
from gateway.operations.figures import read
from gateway.operations.lookout import Lookout, Place, State
from gateway.operations.view import View
from tests.unit.gateway.fakes import CATALOGUE, Desktop, FakeProvider, FakeSessions, settings
from tests.unit.gateway.operations_samples import OPERATED, OPERATOR, UNWELL, FakeLookout, metrics, process
from tests.unit.gateway.samples import NOW, OSLO, READER, user
from tests.unit.gateway.test_rights import WRITE, detail

PAGES = [
    "/drift",
    "/drift/meldinger",
    "/drift/meldinger/distribution.answer.v1",
    "/drift/asyncapi.json",
    "/drift/asyncapi.yaml",
]
OPERATORS = "987879696"
Answer = Callable[[httpx.Request], Awaitable[httpx.Response]]


@pytest.mark.parametrize("path", PAGES)
def test_operations_are_nobodys_of_a_municipality(path: str) -> None:
    """Writers and readers are told that there is no such page, and it is written down; nobody is sent to log in."""
    for whose in (user(), user(READER)):
        found = Desktop(whose)
        assert found.get(path).status_code == 404
        [(asker, tried, why)] = found.audit.written
        assert (asker.user_id, asker.role, tried.municipality_id, why) == ("u-1", None, None, Denied.NO_ACCESS)
        assert tried.what == "GET " + path.replace("distribution.answer.v1", "{message_type}")
    nobody = Desktop()
    assert nobody.get(path).headers["location"] == "/logg-inn?neste=" + path.replace("/", "%2F")
    assert [why for *_, why in nobody.audit.written] == [Denied.NOT_AUTHENTICATED]


def test_an_operator_sees_operations_and_no_municipality() -> None:
    """From the front page on to them; a page about a municipality is as one that does not exist, and written down."""
    found = Desktop(OPERATOR)
    assert found.get("/").headers["location"] == "/drift"
    assert found.get("/velg-kommune").headers["location"] == "/drift"
    assert [found.get(path).status_code for path in PAGES] == [200] * len(PAGES)
    assert found.audit.written == []
    assert found.get(f"/kommune/{OSLO}/arbeidsflate").status_code == 404
    assert [(asker.user_id, why) for asker, _, why in found.audit.written] == [("u-9", Denied.NO_ACCESS)]


def test_the_right_counts_in_the_organisations_that_run_the_system() -> None:
    """A municipality that gives the right to itself, and a setting that names nobody, open nothing."""
    claims = {"authorization_details": [detail(OPERATIONS, OPERATORS)]}
    assert operates(claims, {OPERATORS})
    assert not operates(claims, frozenset())
    assert not operates({"authorization_details": [detail(OPERATIONS, "958935420")]}, {OPERATORS})
    assert not operates({"authorization_details": [detail(WRITE, OPERATORS)]}, {OPERATORS})
    assert OPERATIONS in {one["resource"] for one in ASKED_FOR}


@pytest.mark.parametrize("named", [OPERATORS, ""])
def test_an_operators_login_opens_no_municipality(named: str) -> None:
    """Whatever else its token gives; where nobody is named as operator it is a login as any other."""
    details = [detail(OPERATIONS, OPERATORS), detail(WRITE, "958935420")]
    claims = {"sub": "12345678901", "name": "Kristin", "authorization_details": details}
    sessions = FakeSessions()
    chosen: Any = settings(operations_organisations=named)
    found = Desktop(provider=FakeProvider(claims_found=claims), sessions=sessions, settings=chosen)
    found.get("/logg-inn?neste=/drift")
    [state] = sessions.attempts
    assert found.get(f"/logg-inn/retur?code=c&state={state}").headers["location"] == "/drift"
    [(_, _, grants)] = sessions.started
    assert sessions.operators == [bool(named)]
    assert [one.organisation_number for one in grants] == ([] if named else ["958935420"])


def shown(seen: lookout.Seen) -> str:
    """Give the words of the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", Desktop(OPERATOR, lookout=FakeLookout(seen)).get("/drift").text).split())


def test_the_page_shows_sums_and_times() -> None:
    """State, version, alarms with their runbook, outboxes, lag by group, queues, deadlines; what is unknown is said."""
    page = shown(UNWELL)
    for told in (
        "distribution Klar 0.1.0 Meldinger er satt til side (se docs/runbooks/dead-letters.md)",
        "Utboksen er på etterskudd (se docs/runbooks/outbox.md)",
        "municipality Ikke klar 0.1.0",
        "notification Står fast",
        "letters Svarer ikke – ukjent",
        "distribution 1 234 2 timer 0 2",
        "municipality ukjent ukjent ukjent ukjent",
        "Venter på å bli sendt 12 Den som har ventet lengst, skulle vært tatt for 2 minutter siden.",
        "Brev og SvarUt Ukjent: tjenesten svarer ikke",
        "Frist i dag eller innen to dager 7 Over fristen 3",
        "Lister: Ny 41",
        "distribution.one distribution.state.v1 2 50 002",
        "Noe må ses på",
    ):
        assert told in page, told
    assert "Alle tjenestene er klare" in Desktop(OPERATOR, lookout=FakeLookout(OPERATED)).get("/drift").text


def test_the_page_shows_whom_mails_do_not_reach() -> None:
    """Mails to decide about, marked contacts, municipalities without anybody, digests; or that it is unknown."""
    page = shown(OPERATED)
    for told in (
        "14 samlede e-poster går neste arbeidsdag kl. 07.30.",
        "E-poster noen må ta stilling til Avvist 3 Se docs/runbooks/mail.md.",
        "Kontakter e-post ikke kommer fram til Kommet i retur 5",
        "Kommuner der ingen får varsler på e-post Ingen kontakt er registrert 8 E-post når ingen av kontaktene 1",
    ):
        assert told in page, told
    away = shown(UNWELL)
    assert "Kontakter e-post ikke kommer fram til Ukjent: tjenesten svarer ikke" in away
    mended = metrics("municipality").replace("5.0", "0.0").partition("fordeling_municipalities")[0]
    well = shown(lookout.Seen(NOW, (process("notification", metrics("notification")), process("municipality", mended))))
    assert "Kontakter e-post ikke kommer fram til Ingen. Kommuner der ingen får varsler på e-post Ingen." in well


def test_a_wait_of_nothing_is_a_dash() -> None:
    """And not a length of time in words."""
    assert "distribution 0 – 0 0" in shown(OPERATED)


def test_a_service_of_several_processes_is_counted_once() -> None:
    """What lies in its database each of them tells; partitions are one's alone; who is away has no figures."""
    view = View(lookout.Seen(NOW, (*OPERATED.processes, *UNWELL.processes)))
    [outbox] = [one for one in view.outboxes if one.service == "distribution"]
    assert (outbox.rows, outbox.parked) == (1234, 2)
    assert view.mails.by_state == {"planned": 12}
    assert {one.group: one.records for one in view.lags}["distribution.one"] == 50_002
    assert not View(lookout.Seen(NOW, UNWELL.processes[3:4])).letters.known


def test_only_figures_that_are_shown_are_read() -> None:
    """A process tells thousands of lines; most are for Prometheus alone."""
    told = read(metrics("letters", rows=3))
    assert told.one("outbox_rows") == 3
    assert told.by("letters_in_hand", "stage") == {"to_make": 0, "to_send": 4, "followed": 5}
    assert "process_cpu_seconds_total" not in told.samples
    assert told.one("lists_overdue") is None


def asking(answer: Answer, *services: str, ask_seconds: float = 60) -> Lookout:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    places = [Place(one, f"http://{one}:8081") for one in services]
    return Lookout(places, http, FixedClock(NOW), monotonic=lambda: 0.0, ask_seconds=ask_seconds)


async def well(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/metrics":
        return httpx.Response(200, text=metrics(request.url.host, rows=4))
    return httpx.Response(200, json={"status": "ok", "version": "1.2"})


async def test_all_are_asked_at_once_and_not_again_for_some_seconds() -> None:
    """Nobody waits for one after the other; a page that is loaded again and again is no load for them."""
    asked: list[str] = []
    everybody = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if len(asked) == 6:
            everybody.set()
        await everybody.wait()
        return await well(request)

    watching = asking(answer, "letters", "gateway")
    first, second = await asyncio.gather(watching.look(), watching.look())
    assert first is second
    assert len(asked) == 6
    assert [(one.state, one.version, one.figures.one("outbox_rows")) for one in first.processes] == [
        (State.READY, "1.2", 4)
    ] * 2
    watching.monotonic = lambda: lookout.KEEP_SECONDS
    assert await watching.look() is not first


async def refused(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


async def silent(_request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(3600)
    raise AssertionError


async def somebody_else(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text="<html>", headers={"content-type": "text/html"})


async def endless(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=b"x" * (lookout.MOST_BYTES + 1))


@pytest.mark.parametrize("answer", [refused, silent, somebody_else, endless])
async def test_who_does_not_answer_is_shown_so(answer: Answer) -> None:
    """It refuses, hangs, is another program, or never ends: the others are shown all the same, and soon."""

    async def one_of_two(request: httpx.Request) -> httpx.Response:
        return await (answer if request.url.host == "letters" else well)(request)

    seen = await asking(one_of_two, "letters", "gateway", ask_seconds=2 if answer is silent else 60).look()
    assert [one.state for one in seen.processes] == [State.SILENT, State.READY]


@pytest.mark.parametrize(("live", "ready", "state"), [(200, 503, State.NOT_READY), (503, 200, State.STUCK)])
async def test_a_process_that_cannot_work_is_told_from_one_that_stands_still(
    live: int, ready: int, state: State
) -> None:
    """The first waits for somebody else, the second for a restart."""

    async def answer(request: httpx.Request) -> httpx.Response:
        found = await well(request)
        found.status_code = {"/livez": live, "/readyz": ready}.get(request.url.path, 200)
        return found

    [process] = (await asking(answer, "letters").look()).processes
    assert process.state is state


@pytest.mark.parametrize("wanted", ["letters", "letters=ftp://x", "=http://x", "letters=", "http://letters:8081"])
def test_whom_to_ask_is_checked_at_start(wanted: str) -> None:
    """An address that cannot be one is told with its variable."""
    with pytest.raises(ValueError, match="OPERATIONS_SERVICES"):
        settings(operations_services=wanted)
    with pytest.raises(ValueError, match="OPERATIONS_ORGANISATIONS"):
        settings(operations_organisations="IMDi")
    several = settings(operations_services="a=http://one:1, a=https://two:2/,")
    assert several.watched == (Place("a", "http://one:1"), Place("a", "https://two:2"))


def test_the_catalogue_shows_every_topic_and_message() -> None:
    """Each topic with who writes and reads it, each message with its fields, codes and examples, linked from there."""
    found = Desktop(OPERATOR)
    page = found.get("/drift/meldinger").text
    for channel in CATALOGUE.channels:
        assert f'id="{channel.name}"' in page
        assert channel.senders
        assert all(f'href="/drift/meldinger/{name}"' in page for name in channel.messages)
    assert len(CATALOGUE.summaries) > 90
    for name in CATALOGUE.summaries:
        message = CATALOGUE.message(name)
        assert message is not None
        assert message.parts[0].fields, name
    answer = found.get("/drift/meldinger/distribution.answer.v1").text
    for told in ("running_number", "minimum 1, maximum 1000", "no_suitable_housing", "distribution.answers.v1"):
        assert told in answer
    assert found.get("/drift/meldinger/no.such.v1").status_code == 404


def references(document: Any) -> list[str]:
    """Give every reference of a document."""
    if isinstance(document, dict):
        own = [document["$ref"]] if isinstance(document.get("$ref"), str) else []
        return own + [one for value in document.values() for one in references(value)]
    return [one for value in document for one in references(value)] if isinstance(document, list) else []


def test_the_document_stands_alone() -> None:
    """As JSON and as YAML the same; every reference is to something within; its schemas take the examples."""
    found = Desktop(OPERATOR)
    document = json.loads(found.get("/drift/asyncapi.json").text)
    assert yaml.load(found.get("/drift/asyncapi.yaml").text, yaml.CSafeLoader) == document
    for reference in set(references(document)):
        at = document
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]
    for name in ("imdi.publish-distribution-list.v1", "distribution.answer.v1"):
        message = CATALOGUE.message(name)
        assert message is not None
        schema = document["components"]["schemas"][name] | {"components": document["components"]}
        for example in message.examples.values():
            Draft202012Validator(schema).validate(json.loads(example))
