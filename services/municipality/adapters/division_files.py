"""The division of the country as dated files: data/ beside the service. Their columns: data/README.md."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from services.municipality.domain.codes import LanguageForm
from services.municipality.domain.register import DivisionRow, Facts
from services.municipality.use_cases.ports import Division

DATA = Path(__file__).parents[1] / "data"
VALID_FROM = "2024-01-01"
"""The division that the register follows; a new one is a new pair of files and this date."""


def read_division(folder: Path = DATA, valid_from: str = VALID_FROM) -> Division:
    """Read the municipalities and counties of a division. Raises OSError, KeyError or ValueError on a broken file."""
    counties = (folder / f"counties-{valid_from}.csv").read_bytes()
    municipalities = (folder / f"municipalities-{valid_from}.csv").read_bytes()
    names = {row["number"]: row["name"] for row in _rows(counties)}
    rows = [_row(row, names) for row in _rows(municipalities)]
    return Division(rows, hashlib.sha256(counties + municipalities).hexdigest())


def _rows(content: bytes) -> csv.DictReader[str]:
    return csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True)


def _row(row: Mapping[str, str], counties: Mapping[str, str]) -> DivisionRow:
    facts = Facts(
        number=row["number"],
        name=row["name"],
        county_number=row["county_number"],
        county_name=counties[row["county_number"]],
        organisation_number=row["organisation_number"],
        language_form=LanguageForm(row["language_form"]),
        population=int(row["population"]),
        valid_from=date.fromisoformat(row["valid_from"]),
    )
    return DivisionRow(facts, tuple(filter(None, row["predecessors"].split(";"))))
