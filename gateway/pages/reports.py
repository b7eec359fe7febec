"""Innmeldinger: what the municipality tells IMDi between the lists. Each step is a form that works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts import topics
from contracts.municipality.codes import ReportKind
from contracts.municipality.reports import (
    MOST_PERSONS,
    WEEKLY_PLACES_ID,
    ConfirmReport,
    ReportCommand,
    WithdrawReport,
)
from gateway.auth.guards import FORM_PAGE, access_of
from gateway.commands.desk import Command, Kind, command_id
from gateway.language import _
from gateway.pages.answer_form import Sheet, form_id_of, version_of
from gateway.pages.format import today
from gateway.pages.render import PageRequest, page
from gateway.pages.report_form import ReportForm
from gateway.pages.report_kinds import SORTS
from gateway.pages.report_pages import kind_of, reports_path, show_report, show_reports
from gateway.pages.submitting import submit
from gateway.parts import Parts
from gateway.readmodel.reports import find_report, find_reports

UNPROCESSABLE = 422
NEW = "ny"
FROM_FORM = {FORM_PAGE: "/kommune/{municipality_id}/bosetting/innmeldinger/{slug}"}
ONE = "/bosetting/innmeldinger/{slug:str}/{report_id:str}"


@get("/bosetting/innmeldinger", include_in_schema=False)
async def hub(request: PageRequest, parts: NamedDependency[Parts]) -> Template:
    """All four kinds, with what is asked about."""
    access = access_of(request)
    texts = {
        ReportKind.WEEKLY_PLACES: _("Hvor mange kommunen kan ta imot, uke for uke. Veiledende."),
        ReportKind.HOUSING: _("Boliger som er klare, med størrelse og adkomst."),
        ReportKind.NAMED_PERSONS: _("Personer kommunen ber om å få bosette, for eksempel på grunn av familie."),
        ReportKind.SELF_SETTLEMENT: _("Personer som har funnet bolig selv, i avtale med kommunen."),
    }
    return page(
        request,
        "report_hub.html",
        access=access,
        found=await find_reports(parts.reader, access.municipality_id),
        rooms=[(SORTS[kind].slug, kind, text) for kind, text in texts.items()],
    )


@get("/bosetting/innmeldinger/{slug:str}", include_in_schema=False)
async def reports(request: PageRequest, parts: NamedDependency[Parts], slug: FromPath[str]) -> Template:
    """All reports of a kind; of weekly places there is one, shown at once."""
    kind = kind_of(slug)
    if kind is ReportKind.WEEKLY_PLACES:
        return await show_report(request, parts, kind, WEEKLY_PLACES_ID)
    return await show_reports(request, parts, kind)


@get(ONE, include_in_schema=False)
async def report(
    request: PageRequest, parts: NamedDependency[Parts], slug: FromPath[str], report_id: FromPath[str]
) -> Template | Redirect:
    """Show the form of a report, or of a new one; to who only reads there is nothing to enter."""
    kind, access = kind_of(slug), access_of(request)
    if kind is ReportKind.WEEKLY_PLACES or (report_id == NEW and not access.can_write):
        return Redirect(reports_path(access, kind), status_code=303)
    return await show_report(request, parts, kind, None if report_id == NEW else _id(kind, report_id))


@post(ONE, status_code=200, include_in_schema=False, opt=FROM_FORM)
async def put_report(
    request: PageRequest, parts: NamedDependency[Parts], slug: FromPath[str], report_id: FromPath[str]
) -> Template | Redirect:
    """Meld inn, or Lagre endringen; or make room for more persons."""
    kind, access, data = kind_of(slug), access_of(request), dict(await request.form())
    form = ReportForm.parse(data, kind, _id(kind, report_id))
    if data.get("handling") == "flere":
        return await show_report(request, parts, kind, form.report_id, form.with_rows(MOST_PERSONS))
    if errors := list(SORTS[kind].errors(form, today(parts.clock.now()))):
        return await show_report(request, parts, kind, form.report_id, form, errors=errors, status=UNPROCESSABLE)
    user = request.user
    assert user is not None
    body = SORTS[kind].command.model_validate(
        {
            "municipality_id": access.municipality_id,
            "report_id": form.report_id,
            "expected_version": form.version,
            "actor": user.acting_in(access),
            **SORTS[kind].said(form),
        }
    )
    command = _command(request, Kind.REPORT, body, form.form_id, form.as_stored())
    return await submit(request, parts, access, command, Sheet(form.form_id, form.version))


@post(f"{ONE}/bekreft", status_code=200, include_in_schema=False, opt=FROM_FORM)
async def confirm_report(
    request: PageRequest, parts: NamedDependency[Parts], slug: FromPath[str], report_id: FromPath[str]
) -> Template | Redirect:
    """Ja, det gjelder fortsatt."""
    return await _tend(request, parts, slug, report_id, Kind.CONFIRM_REPORT)


@post(f"{ONE}/trekk", status_code=200, include_in_schema=False, opt=FROM_FORM)
async def withdraw_report(
    request: PageRequest, parts: NamedDependency[Parts], slug: FromPath[str], report_id: FromPath[str]
) -> Template | Redirect:
    """Trekk innmeldingen. Weekly places cannot be: their fields are emptied instead."""
    if kind_of(slug) is ReportKind.WEEKLY_PLACES:
        raise NotFoundException
    return await _tend(request, parts, slug, report_id, Kind.WITHDRAW_REPORT)


async def _tend(request: PageRequest, parts: Parts, slug: str, report_id: str, kind: Kind) -> Template | Redirect:
    of, access, data = kind_of(slug), access_of(request), await request.form()
    found = await find_report(parts.reader, access.municipality_id, _id(of, report_id))
    if found is None or found.kind is not of:
        raise NotFoundException
    user = request.user
    assert user is not None
    sheet = Sheet(form_id_of(data), version_of(data))
    command = ConfirmReport if kind is Kind.CONFIRM_REPORT else WithdrawReport
    body = command(
        municipality_id=access.municipality_id,
        report_id=report_id,
        expected_version=sheet.version,
        actor=user.acting_in(access),
    )
    return await submit(request, parts, access, _command(request, kind, body, sheet.form_id, {"kind": of.value}), sheet)


def _command(request: PageRequest, kind: Kind, body: ReportCommand, form_id: str, stored: Mapping[str, Any]) -> Command:
    assert request.user is not None
    return Command(
        command_id=command_id(form_id, kind, body),
        kind=kind,
        topic=topics.MUNICIPALITY_COMMANDS.name,
        municipality_id=body.municipality_id,
        subject=body.subject,
        user_id=request.user.user_id,
        body=body,
        form=stored,
    )


def _id(kind: ReportKind, report_id: str) -> str:
    """Check a report's id. Raises NotFoundException."""
    if kind is ReportKind.WEEKLY_PLACES and report_id == WEEKLY_PLACES_ID:
        return report_id
    try:
        if kind is not ReportKind.WEEKLY_PLACES and str(UUID(report_id)) == report_id:
            return report_id
    except ValueError:
        pass
    raise NotFoundException
