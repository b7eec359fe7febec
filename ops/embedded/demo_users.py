"""The invented people one can log in as in the embedded stack, and what the login provider says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FILE = Path(__file__).parent / "demo_users.json"
RESOURCE = "urn:altinn:resource:fordeling-"
LEVEL = "high"
"""Ansattporten's strongest level of assurance."""


class Role(StrEnum):
    """What a user may do for a municipality: named as the Altinn resource that gives it."""

    WRITER = "bosetter-skriv"
    READER = "bosetter-les"
    OPERATOR = "drift"
    """Of the operations pages, for who runs the system: of no municipality."""

    @property
    def resource(self) -> str:
        """The Altinn resource."""
        return f"{RESOURCE}{self.value}"

    @property
    def label(self) -> str:
        """What it is called on the login page."""
        return {
            Role.WRITER: "Bosetter, kan svare",
            Role.READER: "Bosetter, kan lese",
            Role.OPERATOR: "Drift, ser ingen personopplysninger",
        }[self]


@dataclass(frozen=True, slots=True)
class Municipality:
    """Somewhere a user has rights; for operations, who runs the system. organisation_number: nine digits."""

    name: str
    organisation_number: str


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody invented. identity_number: synthetic, eleven digits."""

    username: str
    name: str
    identity_number: str
    role: Role
    municipalities: Sequence[Municipality]

    @property
    def places(self) -> str:
        """The municipalities, as they are read out."""
        return " og ".join(municipality.name for municipality in self.municipalities)

    def claims(self) -> Mapping[str, object]:
        """Tell what Ansattporten would put into the token: rights as rich authorization details (RFC 9396)."""
        return {
            "name": self.name,
            "pid": self.identity_number,
            "acr": LEVEL,
            "amr": ["TestID"],
            "authorization_details": [
                {
                    "type": "ansattporten:altinn:resource",
                    "resource": self.role.resource,
                    "resource_name": f"Fordeling: {self.role.label}",
                    "authorized_parties": [_party(self.role, place) for place in self.municipalities],
                }
            ],
        }


def _party(role: Role, municipality: Municipality) -> Mapping[str, object]:
    return {
        "orgno": {"authority": "iso6523-actorid-upis", "ID": f"0192:{municipality.organisation_number}"},
        "resource": role.resource,
        "name": municipality.name if role is Role.OPERATOR else f"{municipality.name} kommune",
        "unit_type": "ORGL" if role is Role.OPERATOR else "KOMM",
    }


def operations_organisations() -> str:
    """Name the organisations of the operators, as the gateway's setting has them."""
    found = {
        place.organisation_number for one in demo_users() if one.role is Role.OPERATOR for place in one.municipalities
    }
    return ",".join(sorted(found))


def demo_users(file: Path = FILE) -> list[DemoUser]:
    """Read who there is, in the order they are shown."""
    return [
        DemoUser(
            username=entry["username"],
            name=entry["name"],
            identity_number=entry["identity_number"],
            role=Role(entry["role"]),
            municipalities=tuple(Municipality(**municipality) for municipality in entry["municipalities"]),
        )
        for entry in json.loads(file.read_text(encoding="utf-8"))
    ]
