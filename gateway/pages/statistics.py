"""Statistikk: what the municipality has answered, year by year, and why it could not settle those it declined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Template

from contracts.codes import DeclineReason, PlaceKind
from gateway.auth.guards import access_of
from gateway.exports.csv_file import MEDIA_TYPE, csv_bytes
from gateway.exports.tables import Cell
from gateway.language import _
from gateway.pages.format import percent
from gateway.pages.labels import label
from gateway.pages.municipality import year_in
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts
from gateway.readmodel.statistics import Statistics, find_statistics

Year = Annotated[str | None, QueryParameter(name="ar")]


@get("/bosetting/statistikk", include_in_schema=False)
async def statistics(request: PageRequest, parts: NamedDependency[Parts], wanted: Year = None) -> Template:
    """Answers by year, and reasons of one year or of all."""
    access = access_of(request)
    found = await find_statistics(parts.reader, access.municipality_id)
    asked = year_in(wanted)
    year = asked if asked in found.years else None
    chosen = [year] if year else None
    by_kind = {kind: found.of(chosen, [kind]) for kind in PlaceKind}
    whole = found.of(chosen)
    reasons = sorted(DeclineReason, key=lambda reason: -whole.reasons.get(reason, 0))
    return page(
        request,
        "statistics.html",
        access=access,
        found=found,
        year=year,
        by_year=[(one, found.of([one]), {kind: found.of([one], [kind]) for kind in PlaceKind}) for one in found.years],
        whole=whole,
        by_kind=by_kind,
        reasons=reasons,
    )


@get("/bosetting/statistikk.csv", include_in_schema=False, media_type=MEDIA_TYPE)
async def statistics_file(request: PageRequest, parts: NamedDependency[Parts]) -> Response[bytes]:
    """All counts as a file: a row for each year, kind of place and answer or reason."""
    access = access_of(request)
    found = await find_statistics(parts.reader, access.municipality_id)
    name = f"svar-{access.municipality_id}"
    return Response(
        csv_bytes(list(_rows(found))),
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _rows(found: Statistics) -> Iterator[list[Cell]]:
    yield [_("År"), _("Type plass"), _("Svar"), _("Begrunnelse"), _("Personer"), _("Andel av personene i svarene")]
    for year in found.years:
        for kind in PlaceKind:
            answers = found.of([year], [kind])
            if not answers.answered:
                continue
            start: list[Cell] = [year, label(kind)]
            yield [*start, _("Akseptert"), "", answers.accepted, percent(answers.accepted / answers.answered)]
            for reason in DeclineReason:
                persons = answers.reasons.get(reason, 0)
                yield [*start, _("Ikke akseptert"), label(reason), persons, percent(persons / answers.answered)]
