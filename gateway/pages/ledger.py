"""Plassregnskap: the ledger of places of a year, line by line with what was left, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Template

from contracts.codes import PlaceKind
from gateway.auth.guards import access_of
from gateway.exports.csv_file import MEDIA_TYPE, csv_bytes
from gateway.exports.tables import Cell
from gateway.language import _
from gateway.pages.format import OSLO, moment, today
from gateway.pages.labels import label
from gateway.pages.municipality import page_number, year_in
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts
from gateway.readmodel.agreements import YEARS
from gateway.readmodel.ledger import PAGE_SIZE, Ledger, LedgerWanted, find_ledger

KINDS = {"ordinare": PlaceKind.ORDINARY, "em": PlaceKind.UNACCOMPANIED_MINOR}

Year = Annotated[str | None, QueryParameter(name="ar")]
Day = Annotated[str, QueryParameter(name="per")]


def end_of(last: date) -> datetime:
    """Give the moment at which a day ends in Norway."""
    return datetime.combine(last + timedelta(days=1), time(), OSLO)


def day_in(text: str) -> date | None:
    """Read a date of an address or a form; what is none, or of another age, is left out."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


@get("/plassregnskap", include_in_schema=False)
async def ledger(
    request: PageRequest,
    *,
    parts: NamedDependency[Parts],
    year: Year = None,
    as_of: Day = "",
    kind: Annotated[str, QueryParameter(name="plasser")] = "ordinare",
    number: Annotated[str, QueryParameter(name="side")] = "1",
) -> Template:
    """One kind of place in a year, the newest line first. What the address asks for and there is not, is left out."""
    access, wanted = access_of(request), _wanted(parts, year, as_of)
    shown = kind if kind in KINDS else "ordinare"
    place = page_number(number)
    found = await find_ledger(
        parts.reader,
        access.municipality_id,
        replace(wanted, kind=KINDS[shown], limit=PAGE_SIZE, offset=(place - 1) * PAGE_SIZE, newest_first=True),
    )
    last = day_in(as_of)
    query = {"ar": str(wanted.year), "per": last.isoformat() if last else "", "plasser": shown}
    this_year = today(parts.clock.now()).year
    return page(
        request,
        "ledger.html",
        access=access,
        found=found,
        year=wanted.year,
        years=sorted({this_year, wanted.year, *found.years}, reverse=True),
        as_of=last,
        kind=KINDS[shown],
        kinds=KINDS,
        number=place,
        query={name: value for name, value in query.items() if value},
    )


@get("/plassregnskap.csv", include_in_schema=False, media_type=MEDIA_TYPE)
async def ledger_file(
    request: PageRequest, parts: NamedDependency[Parts], year: Year = None, as_of: Day = ""
) -> Response[bytes]:
    """All lines of a year, both kinds, as a file that Excel opens: semicolons, and a comma is never a mark."""
    access, wanted = access_of(request), _wanted(parts, year, as_of)
    found = await find_ledger(parts.reader, access.municipality_id, wanted)
    last = day_in(as_of)
    name = f"plassregnskap-{access.municipality_id}-{wanted.year}" + (f"-per-{last.isoformat()}" if last else "")
    return Response(
        csv_bytes(list(_rows(found))),
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _wanted(parts: Parts, year: str | None, as_of: str) -> LedgerWanted:
    last, chosen = day_in(as_of), year_in(year)
    known = chosen if chosen is not None and chosen in YEARS else today(parts.clock.now()).year
    return LedgerWanted(known, before=end_of(last) if last else None)


def _rows(found: Ledger) -> Iterator[list[Cell]]:
    yield [
        _("Nr."), _("Dato"), _("Tidspunkt"), _("Plasser"), _("Hendelse"), _("Fordelingsliste"), _("Personer"),
        _("Avtalt"), _("Forespurt"), _("Søkt ut"), _("Bosatt"), _("Igjen"), _("Årsak (melding)"),
    ]  # fmt: skip
    for line in found.lines:
        entry = line.entry
        yield [
            entry.number, today(entry.at), moment(entry.at), label(entry.place_kind), label(entry.movement),
            entry.list_id or "", " ".join(map(str, entry.running_numbers)), entry.agreed, entry.requested,
            entry.placed, entry.settled, line.left, entry.caused_by or "",
        ]  # fmt: skip
