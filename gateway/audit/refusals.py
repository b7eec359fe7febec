"""Every refused request about a municipality, and every refused token, is written down, whichever guard refuses it."""

from __future__ import annotations

import re
from typing import Any, Final

from litestar.types import Message, Scope

from gateway.api.guards import ACCESS, CALLER
from gateway.audit.record import Asker, Denied, Tried
from gateway.auth.guards import LOGIN, TURNS_AWAY
from gateway.auth.machines import Caller
from gateway.auth.users import User
from gateway.folders.guards import TELLS
from gateway.folders.looks import Channel
from gateway.parts import Parts

API = "/api/"
SEE_OTHER: Final = 303
UNAUTHORISED, FORBIDDEN, NOT_FOUND = 401, 403, 404

# Ids of ours only: a path may hold anything, somebody's number too.
MUNICIPALITY = re.compile(r"k-[0-9]{4}[a-z0-9-]{0,20}")
LIST = re.compile(r"(?=[0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{2,39}")
SUBJECTS = {"list_id": LIST, "report_id": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")}


async def write_down_refusals(message: Message, scope: Scope) -> None:
    """Litestar's ``before_send``: before a refusal goes out, its row is written.

    Nobody's refusals are bounded (``Audit``). Of a person folder the look's own row tells, where one knows who looked.
    """
    if message["type"] != "http.response.start":
        return
    status = message["status"]
    if not (_of_somebody(scope) or _by_token(scope, status)):
        return
    asker, access = asker_of(scope)
    if asker.user_id is None:
        refused = status == UNAUTHORISED or (status == SEE_OTHER and _to_login(message))
        why = Denied.NOT_AUTHENTICATED
    else:
        refused = status in {UNAUTHORISED, FORBIDDEN, NOT_FOUND} and not scope["state"].get(TELLS)
        why = Denied.FORBIDDEN if status == FORBIDDEN else Denied.NOT_FOUND if access else Denied.NO_ACCESS
    if refused:
        parts: Parts = scope["litestar_app"].state.parts
        await parts.audit.refused(asker, _tried(scope), why)


def _of_somebody(scope: Scope) -> bool:
    """Whether what was asked for is a municipality's, or the operators' alone."""
    handler = scope.get("route_handler")
    return "municipality_id" in scope.get("path_params", {}) or bool(handler and handler.opt.get(TURNS_AWAY))


def asker_of(scope: Scope) -> tuple[Asker, bool]:
    """Tell who asks, and whether they have a right to the municipality, or operations page, that is asked for."""
    if scope["path"].startswith(API):
        caller: Caller | None = scope["state"].get(CALLER)
        access = scope["state"].get(ACCESS) is not None
        return Asker(caller.user_id if caller else None, caller.role if caller else None, Channel.API), access
    user: User | None = scope.get("user")
    who = user.user_id if user else None
    if "municipality_id" not in scope["path_params"]:
        return Asker(who, None, Channel.PAGE), bool(user and user.operator)
    found = user.to(str(scope["path_params"]["municipality_id"])) if user else None
    return Asker(who, found.role if found else None, Channel.PAGE), found is not None


def _tried(scope: Scope) -> Tried:
    given: dict[str, Any] = scope["path_params"]
    subject = next((_of(form, given[name]) for name, form in SUBJECTS.items() if name in given), None)
    number = given.get("running_number")
    return Tried(
        f"{scope.get('method')} {scope.get('path_template') or '?'}",
        _of(MUNICIPALITY, given.get("municipality_id")),
        subject,
        number if isinstance(number, int) and 1 <= number <= 1000 else None,  # noqa: PLR2004  as in the contracts
    )


def _by_token(scope: Scope, status: int) -> bool:
    """Tell whether it is a token that was refused: then it is told whatever was asked for."""
    return status == UNAUTHORISED and scope["path"].startswith(API)


def _of(form: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and form.fullmatch(value) else None


def _to_login(message: Any) -> bool:  # noqa: ANN401  the message of a beginning answer
    return any(name.lower() == b"location" and value.startswith(LOGIN.encode()) for name, value in message["headers"])
