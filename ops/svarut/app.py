"""The simulator's HTTP: the API as documented, and beside it ``/admin`` for who plays the receivers and the faults."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, Parameter

from ops.svarut.access import Access, DeniedError
from ops.svarut.journey import Status
from ops.svarut.reading import NotValidError, contents, read
from ops.svarut.store import Event, Shipment, Store

FAULTS = ("accept_and_hang", "refuse", "unavailable", "unavailable_after", "repeat_late", "unauthorized", "too_many")
"""Each is switched on for a number of requests: a letter is taken, and the answer never comes; refused with 400;
not taken, with 503; taken, with 503 all the same; a status is told again that was followed by another. Of any request:
its token is not accepted, 401; there were too many, 429."""

HAPPENED = {
    Status.MOTTATT: "Mottatt",
    Status.AKSEPTERT: "Akseptert for ekspedering",
    Status.AVVIST: "Avvist",
    Status.VARSLET: "Varsel sendt til mottaker",
    Status.LEST: "Lest av mottaker",
    Status.SENDT_PRINT: "Sendt til print",
    Status.PRINTET: "Printet",
    Status.MANUELT_HANDTERT: "Manuelt håndtert",
    Status.SENDT_DIGITALT: "Sendt digitalt",
    Status.SENDT_SDP: "Sendt til digital postkasse",
    Status.LEVERT_SDP: "Levert i digital postkasse",
    Status.KLAR_FOR_MOTTAK: "Klar for mottak",
    Status.IKKE_LEVERT: "Ikke levert",
}
"""What is told of an event is a text for people in the API, no status; these are not SvarUt's own words."""

HANG_SECONDS = 3600.0
MEGABYTE = 1024 * 1024


@dataclass
class Office:
    """What the handlers share. ``key``: SvarUt's own, for what is encrypted to its certificate."""

    account: str
    access: Access
    store: Store
    certificate: x509.Certificate
    key: RSAPrivateKey
    faults: Counter[str] = field(default_factory=Counter)
    posts: int = 0
    """Letters that were handed over since the start, taken or not."""

    def strikes(self, fault: str) -> bool:
        """Whether this request meets the fault."""
        if not self.faults[fault]:
            return False
        self.faults[fault] -= 1
        return True


class ProblemError(Exception):
    """An answer that is no success: ``ErrorMessage`` in the API."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


AnyRequest = Request[Any, Any, Any]


async def _enter(request: AnyRequest, account: str) -> Office:
    office: Office = request.app.state.office
    headers = request.headers
    try:
        await office.access.check(
            headers.get("authorization", ""), headers.get("integrasjonid", ""), headers.get("integrasjonpassord", "")
        )
    except DeniedError as error:
        raise ProblemError(error.status, error.code) from None
    if office.strikes("unauthorized"):
        raise ProblemError(401, "token")
    if office.strikes("too_many"):
        raise ProblemError(429, "for-mange")
    if account != office.account:
        raise ProblemError(404, "konto")
    return office


@post("/api/v2/kontoer/{account:str}/forsendelser", status_code=200)
async def send(request: AnyRequest, account: FromPath[str]) -> dict[str, str]:
    """Take a letter in."""
    office = await _enter(request, account)
    office.posts += 1
    if office.strikes("unavailable"):
        raise ProblemError(503, "utilgjengelig")
    letter_text, files = await _parts(request)
    if office.strikes("refuse"):
        raise ProblemError(400, "avvist")
    try:
        letter = read(letter_text, files)
        documents = await asyncio.to_thread(contents, letter, files, office.certificate, office.key)
    except NotValidError as error:
        raise ProblemError(400, error.code) from None
    columns = {
        "account": account,
        "external_reference": letter.eksternReferanse,
        "title": letter.tittel,
        "system": letter.avgivendeSystem,
        "digital_id": letter.mottaker.digitalId or "",
        "digital_only": letter.kunDigitalLevering,
        "receiver": letter.mottaker.model_dump_json(exclude={"digitalId"}, exclude_none=True),
    }
    identity = await asyncio.to_thread(office.store.add, columns, documents)
    if office.strikes("accept_and_hang"):
        await asyncio.sleep(HANG_SECONDS)
    if office.strikes("unavailable_after"):
        raise ProblemError(503, "utilgjengelig")
    return {"id": identity}


async def _parts(request: AnyRequest) -> tuple[bytes | str, list[tuple[str, bytes]]]:
    """Take the multipart body apart: the letter, then its files by the numbers in their names (filer_0, filer_1 …).

    Litestar's form does not tell the order in which parts came: its items come in the order of a set.
    """
    form = await request.form()
    letters = form.getall("forsendelse", [])
    if len(letters) != 1 or isinstance(letters[0], UploadFile):
        raise ProblemError(400, "forsendelse")
    names = sorted({name for name, part in form.multi_items() if isinstance(part, UploadFile)}, key=_part_number)
    uploads = [part for name in names for part in form.getall(name) if isinstance(part, UploadFile)]
    return letters[0], [(part.filename, await part.read()) for part in uploads]


def _part_number(name: str) -> tuple[int, str]:
    digits = name.rpartition("_")[2]
    return (int(digits) if digits.isdecimal() else 0, name)


@get("/api/v2/kontoer/{account:str}/forsendelser")
async def find(
    request: AnyRequest, account: FromPath[str], external_reference: Annotated[str, Parameter(query="eksternRef")]
) -> dict[str, list[str]]:
    """Tell the ids of letters with a sender's reference."""
    found = await _found(request, account, external_reference)
    return {"forsendelseIds": [shipment.id for shipment in found]}


