"""The words of the codes of reports between the lists."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from contracts.municipality import codes
from gateway.language import _, marked as _n

REPORT_LABELS: Mapping[type[StrEnum], Mapping[Any, str]] = {
    codes.ReportKind: {
        codes.ReportKind.WEEKLY_PLACES: _n("Antall plasser"),
        codes.ReportKind.HOUSING: _n("Boliger"),
        codes.ReportKind.NAMED_PERSONS: _n("Bestemte personer"),
        codes.ReportKind.SELF_SETTLEMENT: _n("Avtalt selvbosetting"),
    },
    codes.ReportStatus: {
        codes.ReportStatus.OPEN: _n("Gjelder"),
        codes.ReportStatus.ANSWERED: _n("Besvart av IMDi"),
        codes.ReportStatus.WITHDRAWN: _n("Trukket"),
        codes.ReportStatus.LAPSED: _n("Utløpt"),
    },
    codes.ReportStep: {
        codes.ReportStep.ENTERED: _n("Meldt inn"),
        codes.ReportStep.CHANGED: _n("Endret"),
        codes.ReportStep.CONFIRMED: _n("Bekreftet: gjelder fortsatt"),
        codes.ReportStep.QUESTIONED: _n("Fire uker uten endring: gjelder det fortsatt?"),
        codes.ReportStep.ANSWERED: _n("IMDi svarte med en fordelingsliste"),
        codes.ReportStep.WITHDRAWN: _n("Trukket"),
        codes.ReportStep.LAPSED: _n("Utløpt: tolv uker uten bekreftelse"),
    },
    codes.HomeFeature: {
        codes.HomeFeature.STEP_FREE: _n("Trinnfri adkomst"),
        codes.HomeFeature.WHEELCHAIR_ACCESS: _n("Tilpasset rullestol"),
        codes.HomeFeature.GROUND_FLOOR: _n("På bakkeplan"),
        codes.HomeFeature.NEAR_HOSPITAL: _n("Nær sykehus"),
    },
    codes.FamilyTie: {
        codes.FamilyTie.SPOUSE: _n("Ektefelle, samboer eller partner"),
        codes.FamilyTie.CHILD: _n("Barn"),
        codes.FamilyTie.PARENT: _n("Mor eller far"),
        codes.FamilyTie.SIBLING: _n("Søsken"),
        codes.FamilyTie.OTHER_FAMILY: _n("Annen familie"),
        codes.FamilyTie.OTHER: _n("Annet"),
    },
}

REPORT_COLOURS: Mapping[StrEnum, str] = {
    codes.ReportStatus.OPEN: "success",
    codes.ReportStatus.ANSWERED: "info",
    codes.ReportStatus.WITHDRAWN: "neutral",
    codes.ReportStatus.LAPSED: "neutral",
}

_PARTS: Mapping[str, str] = {
    "homes": _n("antall boliger"),
    "bedrooms": _n("soverom"),
    "persons": _n("personer"),
    "available_from": _n("ledig fra"),
    "features": _n("hva boligen har"),
    "area": _n("område"),
    "tie": _n("tilknytning"),
    "note": _n("merknad"),
    "address": _n("adresse"),
    "moves_in": _n("innflytting"),
}


def part_name(name: str) -> str:
    """Give the word of a part of a report that changed. One that is newer than these words shows as itself."""
    return _(_PARTS[name]) if name in _PARTS else name
