"""Beside the API, under ``/admin``: for who plays the receivers and the faults."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import get, post
from litestar.params import FromPath

from ops.svarut.journey import Status
from ops.svarut.office import FAULTS, AnyRequest, Office, ProblemError, time_text


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
            "historikk": [
                {"status": event.status.value, "tidspunkt": time_text(event.at)} for event in histories[one.id]
            ],
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
