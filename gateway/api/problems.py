"""What went wrong, as RFC 9457 problem details. Types are stable; titles and details are for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from litestar import Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.commands.outcomes import Outcome

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:problem-type:fordeling:"

# Slug → status and title. Owners' refusals come by the slugs that their replies name.
KNOWN: Mapping[str, tuple[int, str]] = {
    "malformed-request": (400, "The request cannot be read"),
    "invalid-parameter": (400, "A parameter is not valid"),
    "invalid-cursor": (400, "The cursor is not one of ours"),
    "purpose-missing": (400, "The purpose of the look is missing or not known"),
    "idempotency-key-missing": (400, "The Idempotency-Key header is missing or not valid"),
    "token-missing": (401, "A bearer token is needed"),
    "token-invalid": (401, "The token is not accepted"),
    "scope-missing": (403, "The token lacks a scope"),
    "role-may-not-write": (403, "The role may not write"),
    "not-found": (404, "There is no such thing"),
    "list-not-found": (404, "There is no such list"),
    "folder-not-found": (404, "There is no open folder of such a person"),
    "notice-not-found": (404, "There is no such notice"),
    "report-not-found": (404, "There is no such report"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "already-answered": (409, "The list has been answered"),
    "list-withdrawn": (409, "IMDi has withdrawn the list"),
    "person-withdrawn": (409, "IMDi has withdrawn persons of the list"),
    "wrong-status": (409, "The list's status does not allow this"),
    "not-approved": (409, "The list is not approved"),
    "thread-full": (409, "The list has as many messages as it may have"),
    "four-eyes-required": (409, "Another one must send than the one who approved"),
    "more-than-requested": (409, "That is more than IMDi asks for"),
    "not-placed": (409, "The person is not placed"),
    "already-settled": (409, "The person has moved in"),
    "report-closed": (409, "The report is over"),
    "version-conflict": (412, "The list has another version"),
    "changed-meanwhile": (412, "It has another version"),
    "too-large": (413, "The body is too large"),
    "not-json": (415, "The body is to be application/json"),
    "invalid-body": (422, "The body is not valid"),
    "persons-differ": (422, "The persons are not those of the list"),
    "households-differ": (422, "The households are not those of the list"),
    "household-split-unconfirmed": (422, "A household is split, and the body does not say that this is meant"),
    "reason-missing": (422, "A decline lacks its reason"),
    "settlement-before-placement": (422, "The settlement date is before the placement"),
    "settlement-in-future": (422, "The settlement date has not come yet"),
    "correction-reason-missing": (422, "A correction lacks its reason"),
    "planned-week-past": (422, "The planned week is over"),
    "planned-week-too-far": (422, "The planned week is too far ahead"),
    "invalid-command": (422, "The body is not valid"),
    "resolved-in-the-future": (422, "The resolution is dated after today"),
    "resolved-too-early": (422, "The resolution is dated too long before its year"),
    "year-over": (422, "The year is over"),
    "year-too-far-ahead": (422, "The year is too far ahead"),
    "week-named-twice": (422, "A week is named twice"),
    "week-over": (422, "A week that is over cannot be told of otherwise"),
    "week-too-far-ahead": (422, "The week is too far ahead"),
    "date-too-far-away": (422, "The date is too far away"),
    "idempotency-key-reused": (422, "The Idempotency-Key was used for another request"),
    "if-match-missing": (428, "The If-Match header is missing"),
    "too-many-requests": (429, "Too many requests"),
    "internal-error": (500, "Something went wrong here"),
    "token-provider-unavailable": (503, "Tokens cannot be checked now"),
    "broker-unavailable": (503, "The command cannot be sent now"),
    "too-many-commands": (503, "Too many commands wait for their outcome"),
    "database-unavailable": (503, "Nothing can be read or written now"),
    "look-not-recorded": (503, "The look cannot be recorded now, so nothing is shown"),
    "letter-unavailable": (503, "The letter cannot be read now"),
}
REFUSED = (409, "The command was refused")


class FieldFault(BaseModel):
    """One thing that is wrong: a JSON pointer into the body, or the name of a parameter. Never the value itself."""

    pointer: str | None = None
    parameter: str | None = None
    code: str
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: Annotated[str, Field(description="A stable URN; docs/api.md lists them.")]
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldFault] | None = None
    params: Annotated[
        dict[str, str] | None, Field(description="What the refusal is about, e.g. who answered and when.")
    ] = None
    current_version: Annotated[
        int | None, Field(description="The list's, year's or report's version as it stands.")
    ] = None


class ProblemError(Exception):
    """Ends a request with a problem. ``headers`` go with it."""

    def __init__(
        self,
        slug: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldFault] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(slug)
        self.problem = problem(slug, detail, errors=list(errors) if errors else None)
        self.headers = dict(headers or {})


def problem(slug: str, detail: str | None = None, **members: Any) -> Problem:  # noqa: ANN401  members of Problem
    """Make a problem of a known type; one that is newer than this program is a refusal."""
    status, title = KNOWN.get(slug, REFUSED)
    return Problem(type=TYPES + slug, title=title, status=status, detail=detail, **members)


def refusal(outcome: Outcome) -> Problem:
    """Tell why an owner refused a command."""
    return problem(outcome.problem or "refused", params=dict(outcome.params) or None, current_version=outcome.version)


def response(found: Problem, headers: Mapping[str, str] | None = None) -> Response[Any]:
    """Answer with a problem."""
    return Response(
        found.model_dump(exclude_none=True),
        status_code=found.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )
