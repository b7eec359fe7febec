"""Every door of the gateway and whom it is for: from the application's own route table, so that none is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from litestar import Litestar
from litestar.routes import HTTPRoute


class For(Enum):
    """Whom a route is for."""

    ANYONE = auto()
    """It tells nothing of a municipality and changes nothing of one."""
    SIGNED_IN = auto()
    """Of a page's user alone, and of no municipality."""
    READER = auto()
    """Pages of one municipality."""
    STREAM = auto()
    """What an open page of one municipality asks by itself: nobody would see a login."""
    OWN = auto()
    """Forms of what is a reader's own: notices read, searching."""
    WRITER = auto()
    """Forms that change something of one municipality, or open what writers alone may see."""
    OPERATOR = auto()
    """Pages of operations, which show nothing of any municipality."""
    CLIENT = auto()
    """A program, without a municipality in the path."""
    API_READER = auto()
    API_WRITER = auto()


KOMMUNE = "/kommune/{municipality_id:str}"
FORDELINGER = f"{KOMMUNE}/bosetting/fordelinger"
LISTE = FORDELINGER + "/{list_id:str}"
INNMELDING = KOMMUNE + "/bosetting/innmeldinger/{slug:str}/{report_id:str}"
API = "/api/v1/municipalities"
OF = API + "/{municipality_id:str}"
ONE = OF + "/distribution-lists/{list_id:str}"
REPORT = OF + "/reports/{report_id:str}"

CLASSES: Mapping[For, tuple[str, ...]] = {
    For.ANYONE: (
        "GET /",
        "GET /hjelp",
        "GET /tilgjengelighet",
        "GET /logg-inn",
        "GET /logg-inn/retur",
        "POST /logg-ut",
        "POST /logg-ut/leverandor",
        "POST /sprak",
        "GET /static/{digest:str}/{name:path}",
        "GET /livez",
        "GET /readyz",
        "GET /api/v1/openapi.json",
        "GET /api/v1/docs",
        "GET /api/v1/docs/schema",
        "GET /api/v1/docs/schema/openapi.json",
        "GET /api/v1/docs/schema/{path:str}",
    ),
    For.SIGNED_IN: ("GET /velg-kommune", "GET /innlogginger", "POST /logg-ut/alle"),
    For.READER: (
        f"GET {KOMMUNE}",
        f"GET {KOMMUNE}/arbeidsflate",
        f"GET {KOMMUNE}/bosetting",
        f"GET {FORDELINGER}",
        f"GET {FORDELINGER}.csv",
        f"GET {FORDELINGER}.xlsx",
        f"GET {FORDELINGER}/sok",
        f"GET {KOMMUNE}/bosetting/statistikk",
        f"GET {KOMMUNE}/bosetting/statistikk.csv",
        f"GET {KOMMUNE}/vedtak",
        f"GET {KOMMUNE}/vedtak/{{year:int}}",
        f"GET {KOMMUNE}/vedtak/{{year:int}}/brev/{{name:str}}",
        f"GET {KOMMUNE}/plassregnskap",
        f"GET {KOMMUNE}/plassregnskap.csv",
        f"GET {LISTE}",
        f"GET {LISTE}/utskrift",
        f"GET {LISTE}/personer.csv",
        f"GET {LISTE}/personer.xlsx",
        f"GET {LISTE}/kvittering",
        f"GET {LISTE}/personer/{{running_number:int}}",
        f"GET {LISTE}/personer/{{running_number:int}}/oppslag",
        f"GET {LISTE}/personer/{{number:int}}/bosettingsdato",
        f"GET {LISTE}/husstand/{{household:int}}",
        f"GET {LISTE}/brev/{{name:str}}",
        f"GET {LISTE}/arkiv.zip",
        f"GET {KOMMUNE}/bosetting/personer",
        f"GET {KOMMUNE}/bosetting/innmeldinger",
        f"GET {KOMMUNE}/bosetting/innmeldinger/{{slug:str}}",
        f"GET {INNMELDING}",
        f"GET {KOMMUNE}/kommando/{{wanted:str}}",
        f"GET {KOMMUNE}/varsler/valg",
    ),
    For.STREAM: (f"GET {KOMMUNE}/hendelser",),
    For.OWN: (f"POST {KOMMUNE}/varsler/lest", f"POST {FORDELINGER}/sok"),
    For.WRITER: (
        f"POST {KOMMUNE}/vedtak/{{year:int}}",
        f"POST {KOMMUNE}/varsler/valg",
        f"POST {LISTE}/svar",
        f"POST {LISTE}/send",
        f"POST {LISTE}/tilbake",
        f"POST {LISTE}/sporsmal",
        f"POST {LISTE}/personer/{{running_number:int}}/helse",
        f"POST {LISTE}/personer/{{number:int}}/bosettingsdato",
        f"POST {LISTE}/husstand/{{household:int}}/bosatt",
        f"POST {LISTE}/husstand/{{household:int}}/uke",
        f"POST {INNMELDING}",
        f"POST {INNMELDING}/bekreft",
        f"POST {INNMELDING}/trekk",
    ),
    For.OPERATOR: (
        "GET /drift",
        "GET /drift/meldinger",
        "GET /drift/meldinger/{message_type:str}",
        "GET /drift/asyncapi.json",
        "GET /drift/asyncapi.yaml",
    ),
    For.CLIENT: (f"GET {API}",),
    For.API_READER: (
        f"GET {OF}",
        f"GET {OF}/distribution-lists",
        f"GET {OF}/distribution-lists/export",
        f"GET {ONE}",
        f"GET {ONE}/archive",
        f"GET {ONE}/letters",
        f"GET {ONE}/letters/{{letter_id:str}}/pdf",
        f"GET {ONE}/messages",
        f"GET {ONE}/persons/export",
        f"GET {ONE}/persons/{{running_number:int}}/folder",
        f"POST {OF}/persons/search",
        f"GET {OF}/statistics/answers",
        f"GET {OF}/notices",
        f"GET {OF}/years/{{year:int}}",
        f"GET {OF}/years/{{year:int}}/letters",
        f"GET {OF}/years/{{year:int}}/letters/{{letter_id:str}}/pdf",
        f"GET {OF}/ledger",
        f"GET {OF}/reports",
        f"GET {REPORT}",
        f"GET {OF}/weekly-places",
        f"GET {OF}/commands/{{command_id:str}}",
    ),
    For.API_WRITER: (
        f"PUT {ONE}/decisions",
        f"PUT {ONE}/approval",
        f"DELETE {ONE}/approval",
        f"PUT {ONE}/answer",
        f"POST {ONE}/messages",
        f"PUT {ONE}/settlements",
        f"PUT {ONE}/settlement-plan",
        f"POST {ONE}/persons/{{running_number:int}}/folder/health",
        f"POST {OF}/notices/read",
        f"PUT {OF}/years/{{year:int}}/resolution",
        f"PUT {OF}/weekly-places/weeks",
        f"PUT {REPORT}/housing",
        f"PUT {REPORT}/named-persons",
        f"PUT {REPORT}/self-settlement",
        f"PUT {REPORT}/confirmation",
        f"PUT {REPORT}/withdrawal",
    ),
}
"""The class of each route. A new route is added here, to what it is for, and is tried as everybody from then on."""

