"""Who may come in: the token of a request, its scopes, and the municipality that its organisation is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from litestar.connection import ASGIConnection, Request
from litestar.di import Provide
from litestar.handlers.base import BaseRouteHandler
from litestar.params import ParameterKwarg
from litestar.typing import FieldDefinition

from gateway.api.headers import STANDING
from gateway.api.parts import ApiParts
from gateway.api.problems import FieldFault, ProblemError
from gateway.auth.guards import SAFE
from gateway.auth.machines import READ_SCOPE, WRITE_SCOPE, Caller, TokenRefusedError
from gateway.auth.users import Access

log = structlog.get_logger(__name__)

Connection = ASGIConnection[Any, Any, Any, Any]
CALLER, ACCESS = "api_caller", "api_access"
READS = "reads"
"""A route's ``opt`` that says: it changes nothing, whatever its method."""

REALM = 'Bearer realm="fordeling"'


async def known_client(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let in who holds a good token with the scope that the method needs. Raises ProblemError."""
    parts = api_of(connection)
    try:
        caller = await parts.tokens.caller(_token(connection))
    except TokenRefusedError as error:
        log.warning("token_refused", reason=str(error))
        challenge = f'{REALM}, error="invalid_token"'
        raise ProblemError("token-invalid", headers={"WWW-Authenticate": challenge}) from None
    _count(connection, parts, caller)
    connection.scope["state"][CALLER] = caller
    reads = str(connection.scope.get("method")) in SAFE or bool(handler.opt.get(READS))
    if not (caller.can_read if reads else caller.can_write):
        wanted = READ_SCOPE if reads else WRITE_SCOPE
        challenge = f'{REALM}, error="insufficient_scope", scope="{wanted}"'
        raise ProblemError("scope-missing", f"The scope is {wanted}.", headers={"WWW-Authenticate": challenge})


async def own_municipality(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Let an organisation into its own municipality; any other is as one that does not exist. Raises ProblemError.

    What has merged into that is its own too. The organisation of one that has merged is told so.
    """
    wanted = str(connection.path_params.get("municipality_id", ""))
    found = await reached_by(connection)
    access = next((one for one in found if one.municipality_id == wanted), None)
    if access is None:
        raise ProblemError("not-found")
    connection.scope["state"][ACCESS] = access


async def reached_by(connection: Connection) -> tuple[Access, ...]:
    """Find the municipalities of the caller. Raises ProblemError where its organisation's has merged."""
    municipalities, caller = api_of(connection).municipalities, caller_of(connection)
    found = await municipalities.of(caller)
    if not found and (merged := await municipalities.merged(caller)) is not None:
        detail = f"It is part of {merged.successor_name} ({merged.successor_number}) since {merged.on.isoformat()}."
        raise ProblemError("municipality-merged", detail)
    return found


def json_body(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Take a body as JSON only: a form of a browser never gets further than here. Raises ProblemError."""
    media_type = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ProblemError("not-json")


def single_parameters(connection: Connection, handler: BaseRouteHandler) -> None:
    """Take a parameter once, and as what it is: the framework reads the last of two, and ``null`` as none at all.

    Raises ProblemError.
    """
    given = connection.query_params
    known = dict(_known(handler.parsed_fn_signature.parameters, handler.resolve_dependencies()))
    wrong = {name for name in given.keys() & known.keys() if len(given.getall(name)) > 1}
    wrong |= {name for name in given.keys() & known.keys() if given[name] == "null" and str not in _types(known[name])}
    if wrong:
        faults = [FieldFault(parameter=name, code="invalid", detail="is not valid") for name in sorted(wrong)]
        raise ProblemError("invalid-parameter", errors=faults)


def _known(
    fields: Mapping[str, FieldDefinition], dependencies: Mapping[str, Provide]
) -> Iterator[tuple[str, FieldDefinition]]:
    """Yield what a handler reads by the names that requests have, also where a dependency reads it."""
    for name, field in fields.items():
        if provider := dependencies.get(name):
            yield from _known(provider.parsed_fn_signature.parameters, dependencies)
        else:
            given = field.kwarg_definition
            yield (given.name if isinstance(given, ParameterKwarg) and given.name else name), field


def _types(parameter: FieldDefinition) -> set[Any]:
    return {parameter.annotation, *(inner.annotation for inner in parameter.inner_types)}


def api_of(connection: Connection) -> ApiParts:
    """Give the API's parts."""
    parts: ApiParts | None = connection.app.state.parts.api
    assert parts is not None, "the API's parts are made in bootstrap"
    return parts


def caller_of(connection: Connection) -> Caller:
    """Give the caller that ``known_client`` has let in."""
    found: Caller = connection.scope["state"][CALLER]
    return found


def access_of(request: Request[Any, Any, Any]) -> Access:
    """Give the access that ``own_municipality`` has checked."""
    found: Access = request.scope["state"][ACCESS]
    return found


def _token(connection: Connection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ProblemError("token-missing", headers={"WWW-Authenticate": REALM})
    return token.strip()


def _count(connection: Connection, parts: ApiParts, caller: Caller) -> None:
    standing = parts.limits.take(caller.user_id)
    connection.scope["state"][STANDING] = standing
    if not standing.allowed:
        raise ProblemError("too-many-requests", headers={"Retry-After": str(standing.reset)})
