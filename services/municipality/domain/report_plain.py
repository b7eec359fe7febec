"""What reports say as plain values (texts, numbers, lists), in which they are kept and travel; and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, assert_never

from services.municipality.domain.codes import FamilyTie, HomeFeature, ReportKind
from services.municipality.domain.report_contents import (
    Content,
    Homes,
    NamedPerson,
    NamedPersons,
    SelfSettlement,
    WeeklyPlaces,
)
from services.municipality.domain.weeks import Week


def plain(content: Content) -> dict[str, Any]:
    """Write what a report says. Days as ``2026-12-01``, weeks as ``2026-W53``."""
    match content:
        case WeeklyPlaces(places):
            return {"weeks": [{"week": str(week), "places": places[week]} for week in sorted(places)]}
        case Homes():
            return {
                "homes": content.homes,
                "bedrooms": content.bedrooms,
                "persons": content.persons,
                "available_from": content.available_from.isoformat(),
                "features": [feature.value for feature in content.features],
                "area": content.area,
            }
        case NamedPersons():
            return {"persons": _people(content.persons), "tie": content.tie.value, "note": content.note}
        case SelfSettlement():
            return {
                "persons": _people(content.persons),
                "address": content.address,
                "moves_in": content.moves_in.isoformat(),
                "note": content.note,
            }
    assert_never(content)


def content_of(kind: ReportKind, said: Mapping[str, Any]) -> Content:
    """Read what ``plain`` wrote, or a message said in the same form."""
    match kind:
        case ReportKind.WEEKLY_PLACES:
            return WeeklyPlaces({Week.parse(one["week"]): one["places"] for one in said["weeks"]})
        case ReportKind.HOUSING:
            return Homes(
                homes=said["homes"],
                bedrooms=said["bedrooms"],
                persons=said["persons"],
                available_from=date.fromisoformat(said["available_from"]),
                features=tuple(feature for feature in HomeFeature if feature in said["features"]),
                area=said["area"],
            )
        case ReportKind.NAMED_PERSONS:
            return NamedPersons(_persons(said["persons"]), FamilyTie(said["tie"]), said["note"])
        case ReportKind.SELF_SETTLEMENT:
            moves_in = date.fromisoformat(said["moves_in"])
            return SelfSettlement(_persons(said["persons"]), said["address"], moves_in, said["note"])
    assert_never(kind)


def _people(persons: tuple[NamedPerson, ...]) -> list[dict[str, Any]]:
    return [{"name": one.name, "duf_number": one.duf_number} for one in persons]


def _persons(said: list[Mapping[str, Any]]) -> tuple[NamedPerson, ...]:
    return tuple(NamedPerson(one["name"], one.get("duf_number")) for one in said)
