"""Reports between the lists: weekly places, homes, persons asked for, agreed self-settlement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Response, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from contracts.municipality.codes import FamilyTie, ReportKind
from contracts.municipality.reports import (
    WEEKLY_PLACES_ID,
    ConfirmReport,
    Homes,
    NamedPersons,
    ReportCommand,
    ReportHousing,
    ReportNamedPersons,
    ReportSelfSettlement,
    ReportWeeklyPlaces,
    SelfSettlement,
    WithdrawReport,
)
from gateway.api import cursors
from gateway.api.documented import ETAG, GONE, REPORT_WRITTEN, Write, documented
from gateway.api.guards import access_of, caller_of, json_body
from gateway.api.headers import entity_tag, expected_version
from gateway.api.models import Command as CommandOut
from gateway.api.problems import FieldFault, ProblemError
from gateway.api.reading import ROOT, ApiRequest, Cursor, Limit
from gateway.api.report_models import (
    HomesBody,
    NamedPersonsBody,
    Report,
    Reports,
    SelfSettlementBody,
    WeeklyPlaces,
    WeeklyPlacesBody,
)
from gateway.api.sending import submit
from gateway.api.writing import PENDING, Key, Match
from gateway.commands.desk import Kind
from gateway.parts import Parts
from gateway.readmodel.feeds import Position
from gateway.readmodel.reports import find_report, find_weekly_places, report_feed

TAGS = ["Reports"]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OF_REPORT = {202: PENDING, **documented(*REPORT_WRITTEN)}


@get(
    "/reports",
    operation_id="listReports",
    summary="Reports between the lists",
    tags=TAGS,
    responses=documented(*GONE),
)
async def reports(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    kind: Annotated[ReportKind | None, QueryParameter(description="Only reports of this kind.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Reports:
    """Give what the municipality has told IMDi between the lists, newest first."""
    municipality_id = access_of(request).municipality_id
    after = cursors.read(cursor)
    found = await report_feed(parts.reader, municipality_id, kind, after=after, limit=limit + 1)
    shown, following = cursors.page(
        found,
        limit,
        f"{ROOT}/{municipality_id}/reports",
        {"kind": kind.value} if kind else {},
        lambda one: Position(one.state.entered_at, one.state.report_id),
    )
    return Reports(items=[Report.of(one) for one in shown], next=following)


@get(
    "/weekly-places",
    operation_id="getWeeklyPlaces",
    summary="Places, week by week",
    tags=TAGS,
    response_headers=[ETAG],
    responses=documented(*GONE),
)
async def told_weeks(request: ApiRequest, parts: NamedDependency[Parts]) -> Response[WeeklyPlaces]:
    """Give what the municipality has told of weeks (antall plasser). The ETag is what a change names in `If-Match`."""
    found = await find_weekly_places(parts.reader, access_of(request).municipality_id)
    shown = WeeklyPlaces.of(found)
    return Response(shown, headers={"ETag": entity_tag(shown.version)})


@get(
    "/reports/{report_id:str}",
    operation_id="getReport",
    summary="One report",
    tags=TAGS,
    response_headers=[ETAG],
    responses=documented(*GONE),
)
async def report(request: ApiRequest, parts: NamedDependency[Parts], report_id: FromPath[str]) -> Response[Report]:
    """Give a report; that of weekly places is `weekly-places`. The ETag is what a change names in `If-Match`."""
    wanted = report_id if report_id == WEEKLY_PLACES_ID else _uuid(report_id)
    found = await find_report(parts.reader, access_of(request).municipality_id, wanted)
    if found is None:
        raise ProblemError("not-found")
    return Response(Report.of(found), headers={"ETag": entity_tag(found.version)})


@dataclass(frozen=True, slots=True)
class Teller:
    """Sends what a client tells of a report. What differs from report to report is the command and what it says."""

    request: ApiRequest
    parts: Parts
    key: str | None
    match: str | None

    async def tell(
        self,
        command: type[ReportCommand],
        report_id: str,
        kind: Kind = Kind.REPORT,
        **said: Any,  # noqa: ANN401  what the command says beside which report it is about
    ) -> Response[CommandOut]:
        """Send a command about a report, of the version that the client has seen. Raises ProblemError."""
        of = {
            "municipality_id": access_of(self.request).municipality_id,
            "report_id": report_id,
            "expected_version": expected_version(self.match),
            "actor": caller_of(self.request).actor,
        }
        return await submit(self.request, self.parts, kind, command(**of, **said), self.key)


def teller(request: ApiRequest, parts: NamedDependency[Parts], key: Key = None, match: Match = None) -> Teller:
    """Read what all writes about reports are sent with."""
    return Teller(request, parts, key, match)


def write(path: str, operation_id: str, summary: str, *, body: bool = True) -> put:
    """Make the route of a write about reports."""
    return put(
        path,
        operation_id=operation_id,
        summary=summary,
        tags=TAGS,
        guards=[json_body] if body else [],
        responses=OF_REPORT,
        operation_class=Write,
        dependencies={"teller": Provide(teller, sync_to_thread=False)},
    )


@write("/weekly-places/weeks", "reportWeeklyPlaces", "Tell how many can be received, week by week")
async def weekly_places(teller: NamedDependency[Teller], data: JSONBody[WeeklyPlacesBody]) -> Response[CommandOut]:
    """Tell the places of all weeks from this one on (antall plasser). `If-Match: "0"` the first time."""
    return await teller.tell(ReportWeeklyPlaces, WEEKLY_PLACES_ID, weeks=data.said())


@write("/reports/{report_id:str}/housing", "reportHousing", "Report homes")
async def housing(
    teller: NamedDependency[Teller], report_id: FromPath[str], data: JSONBody[HomesBody]
) -> Response[CommandOut]:
    """Enter homes that are ready, or change them. The id of a new report is a UUID that you choose, `If-Match: "0"`."""
    return await teller.tell(ReportHousing, _uuid(report_id), housing=Homes.model_validate(data.model_dump()))


@write("/reports/{report_id:str}/named-persons", "reportNamedPersons", "Ask for particular persons")
async def named_persons(
    teller: NamedDependency[Teller], report_id: FromPath[str], data: JSONBody[NamedPersonsBody]
) -> Response[CommandOut]:
    """Ask for particular persons (bestemte personer), or change what was asked. As for homes."""
    if data.tie is FamilyTie.OTHER and not data.note.strip():
        fault = FieldFault(pointer="#/note", code="missing", detail="is needed with the tie other")
        raise ProblemError("invalid-body", errors=[fault])
    said = NamedPersons.model_validate(data.model_dump())
    return await teller.tell(ReportNamedPersons, _uuid(report_id), named_persons=said)


@write("/reports/{report_id:str}/self-settlement", "reportSelfSettlement", "Report agreed self-settlement")
async def self_settlement(
    teller: NamedDependency[Teller], report_id: FromPath[str], data: JSONBody[SelfSettlementBody]
) -> Response[CommandOut]:
    """Report agreed self-settlement (avtalt selvbosetting), or change it. IMDi answers with a list. As for homes."""
    said = SelfSettlement.model_validate(data.model_dump())
    return await teller.tell(ReportSelfSettlement, _uuid(report_id), self_settlement=said)


@write("/reports/{report_id:str}/confirmation", "confirmReport", "Say that a report is still valid", body=False)
async def confirm(teller: NamedDependency[Teller], report_id: FromPath[str]) -> Response[CommandOut]:
    """Say that a report is still valid. There is no body."""
    wanted = report_id if report_id == WEEKLY_PLACES_ID else _uuid(report_id)
    return await teller.tell(ConfirmReport, wanted, Kind.CONFIRM_REPORT)


@write("/reports/{report_id:str}/withdrawal", "withdrawReport", "Take a report back", body=False)
async def withdraw(teller: NamedDependency[Teller], report_id: FromPath[str]) -> Response[CommandOut]:
    """Take a report back: IMDi is told, and what it said of persons is erased. Weekly places are emptied. No body."""
    return await teller.tell(WithdrawReport, _uuid(report_id), Kind.WITHDRAW_REPORT)


def _uuid(report_id: str) -> str:
    """Check the id of a report that is not of weekly places. Raises ProblemError."""
    if not UUID.fullmatch(report_id):
        raise ProblemError("not-found")
    return report_id