@get("/api/v2/kontoer/{account:str}/forsendelser/metadata")
async def find_metadata(
    request: AnyRequest, account: FromPath[str], external_reference: Annotated[str, Parameter(query="eksternRef")]
) -> dict[str, list[dict[str, str]]]:
    """Tell more of them."""
    found = await _found(request, account, external_reference)
    told = [{"id": one.id, "dato": _time(one.came_at), "avgivendeSystem": one.system} for one in found]
    return {"forsendelser": told}


async def _found(request: AnyRequest, account: str, external_reference: str) -> list[Shipment]:
    office = await _enter(request, account)
    return await asyncio.to_thread(office.store.find, account, external_reference)


@post("/api/v2/kontoer/{account:str}/forsendelser/status-sok", status_code=200)
async def statuses(
    request: AnyRequest, account: FromPath[str], data: dict[str, list[str]]
) -> dict[str, list[dict[str, str]]]:
    """Tell the last status of each."""
    office = await _enter(request, account)
    found = await asyncio.to_thread(office.store.history, account, data.get("forsendelseIds", []))
    return {"statuser": [_told(office, identity, events) for identity, events in found.items()]}


def _told(office: Office, identity: str, events: list[Event]) -> dict[str, str]:
    last = events[-1]
    if len(events) > 1 and office.strikes("repeat_late"):
        last = events[-2]
    return {"id": identity, "status": last.status.value, "sisteStatusEndring": _time(last.at)}


@get("/api/v2/forsendelser/{identity:str}/hendelser")
async def events(request: AnyRequest, identity: FromPath[str]) -> dict[str, list[dict[str, str]]]:
    """Tell all that has happened to one."""
    office: Office = request.app.state.office
    await _enter(request, office.account)
    found = await asyncio.to_thread(office.store.history, office.account, [identity])
    if identity not in found:
        raise ProblemError(404, "forsendelse")
    told = [{"tidspunkt": _time(event.at), "hendelse": HAPPENED[event.status]} for event in found[identity]]
    return {"hendelser": told}


@get("/readyz")
async def ready() -> dict[str, str]:
    """Say that it serves."""
    return {"status": "ready"}


@get("/admin/forsendelser")
async def shipments(request: AnyRequest) -> list[dict[str, Any]]:
    """List all letters with their receivers' addresses, their histories and the names of their files."""
    office: Office = request.app.state.office
    return await asyncio.to_thread(_all, office)


def _all(office: Office) -> list[dict[str, Any]]:
    found = office.store.all()
    histories = office.store.history(office.account, [one.id for one in found])
    return [
        {
            "id": one.id,
            "eksternReferanse": one.external_reference,
            "tittel": one.title,
            "digital": bool(one.digital_id),
            "kunDigitalLevering": one.digital_only,
            "mottaker": one.receiver,
            "dokumenter": office.store.document_names(one.id),
            "historikk": [{"status": event.status.value, "tidspunkt": _time(event.at)} for event in histories[one.id]],
        }
        for one in found
    ]


@post("/admin/forsendelser/{identity:str}/status", status_code=204)
async def set_status(request: AnyRequest, identity: FromPath[str], data: dict[str, str]) -> None:
    """Give a letter any of the 13 statuses; its own journey ends there. Body: ``{"status": "LEST"}``."""
    office: Office = request.app.state.office
    if data.get("status") not in set(Status):
        raise ProblemError(400, "status")
    if not await asyncio.to_thread(office.store.set_status, identity, Status(data["status"])):
        raise ProblemError(404, "forsendelse")


@post("/admin/klokke", status_code=200)
async def set_clock(request: AnyRequest, data: dict[str, float]) -> dict[str, float]:
    """Change the clock. Body: ``{"fart": 600, "frem": 172800}``, times the world's, and seconds to skip."""
    office: Office = request.app.state.office
    speed = data.get("fart")
    if speed is not None and not speed > 0:
        raise ProblemError(400, "fart")
    clock = await asyncio.to_thread(office.store.set_clock, speed=speed, skip=data.get("frem", 0.0))
    return {"fart": clock.speed}


@post("/admin/feil", status_code=200)
async def set_faults(request: AnyRequest, data: dict[str, int]) -> dict[str, int]:
    """Switch faults on, each for a number of requests, or off with 0; see ``FAULTS``. Tells those that wait."""
    office: Office = request.app.state.office
    if not data.keys() <= set(FAULTS):
        raise ProblemError(400, "feil")
    office.faults.update({fault: count - office.faults[fault] for fault, count in data.items()})
    return {fault: office.faults[fault] for fault in FAULTS}


@get("/admin/tall")
async def numbers(request: AnyRequest) -> dict[str, int]:
    """Tell how many letters have been handed over, taken or not, since the start."""
    return {"mottatteKall": request.app.state.office.posts}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _problem(request: AnyRequest, error: ProblemError) -> Response[Mapping[str, Any]]:
    told = {"status": error.status, "error": error.code, "errorCode": error.code, "path": request.url.path}
    return Response(told, status_code=error.status)


def make_app(office: Office) -> Litestar:
    """Make the web application."""
    handlers = [
        send,
        find,
        find_metadata,
        statuses,
        events,
        ready,
        shipments,
        set_status,
        set_clock,
        set_faults,
        numbers,
    ]
    app = Litestar(
        handlers,
        exception_handlers={ProblemError: _problem},
        openapi_config=None,
        request_max_body_size=400 * MEGABYTE,
    )
    app.state.office = office
    return app
