"""Everybody who is to be kept out, or shown nothing of another's, and what each is to be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import OctKey, RSAKey

from gateway.auth.machines import READ_SCOPE
from tests.browser.stage.world import BERGEN, MUNICIPALITIES
from tests.integration.gateway.isolation.doors import Door, For
from tests.unit.gateway.api_fakes import token

LOGIN, UNKNOWN, FORBIDDEN, NO_TOKEN = 303, 404, 403, 401
PAGES = frozenset({For.READER, For.STREAM, For.OWN, For.WRITER, For.OPERATOR})
OF_API = frozenset({For.CLIENT, For.API_READER, For.API_WRITER})
FOREIGN_KEY = RSAKey.generate_key(2048, {"kid": "one"})


def consumer(number: str) -> dict[str, str]:
    """Name an organisation as tokens do."""
    return {"authority": "iso6523-actorid-upis", "ID": f"0192:{number}"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who tries. ``session``: the stage's word for a session's token; ``bearer``: a program's.

    ``form_token``: whether a form carries its own. ``status``: what the answer is.
    """

    name: str
    status: int
    session: str = ""
    bearer: str = ""
    form_token: str = "own"
    known: bool = False
    """Whether somebody is there to be written down."""


def page_callers(door: Door) -> list[Caller]:
    """Tell who tries a page or a form of a municipality, or of operations, in vain."""
    # Nobody sees where a stream leads; a form stays on the screen, with a way to the login.
    status = NO_TOKEN if door.whom is For.STREAM or door.method == "POST" else LOGIN
    nobody = [
        Caller("nobody", status),
        Caller("session unused for 31 minutes", status, "idle"),
        Caller("session of nine hours", status, "worn"),
        Caller("session that was ended", status, "ended"),
        Caller("forged session", status, "forged"),
        Caller("a program's token", status, bearer=token()),
    ]
    if door.whom is For.SIGNED_IN:
        return [*nobody, *forgers(door)]
    found = [
        *nobody,
        Caller("another municipality's writer", UNKNOWN, "other", known=True),
        Caller("somebody without rights", UNKNOWN, "rightless", known=True),
    ]
    if door.whom is For.OPERATOR:
        return [
            *found,
            Caller("writer", UNKNOWN, "writer", known=True),
            Caller("reader", UNKNOWN, "reader", known=True),
        ]
    found.append(Caller("operator", UNKNOWN, "operator", known=True))
    if door.whom is For.WRITER:
        found.append(Caller("reader", FORBIDDEN, "reader", known=True))
    return [*found, *forgers(door)]


WITHOUT_FORM_TOKEN = {"POST /sprak", "POST /logg-ut/leverandor"}
"""Forms that others may send: a language, of nobody who is logged in (SameSite); a login provider's signed word."""


def forgers(door: Door) -> list[Caller]:
    """Tell who sends a form that no page of ours has given."""
    if door.method == "GET" or door.of_api or door.name in WITHOUT_FORM_TOKEN:
        return []
    return [
        Caller("a form without its token", FORBIDDEN, "writer", form_token="none"),
        Caller("a form with another's token", FORBIDDEN, "writer", form_token="another's"),
    ]


