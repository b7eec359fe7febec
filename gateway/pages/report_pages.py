"""The pages of reports between the lists: one kind's reports, and one report's form, as it is and as it comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from litestar.exceptions import NotFoundException
from litestar.response import Template

from contracts.municipality.codes import FamilyTie, HomeFeature, ReportKind
from contracts.municipality.reports import MOST_PERSONS, WEEKLY_PLACES_ID
from gateway.auth.guards import access_of
from gateway.auth.users import Access
from gateway.commands.desk import Kind, Sent
from gateway.commands.problems import Problem
from gateway.pages.form_fields import FormError
from gateway.pages.format import today
from gateway.pages.render import PageRequest, page
from gateway.pages.report_form import ReportForm
from gateway.pages.report_kinds import BY_SLUG, SORTS, form_of, shown_weeks
from gateway.pages.typed import RETRY
from gateway.parts import Parts
from gateway.readmodel.reports import Report, find_report, find_reports

TEMPLATES: Mapping[ReportKind, str] = {
    ReportKind.WEEKLY_PLACES: "weekly_places.html",
    ReportKind.HOUSING: "housing_report.html",
    ReportKind.NAMED_PERSONS: "named_persons.html",
    ReportKind.SELF_SETTLEMENT: "self_settlement.html",
}
UNAVAILABLE = 503


def kind_of(slug: str) -> ReportKind:
    """Tell which kind an address is about. Raises NotFoundException."""
    if slug not in BY_SLUG:
        raise NotFoundException
    return BY_SLUG[slug]


def reports_path(access: Access, kind: ReportKind) -> str:
    """Where a municipality's reports of a kind are."""
    return f"/kommune/{access.municipality_id}/bosetting/innmeldinger/{SORTS[kind].slug}"


def report_path(access: Access, kind: ReportKind, report_id: str) -> str:
    """Where a report is: weekly places lie on one page, which is that of all of them."""
    return f"{reports_path(access, kind)}/{report_id}"


def after_report(access: Access, sent: Sent, *, saved: bool = True) -> str:
    """Where a command about a report leads. What was typed says of which kind it is."""
    kept = (sent.form or {}).get("kind")
    if kept is None:  # it has been shown before, and what was typed is gone
        return f"/kommune/{access.municipality_id}/bosetting/innmeldinger"
    kind, report_id = ReportKind(kept), sent.subject.rpartition("/")[2]
    done = {Kind.CONFIRM_REPORT: "bekreftet", Kind.WITHDRAW_REPORT: "trukket"}.get(sent.kind, "lagret")
    return reports_path(access, kind) + (f"?{done}={report_id}" if saved else "")


async def show_reports(request: PageRequest, parts: Parts, kind: ReportKind) -> Template:
    """Show all reports of a kind."""
    access = access_of(request)
    found = await find_reports(parts.reader, access.municipality_id, kind)
    return page(
        request,
        "reports.html",
        access=access,
        kind=kind,
        found=found,
        done=_done(request, found),
        path=reports_path(access, kind),
        confirm_forms={one.state.report_id: ReportForm.new(kind, one.state.report_id) for one in found},
        **_words(),
    )


async def show_report(
    request: PageRequest,
    parts: Parts,
    kind: ReportKind,
    report_id: str | None,
    form: ReportForm | None = None,
    *,
    errors: Sequence[FormError] = (),
    problem: Problem | None = None,
    status: int = 200,
    anew: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Template:
    """Show one report's form: empty for a new one, with what it says, or as it was typed.

    problem: why that was not taken. anew: what was typed is to be sent for the report as it stands now.
    Raises NotFoundException where there is no such report.
    """
    access, now = access_of(request), today(parts.clock.now())
    found = await find_report(parts.reader, access.municipality_id, report_id) if report_id else None
    if found and found.kind is not kind:
        raise NotFoundException
    if found is None and form is None and report_id not in {None, WEEKLY_PLACES_ID}:
        raise NotFoundException
    shown = form or form_of(kind, found.state if found else None, found.version if found else 0)
    if anew:
        shown = shown.on(found.version if found else 0)
    return page(
        request,
        TEMPLATES[kind],
        status=status,
        access=access,
        headers=headers,
        kind=kind,
        found=found,
        form=shown,
        errors=errors,
        error_texts={error.field: error.text for error in errors},
        problem=problem,
        theirs=SORTS[kind].typed(found.state) if found and problem else {},
        path=report_path(access, kind, shown.report_id),
        back=reports_path(access, kind),
        weeks=shown_weeks(found.state if found else None, now) if kind is ReportKind.WEEKLY_PLACES else [],
        done=_done(request, [found] if found else []),
        confirm_forms={found.state.report_id: ReportForm.new(kind, found.state.report_id)} if found else {},
        most_persons=MOST_PERSONS,
        today=now,
        **_words(),
    )


async def show_unsaved_report(
    request: PageRequest, parts: Parts, sent: Sent, problem: Problem | None, *, status: int, form_id: str | None = None
) -> Template:
    """Show a report's page with why a command about it was not taken, and with what was typed.

    form_id: of the form where the same command is to be sent again; without it, it is sent anew as it stands now.
    """
    stored = sent.form or {}
    kind, report_id = ReportKind(stored["kind"]), sent.subject.rpartition("/")[2]
    headers = RETRY if status == UNAVAILABLE else None
    form = ReportForm.kept(stored, form_id) if sent.kind is Kind.REPORT else None
    anew = form_id is None
    return await show_report(
        request, parts, kind, report_id, form, problem=problem, status=status, anew=anew, headers=headers
    )


def _done(request: PageRequest, found: Sequence[Report]) -> tuple[str, str] | None:
    """Tell what has just been done to which report, as the address says."""
    for what in ("lagret", "bekreftet", "trukket"):
        report_id = request.query_params.get(what)
        if report_id and any(one.state.report_id == report_id for one in found):
            return what, str(report_id)
    return None


def _words() -> dict[str, Any]:
    return {
        "slugs": {kind: sort.slug for kind, sort in SORTS.items()},
        "features": list(HomeFeature),
        "ties": list(FamilyTie),
        "kinds": ReportKind,
    }
