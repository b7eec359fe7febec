"""What a login gives the right to: Altinn resources in ``authorization_details`` (RFC 9396, Ansattporten's form).

Any client can ask the provider for any resource, so what comes back counts only if the resource is one of ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.codes import Role

TYPE = "ansattporten:altinn:resource"
ROLES: Mapping[str, Role] = {
    "urn:altinn:resource:fordeling-bosetter-skriv": Role.SETTLEMENT_WRITER,
    "urn:altinn:resource:fordeling-bosetter-les": Role.SETTLEMENT_READER,
}
OPERATIONS = "urn:altinn:resource:fordeling-drift"
"""Opens the operations pages, in an organisation that is named in the settings: no municipality gives it to itself."""
ASKED_FOR = [{"type": TYPE, "resource": resource} for resource in (*ROLES, OPERATIONS)]
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
    for resource, number in _all(claims.get("authorization_details")):
        role = ROLES.get(resource)
        if role is not None and strongest.get(number) is not Role.SETTLEMENT_WRITER:
            strongest[number] = role
    return tuple(Grant(number, role) for number, role in sorted(strongest.items()))


def operates(claims: Mapping[str, Any], organisations: Collection[str]) -> bool:
    """Whether a token opens the operations pages: the right to them, in one of the organisations that run the system.

    Such a login opens no municipality, whatever else its token gives.
    """
    given = _all(claims.get("authorization_details"))
    return any(resource == OPERATIONS and number in organisations for resource, number in given)


def _all(details: object) -> Iterator[tuple[str, str]]:
    """Give each resource and organisation number."""
    for detail in _mappings(details):
        resource = detail.get("resource")
        if detail.get("type") != TYPE or not isinstance(resource, str):
            continue
        for party in _mappings(detail.get("authorized_parties")):
            number = organisation_number(party.get("orgno"))
            if number and party.get("resource", resource) == resource:
                yield resource, number


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def organisation_number(value: object) -> str | None:
    """Read a Norwegian organisation number from its ISO 6523 form; None where it is not one."""
    if not isinstance(value, dict) or value.get("authority") != AUTHORITY:
        return None
    number = str(value.get("ID", "")).removeprefix(NORWEGIAN_ORGANISATION)
    return number if number.isascii() and number.isdigit() and len(number) == ORGANISATION_DIGITS else None