CREATES = frozenset({"POST " + INNMELDING, f"PUT {REPORT}/housing", f"PUT {REPORT}/named-persons"}) | {
    f"PUT {REPORT}/self-settlement",
    f"PUT {REPORT}/confirmation",
    f"PUT {REPORT}/withdrawal",
}
"""The id in the path is the sender's own choice and counts within its municipality: another's is as a new one."""


@dataclass(frozen=True, slots=True)
class Door:
    """One method of one route."""

    method: str
    template: str
    whom: For

    @property
    def name(self) -> str:
        """Tell it as the table above does."""
        return f"{self.method} {self.template}"

    @property
    def of_api(self) -> bool:
        """Whether programs use it."""
        return self.template.startswith("/api/")

    @property
    def of_municipality(self) -> bool:
        """Whether it is one municipality's."""
        return "{municipality_id" in self.template

    @property
    def of_operators(self) -> bool:
        """Whether it is for operations alone."""
        return self.whom is For.OPERATOR

    @property
    def parameters(self) -> tuple[str, ...]:
        """Name what stands in its path."""
        return tuple(part.partition(":")[0] for part in self.template.replace("}", "{").split("{")[1::2])

    def path(self, values: Mapping[str, Any]) -> str:
        """Put values in."""
        found = self.template
        for part in self.template.replace("}", "{").split("{")[1::2]:
            found = found.replace(f"{{{part}}}", str(values[part.partition(":")[0]]))
        return found


def served(app: Litestar) -> Iterator[tuple[str, str]]:
    """Tell every method and path of the route table, but OPTIONS, which the framework answers with methods alone."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            yield "WEBSOCKET", route.path
            continue
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods):
                if method != "OPTIONS":
                    yield str(method), route.path_format if "{" not in route.path else route.path


def doors(app: Litestar) -> list[Door]:
    """Give the classified doors that the application has. Which have no class is told by ``missing``."""
    whom = {name: of for of, names in CLASSES.items() for name in names}
    return [Door(*one, whom[" ".join(one)]) for one in sorted(served(app)) if " ".join(one) in whom]


def missing(app: Litestar) -> tuple[list[str], list[str]]:
    """Tell the routes that have no class, and the classes whose route is gone."""
    there = {" ".join(one) for one in served(app)}
    known = {name for names in CLASSES.values() for name in names}
    return sorted(there - known), sorted(known - there)
