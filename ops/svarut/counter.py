"""The simulator's API as documented: letters are handed over here, and asked after."""

from __future__ import annotations

import asyncio
from typing import Annotated

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, Parameter

from ops.svarut.access import DeniedError
from ops.svarut.journey import Status
from ops.svarut.office import AnyRequest, Office, ProblemError, time_text
from ops.svarut.reading import NotValidError, contents, read
from ops.svarut.store import Event, Shipment

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
    told = [{"id": one.id, "dato": time_text(one.came_at), "avgivendeSystem": one.system} for one in found]
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
    return {"id": identity, "status": last.status.value, "sisteStatusEndring": time_text(last.at)}


@get("/api/v2/forsendelser/{identity:str}/hendelser")
async def events(request: AnyRequest, identity: FromPath[str]) -> dict[str, list[dict[str, str]]]:
    """Tell all that has happened to one."""
    office: Office = request.app.state.office
    await _enter(request, office.account)
    found = await asyncio.to_thread(office.store.history, office.account, [identity])
    if identity not in found:
        raise ProblemError(404, "forsendelse")
    told = [{"tidspunkt": time_text(event.at), "hendelse": HAPPENED[event.status]} for event in found[identity]]
    return {"hendelser": told}