def api_callers(door: Door) -> list[Caller]:
    """Tell who tries an operation in vain."""
    signed = OctKey.import_key("a shared secret of at least 32 bytes")
    found = [
        Caller("nobody", NO_TOKEN),
        Caller("a page's session", NO_TOKEN, "writer"),
        Caller("an operator's session", NO_TOKEN, "operator"),
        Caller("expired token", NO_TOKEN, bearer=token(exp=1_700_000_000)),
        Caller("token of a wrong audience", NO_TOKEN, bearer=token(aud="https://elsewhere.example")),
        Caller("token of another issuer", NO_TOKEN, bearer=token(iss="https://other.example")),
        Caller("token signed by another", NO_TOKEN, bearer=token(FOREIGN_KEY)),
        Caller("token signed with a shared secret", NO_TOKEN, bearer=token(signed, "HS256")),
        Caller("no token at all", NO_TOKEN, bearer="x.y.z"),
        Caller("token without a scope of ours", FORBIDDEN, bearer=token(scope="ks:other"), known=True),
    ]
    if door.whom is For.CLIENT:
        return found
    if door.whom is For.API_WRITER:
        found.append(Caller("reader", FORBIDDEN, bearer=token(scope=READ_SCOPE), known=True))
    theirs, none = consumer(MUNICIPALITIES[BERGEN][4]), consumer("999999999")
    found.append(Caller("another municipality's program", UNKNOWN, bearer=token(consumer=theirs), known=True))
    found.append(Caller("program of no municipality", UNKNOWN, bearer=token(consumer=none), known=True))
    return found


def callers(door: Door) -> list[Caller]:
    """Tell who tries this door in vain; where it is for anyone, who sends another site's form."""
    if door.whom in OF_API:
        return api_callers(door)
    return page_callers(door) if door.whom in PAGES | {For.SIGNED_IN} else forgers(door)


OWN_IDS = ("list_id", "name", "letter_id", "report_id", "wanted", "command_id")
"""Parameters of paths that are one municipality's; the others count within them."""
SMUGGLED = ("municipality_id", "kommune", "list_id", "report_id", "running_number", "user_id", "actor")
TELLING: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "POST /kommune/{municipality_id:str}/varsler/lest": (("form", "varsel", "notice"),),
    "POST /kommune/{municipality_id:str}/bosetting/fordelinger/sok": (
        ("form", "sok", "list_id"),
        ("form", "sok", "duf_number"),
    ),
    "GET /kommune/{municipality_id:str}/bosetting/fordelinger": (
        ("query", "sok", "list_id"),
        ("query", "etter", "place"),
        ("query", "for", "place"),
    ),
    "GET /kommune/{municipality_id:str}/bosetting/fordelinger.csv": (("query", "sok", "list_id"),),
    "GET /api/v1/municipalities/{municipality_id:str}/distribution-lists": (
        ("query", "number", "list_id"),
        ("query", "cursor", "list_cursor"),
    ),
    "GET /api/v1/municipalities/{municipality_id:str}/distribution-lists/export": (("query", "number", "list_id"),),
    "GET /api/v1/municipalities/{municipality_id:str}/notices": (("query", "cursor", "notice_cursor"),),
    "GET /api/v1/municipalities/{municipality_id:str}/reports": (("query", "cursor", "report_cursor"),),
    "POST /api/v1/municipalities/{municipality_id:str}/persons/search": (("body", "duf_number", "duf_number"),),
    "POST /api/v1/municipalities/{municipality_id:str}/notices/read": (("body", "notice_ids", "notice_ids"),),
}
"""Where a request names something by its id elsewhere than in the path: in what, its field, and which id."""


@dataclass(frozen=True, slots=True)
class Naming:
    """An id of another's that one's own user gives: in what (path, query, form, body), in which field, of what."""

    within: str
    named: str
    of: str

    @property
    def name(self) -> str:
        """Tell it in words."""
        return f"another's {self.of} in the {self.within} ({self.named})"


def namings(door: Door) -> list[Naming]:
    """Tell where another's ids are put, by somebody who may use the door with their own."""
    if not door.of_municipality:
        return []
    found = [Naming("path", one, one) for one in door.parameters if one in OWN_IDS]
    found += [Naming(*one) for one in TELLING.get(door.name, ())]
    found.append(Naming("query", "smuggled", "everything"))
    if door.method != "GET":
        found.append(Naming("body" if door.of_api else "form", "smuggled", "everything"))
    return found


def values_of(ids: Any) -> dict[str, Any]:
    """Give what stands for a municipality's things in queries, forms and bodies."""
    return ids.values() | {"notice": ids.notice, "notice_ids": [ids.notice], "duf_number": ids.duf_number}
