"""From what a request runs into to the problem it ends with; no value that came in, no trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import structlog
from litestar import Response
from litestar.connection import Request
from litestar.exceptions import HTTPException, ValidationException
from pydantic import ValidationError

from chassis.validation import FieldError, field_errors
from gateway.api.problems import FieldFault, ProblemError, problem, response
from gateway.auth.oidc import ProviderUnavailableError
from gateway.commands.bounds import RETRY_SECONDS, BusyError
from gateway.commands.publisher import BrokerUnavailableError
from gateway.folders.looks import LookNotRecordedError
from gateway.pages import languages
from gateway.pages.errors import DATABASE_AWAY, where

log = structlog.get_logger(__name__)

PREFIX = "/api/"
AnyRequest = Request[Any, Any, Any]
Handler = Callable[[AnyRequest, Any], Response[Any]]

SERVER_ERROR = 500
BY_STATUS: Mapping[int, str] = {
    401: "token-missing",
    403: "scope-missing",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "not-json",
}
RETRY = {"Retry-After": "5"}


def ended(_request: AnyRequest, error: ProblemError) -> Response[Any]:
    """Answer with the problem that a handler has named."""
    return response(error.problem, error.headers)


def http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """Answer what the framework has found: a path that is not there, a body or parameter that cannot be read."""
    if error.status_code >= SERVER_ERROR:
        return server_error(request, error)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    if isinstance(error, ValidationException):
        return _invalid(request, error)
    return response(problem(BY_STATUS.get(error.status_code, "malformed-request")), headers)


def unreadable(_request: AnyRequest, _error: RecursionError | UnicodeDecodeError) -> Response[Any]:
    """Answer a body that is nested deeper than anything one could mean, or is no UTF-8."""
    return response(problem("malformed-request"))


def provider_unavailable(_request: AnyRequest, error: ProviderUnavailableError) -> Response[Any]:
    """Nobody can tell whether the token is good."""
    log.error("token_provider_unavailable", error=str(error))
    return response(problem("token-provider-unavailable"), RETRY)


def broker_unavailable(_request: AnyRequest, _error: BrokerUnavailableError) -> Response[Any]:
    """Nothing is lost: the same key may be sent again."""
    return response(problem("broker-unavailable", "Send it again under the same Idempotency-Key."), RETRY)


def busy(_request: AnyRequest, _error: BusyError) -> Response[Any]:
    """More commands wait for their owners than may; nothing was sent."""
    wait = {"Retry-After": str(RETRY_SECONDS)}
    return response(problem("too-many-commands", "Send it again under the same Idempotency-Key."), wait)


def database_away(request: AnyRequest, error: Exception) -> Response[Any]:
    """Nothing can be read or written just now; nothing is broken either."""
    log.error("database_away", method=request.method, error=type(error).__name__)
    return response(problem("database-unavailable"), RETRY)


def look_unrecorded(_request: AnyRequest, error: Exception) -> Response[Any]:
    """Nobody is named where the look at it could not be written down."""
    log.error("look_not_recorded", error=str(error))
    return response(problem("look-not-recorded"), RETRY)


def server_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """Something broke: the log has the kind and place, never a value."""
    log.error("request_failed", method=request.method, error=type(error).__name__, where=where(error))
    return response(problem("internal-error"))


HANDLERS: dict[int | type[Exception], Handler] = {
    ProblemError: ended,
    HTTPException: http_error,
    ProviderUnavailableError: provider_unavailable,
    BrokerUnavailableError: broker_unavailable,
    BusyError: busy,
    LookNotRecordedError: look_unrecorded,
    **dict.fromkeys(DATABASE_AWAY, database_away),
    RecursionError: unreadable,
    UnicodeDecodeError: unreadable,
    Exception: server_error,
}


def by_path(of_api: Handler, of_pages: Callable[[AnyRequest, Any], Any]) -> Callable[[AnyRequest, Any], Any]:
    """Tell what no route has taken as the API does, where it was asked for there, and else as pages do."""

    def answer(request: AnyRequest, error: Any) -> Any:  # noqa: ANN401
        languages.ensure(request)
        return (of_api if request.url.path.startswith(PREFIX) else of_pages)(request, error)

    return answer


def faults(errors: list[FieldError]) -> list[FieldFault]:
    """Name each field by a JSON pointer in a URI fragment (RFC 6901 §6)."""
    return [FieldFault(pointer=pointer(one.path), code=one.code, detail=one.message) for one in errors]


def pointer(path: str) -> str:
    """Write ``decisions[2].reason`` as ``#/decisions/2/reason``."""
    parts = re.sub(r"\[(\d+)\]", r".\1", path).strip(".")
    return "#/" + parts.replace(".", "/") if parts else "#"


def _invalid(request: AnyRequest, error: ValidationException) -> Response[Any]:
    """Tell what is wrong with the body, field by field, or else with which parameters."""
    found = _validation_error(error)
    if found is not None:
        return response(problem("invalid-body", errors=faults(field_errors(found))))
    names = {str(one.get("key", "")) for one in error.extra or () if isinstance(one, Mapping)}
    # what a path holds is judged by who looks for it
    names -= {"", "data", *request.path_params}
    if not names:
        return response(problem("invalid-body", "A JSON object is needed."))
    # the framework's texts may hold what came in
    wrong = [FieldFault(parameter=name, code="invalid", detail="is missing or not valid") for name in sorted(names)]
    return response(problem("invalid-parameter", errors=wrong))


def _validation_error(error: BaseException) -> ValidationError | None:
    return next((cause for cause in _causes(error) if isinstance(cause, ValidationError)), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
