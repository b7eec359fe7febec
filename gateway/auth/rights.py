"""What a login gives the right to: Altinn resources in ``authorization_details`` (RFC 9396, Ansattporten's form).

Any client can ask the provider for any resource, so what comes back counts only if the resource is one of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.codes import Role

TYPE = "ansattporten:altinn:resource"
ROLES: Mapping[str, Role] = {
    "urn:altinn:resource:fordeling-bosetter-skriv": Role.SETTLEMENT_WRITER,
    "urn:altinn:resource:fordeling-bosetter-les": Role.SETTLEMENT_READER,
}
ASKED_FOR = [{"type": TYPE, "resource": resource} for resource in ROLES]
"""What we ask the provider to ask about."""

AUTHORITY = "iso6523-actorid-upis"
NORWEGIAN_ORGANISATION = "0192:"
ORGANISATION_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for an organisation, by its number."""

    organisation_number: str
    role: Role


def grants(claims: Mapping[str, Any]) -> tuple[Grant, ...]:
    """Read the roles a token gives, one for each organisation: writing includes reading. Odd entries give nothing."""
    strongest: dict[str, Role] = {}
    for grant in _all(claims.get("authorization_details")):
        if strongest.get(grant.organisation_number) is not Role.SETTLEMENT_WRITER:
            strongest[grant.organisation_number] = grant.role
    return tuple(Grant(number, role) for number, role in sorted(strongest.items()))


def _all(details: object) -> Iterator[Grant]:
    for detail in _mappings(details):
        role = ROLES.get(str(detail.get("resource")))
        if detail.get("type") != TYPE or role is None:
            continue
        for party in _mappings(detail.get("authorized_parties")):
            number = organisation_number(party.get("orgno"))
            if number and party.get("resource", detail["resource"]) == detail["resource"]:
                yield Grant(number, role)


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def organisation_number(value: object) -> str | None:
    """Read a Norwegian organisation number from its ISO 6523 form; None where it is not one."""
    if not isinstance(value, dict) or value.get("authority") != AUTHORITY:
        return None
    number = str(value.get("ID", "")).removeprefix(NORWEGIAN_ORGANISATION)
    return number if number.isascii() and number.isdigit() and len(number) == ORGANISATION_DIGITS else None
