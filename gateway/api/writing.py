"""Writes: each is the command that the pages' form would send."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, PathParameter

from contracts.distribution.v1 import ApproveList, ReturnToTreatment, SaveDecisions, SendAnswer
from contracts.notification.v1 import MarkNoticesRead
from gateway.api.bodies import Approval, Draft, NoticesRead
from gateway.api.documented import GONE, LIST_WRITTEN, WRITTEN, Write, documented
from gateway.api.guards import access_of, api_of, caller_of, json_body
from gateway.api.headers import expected_version
from gateway.api.models import Command as CommandOut
from gateway.api.problems import ProblemError
from gateway.api.reading import ApiRequest, the_list
from gateway.api.sending import submit, told
from gateway.commands.desk import Kind
from gateway.pages.submitting import COMMAND_ID
from gateway.parts import Parts

Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="Names this write, e.g. a UUID: sent again with the same key and body it has the same outcome.",
    ),
]
Match = Annotated[
    str | None,
    HeaderParameter(name="If-Match", description="The ETag of the list, year or report as the client has seen it."),
]
PENDING = ResponseSpec(
    CommandOut, description="Sent; what becomes of it is not known yet: see `Location`.", generate_examples=False
)
OF_LIST = {202: PENDING, **documented(*LIST_WRITTEN)}
LIST_TAGS = ["Distribution lists"]


@put(
    "/distribution-lists/{list_id:str}/decisions",
    operation_id="saveDecisions",
    summary="Save a draft",
    tags=LIST_TAGS,
    guards=[json_body],
    responses=OF_LIST,
    operation_class=Write,
)
async def save(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    data: JSONBody[Draft],
    key: Key = None,
    match: Match = None,
) -> Response[CommandOut]:
    """Keep decisions, reasons and message as a draft. Starts treatment of a list that was only received."""
    common = await named(request, parts, list_id, match)
    body = SaveDecisions(**common, decisions=list(data.decisions), message=data.message, splits=list(data.splits))
    return await submit(request, parts, Kind.SAVE, body, key)


@put(
    "/distribution-lists/{list_id:str}/approval",
    operation_id="approveList",
    summary="Approve",
    tags=LIST_TAGS,
    guards=[json_body],
    responses=OF_LIST,
    operation_class=Write,
)
async def approve(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    data: JSONBody[Approval],
    key: Key = None,
    match: Match = None,
) -> Response[CommandOut]:
    """Approve exactly these decisions and this message (Godkjenn liste). Nothing leaves the municipality yet.

    Where some of a household are accepted and others declined, `splits` says that this is meant, and why.
    """
    common = await named(request, parts, list_id, match)
    body = ApproveList(**common, decisions=list(data.decisions), message=data.message, splits=list(data.splits))
    return await submit(request, parts, Kind.APPROVE, body, key)


@delete(
    "/distribution-lists/{list_id:str}/approval",
    operation_id="returnToTreatment",
    status_code=200,
    summary="Return to treatment",
    tags=LIST_TAGS,
    responses=OF_LIST,
    operation_class=Write,
)
async def return_to_treatment(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    key: Key = None,
    match: Match = None,
) -> Response[CommandOut]:
    """Take an approval back before it is sent (Tilbake til behandling)."""
    body = ReturnToTreatment(**await named(request, parts, list_id, match))
    return await submit(request, parts, Kind.RETURN, body, key)


@put(
    "/distribution-lists/{list_id:str}/answer",
    operation_id="sendAnswer",
    summary="Send the answer",
    tags=LIST_TAGS,
    responses=OF_LIST,
    operation_class=Write,
)
async def send(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    key: Key = None,
    match: Match = None,
) -> Response[CommandOut]:
    """Send what was approved to IMDi (Send svar). A list is answered once. There is no body.

    Where the municipality requires four eyes, the client that approved may not send.
    """
    body = SendAnswer(**await named(request, parts, list_id, match), accepted_at=parts.clock.now())
    return await submit(request, parts, Kind.SEND, body, key)


@post(
    "/notices/read",
    operation_id="markNoticesRead",
    status_code=200,
    summary="Mark notices read",
    tags=["Notices"],
    guards=[json_body],
    responses={202: PENDING, **documented(*WRITTEN)},
    operation_class=Write,
)
async def mark_read(
    request: ApiRequest, *, parts: NamedDependency[Parts], data: JSONBody[NoticesRead], key: Key = None
) -> Response[CommandOut]:
    """Mark notices as read by this client."""
    municipality_id = access_of(request).municipality_id
    body = MarkNoticesRead(municipality_id=municipality_id, notice_ids=data.notice_ids, actor=caller_of(request).actor)
    return await submit(request, parts, Kind.READ_NOTICES, body, key)


@get(
    "/commands/{command_id:str}",
    operation_id="getCommand",
    summary="What became of a write",
    tags=["Commands"],
    responses=documented(*GONE),
)
async def command(
    request: ApiRequest, parts: NamedDependency[Parts], wanted: Annotated[str, PathParameter(name="command_id")]
) -> CommandOut:
    """Tell what became of a write that was answered by 202."""
    access, user_id = access_of(request), caller_of(request).user_id
    found = None
    if COMMAND_ID.fullmatch(wanted):
        found = await api_of(request).requests.find(access.municipality_id, user_id, wanted)
    if found is None:
        raise ProblemError("not-found")
    return told(found, await parts.desk.follow(access.municipality_id, user_id, found, 0))


async def named(request: ApiRequest, parts: Parts, list_id: str, match: str | None) -> dict[str, Any]:
    """Give what every command about a list carries. Raises ProblemError."""
    municipality_id = access_of(request).municipality_id
    found = await the_list(parts, access_of(request), list_id)
    return {
        "list_id": found.state.list_id,
        "municipality_id": municipality_id,
        "expected_version": expected_version(match),
        "actor": caller_of(request).actor,
    }
