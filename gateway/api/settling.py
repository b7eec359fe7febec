"""Moving in: the week that is planned, and settlement dates with their corrections."""

from __future__ import annotations

from litestar import Response, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from contracts.distribution.v1 import PlanSettlement, RegisterSettlements
from gateway.api.bodies import PlanBody, SettlementsBody
from gateway.api.documented import Write
from gateway.api.guards import json_body
from gateway.api.models import Command as CommandOut
from gateway.api.reading import ApiRequest
from gateway.api.sending import submit
from gateway.api.weeks import to_message
from gateway.api.writing import OF_LIST, Key, Match, named
from gateway.commands.desk import Kind
from gateway.parts import Parts

TAGS = ["Settlement"]


@put(
    "/distribution-lists/{list_id:str}/settlements",
    operation_id="registerSettlements",
    summary="Register that placed persons have moved in",
    tags=TAGS,
    guards=[json_body],
    responses=OF_LIST,
    operation_class=Write,
)
async def settle(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    data: JSONBody[SettlementsBody],
    key: Key = None,
    match: Match = None,
) -> Response[CommandOut]:
    """Register settlement dates (bosettingsdato), from the placement to today: of all who are named, or of nobody.

    Another date than the one registered before corrects it and needs a reason; the same date again changes nothing. The
    place stays with the agreement of the placement's year.
    """
    body = RegisterSettlements(**await named(request, parts, list_id, match), persons=list(data.persons))
    return await submit(request, parts, Kind.SETTLE, body, key)


@put(
    "/distribution-lists/{list_id:str}/settlement-plan",
    operation_id="planSettlement",
    summary="Plan the week of settlement",
    tags=TAGS,
    guards=[json_body],
    responses=OF_LIST,
    operation_class=Write,
)
async def plan(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    data: JSONBody[PlanBody],
    key: Key = None,
    match: Match = None,
) -> Response[CommandOut]:
    """Say in which week (bosettingsuke) placed persons can be received: this one or later, two years ahead at most."""
    common = await named(request, parts, list_id, match)
    week = to_message(data.week) if data.week else None
    body = PlanSettlement(**common, running_numbers=data.running_numbers, week=week)
    return await submit(request, parts, Kind.PLAN_WEEK, body, key)
