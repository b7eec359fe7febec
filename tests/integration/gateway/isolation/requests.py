"""Requests that would be right from the right one: what each form and body holds, and how an answer is compared."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from contracts.codes import NoticeKind
from gateway.api.cursors import write, write_place
from gateway.readmodel.feeds import Position
from gateway.readmodel.lists import Place, Sort
from tests.browser.stage import world
from tests.integration.gateway.isolation.callers import SMUGGLED, Caller, Naming, values_of
from tests.integration.gateway.isolation.doors import Door
from tests.integration.gateway.isolation.stage import Ids, Stage

TODAY = world.now().date().isoformat()
YESTERDAY = (world.now().date() - timedelta(days=1)).isoformat()
SHEET = {"versjon": "7"}
FORMS: Mapping[str, Mapping[str, str]] = {
    "svar": {"handling": "lagre", "beskjed": "Hei"},
    "sporsmal": {"om": "", "sporsmal": "Holder det med heis?"},
    "helse": {"formal": "housing"},
    "bosettingsdato": {"rettet-dato": YESTERDAY, "rettet-grunn": "Feil dato"},
    "bosatt": {"flyttet-2": "ja", "dato": TODAY},
    "uke": {"uke": "2026-W53"},
    "lest": {"varsel": "n-1"},
    "sok": {"sok": "FL-2026"},
    "valg": {"adresse": "ingen"} | {kind.value: "daily" for kind in NoticeKind},
    "{year:int}": {"ordinare": "20", "em": "0", "vedtaksdato": TODAY, "saksnummer": "2026/1"},
    "{report_id:str}": {"antall": "2", "soverom": "3", "personer": "5", "ledig_fra": TODAY},
}
RIMA = {"name": "Rima Eksempel"}
BODIES: Mapping[str, Any] = {
    "decisions": {"decisions": [{"running_number": number} for number in (1, 2, 3)]},
    "approval": {"decisions": [{"running_number": number} for number in (1, 2, 3)]},
    "messages": {"text": "Holder det med heis?"},
    "settlements": {"persons": [{"running_number": 2, "settlement_date": TODAY}]},
    "settlement-plan": {"running_numbers": [2], "week": "2026-W53"},
    "health": {"purpose": "housing"},
    "read": {"notice_ids": ["n-1"]},
    "search": {"duf_number": "202612345678"},
    "resolution": {
        "ordinary_places": 20, "unaccompanied_minor_places": 0, "resolved_on": TODAY, "case_number": "2026/1234",
    },
    "weeks": {"weeks": [{"week": "2026-W53", "places": 4}]},
    "housing": {"bedrooms": 3, "persons": 5, "available_from": "2027-01-15"},
    "named-persons": {"persons": [RIMA], "tie": "sibling"},
    "self-settlement": {"persons": [RIMA], "address": "Gata 1", "moves_in": "2027-01-15"},
}  # fmt: skip
QUERIES = {"/ledger": {"year": "2026"}, "/hendelser": {"fra": "1-1"}}
AT = datetime(2100, 1, 1, tzinfo=UTC)


def last(door: Door) -> str:
    """Give the last part of a door's path, which tells its form or body."""
    return door.template.rpartition("/")[2]


def told(ids: Ids) -> dict[str, Any]:
    """Give a municipality's ids by every name that a field has."""
    place = Place(2**40, ids.list_id)
    return values_of(ids) | {
        "kommune": ids.municipality_id,
        "user_id": "u-bergen",
        "actor": "u-bergen",
        "place": f"{place.key}.{place.list_id}",
        "list_cursor": write_place(Sort.NEWEST, place),
        "notice_cursor": write(Position(AT, ids.notice)),
        "report_cursor": write(Position(AT, ids.report_id)),
    }


class Request:
    """A request as the right one would make it; ``naming`` puts the ids ``of`` somewhere into it."""

    def __init__(self, door: Door, own: Ids, naming: Naming | None = None, of: Ids | None = None) -> None:
        self.door = door
        of_year = "{year:int}" in door.template
        self.values = own.values(of_year=of_year)
        self.query: dict[str, str] = dict(QUERIES.get("/" + last(door), {}))
        self.form: dict[str, Any] = {}
        self.body: Any = None
        if door.method != "GET" and door.of_api:
            self.body = dict(BODIES[last(door)]) if last(door) in BODIES and door.method != "DELETE" else None
        elif door.method != "GET":
            self.form = {**SHEET, "skjema": str(uuid4()), **FORMS.get(last(door), {})}
        if naming and of:
            self._name(naming, told(of) | of.values(of_year=of_year))

    def _name(self, naming: Naming, ids: dict[str, Any]) -> None:
        fields = SMUGGLED if naming.named == "smuggled" else (naming.named,)
        for name in fields:
            value = ids[name if naming.of == "everything" else naming.of]
            match naming.within:
                case "path":
                    self.values[name] = value
                case "query":
                    self.query[name] = str(value)
                case "form":
                    self.form[name] = str(value)
                case "body":
                    self.body = {**(self.body or {}), name: value}

    async def send(self, stage: Stage, caller: Caller) -> Any:
        """Send it as somebody."""
        session = stage.tokens.get(caller.session, "a-token-nobody-has") if caller.session else None
        headers, more = {"Look-Purpose": "housing"}, {}
        if caller.bearer:
            headers["Authorization"] = f"Bearer {caller.bearer}"
        if self.door.of_api and self.door.method != "GET":
            headers |= {"If-Match": '"7"', "Idempotency-Key": str(uuid4())}
            more = {} if self.body is None else {"json": self.body}
        elif self.door.method != "GET":
            mine = stage.form_token
            tokens = {"own": {"_csrf_token": mine}, "none": {}, "another's": {"_csrf_token": "a" * len(mine)}}
            more = {"data": {**self.form, **tokens[caller.form_token]}}
        return await stage.ask(
            self.door.method, self.door.path(self.values), session, headers, params=self.query, **more
        )


UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FORM_TOKEN = re.compile(r'name="_csrf_token" value="[^"]+"|__Host-skjema=[0-9a-f]+')
PACKED = b"PK"
COUNTING = ("ratelimit-remaining", "ratelimit-reset")


def seen(answer: httpx.Response, ids: Ids) -> tuple[int, list[tuple[str, str]], str]:
    """Give an answer as its receiver sees it: all of it but the ids they asked for, and what differs each time."""
    named = [*told(ids).values(), *ids.values(of_year=True).values()]
    asked = {str(value) for value in named if isinstance(value, str) and len(str(value)) > 3}

    def plain(text: str) -> str:
        for value in sorted(asked, key=len, reverse=True):
            text = text.replace(value, "?")
        return FORM_TOKEN.sub("token", UUID.sub("?", text))

    content = plain(answer.text) if answer.content[:2] != PACKED else _unpacked(answer.content)
    headers = [(name, plain(value)) for name, value in answer.headers.items() if name not in COUNTING]
    kept = [(name, value) for name, value in headers if name != "content-length"]
    return answer.status_code, [*kept, ("content-length", str(len(content)))], content


def _unpacked(content: bytes) -> str:
    """Give what is in a workbook or package, without the moment at which it was made."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode("latin-1") for name in archive.namelist() if "docProps" not in name)
