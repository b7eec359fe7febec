"""What the OpenAPI document says of answers: problems by status, and headers that writes need."""

from __future__ import annotations

from dataclasses import dataclass

from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Operation, Parameter

from gateway.api.problems import MEDIA_TYPE, Problem

KNOWN_CLIENT = (401, 403, 429, 503)
GONE = (400, 404, *KNOWN_CLIENT)
WRITTEN = (*GONE, 413, 415, 422)
LIST_WRITTEN = (*WRITTEN, 409, 412, 428)
YEAR_WRITTEN = LIST_WRITTEN
REPORT_WRITTEN = LIST_WRITTEN

WORDS = {
    400: "A header, parameter or body cannot be read.",
    401: "No token, or not one that is accepted.",
    403: "The token lacks the scope.",
    404: "There is no such thing, or it is another municipality's.",
    409: "The list's or report's status, or what IMDi asks for, does not allow this.",
    412: "The list, year or report has another version than `If-Match` names.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "The body is not valid, or the key was used for another request.",
    428: "`If-Match` is missing.",
    429: "The client has asked too often.",
    503: "Tokens cannot be checked, the command cannot be sent, or there is too much to do, just now: `Retry-After`.",
}
NOT_MODIFIED = ResponseSpec(None, description="The list is as the client knows it.", generate_examples=False)
ETAG = ResponseHeader(name="ETag", documentation_only=True, description="The version.")
"""Of an operation whose answer a write names by `If-Match`."""
REQUIRED = {"If-Match", "Idempotency-Key", "Look-Purpose"}


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """Give the problems that an operation may answer with."""
    return {
        status: ResponseSpec(Problem, description=WORDS[status], media_type=MEDIA_TYPE, generate_examples=False)
        for status in sorted(statuses)
    }


@dataclass
class Write(Operation):
    """Its headers are needed. The program reads them as optional to tell by a problem that one is missing.

    Of writes, and of looks that are written down.
    """

    def __post_init__(self) -> None:
        for parameter in self.parameters or ():
            if isinstance(parameter, Parameter) and parameter.name in REQUIRED:
                parameter.required = True
