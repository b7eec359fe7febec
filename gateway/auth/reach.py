"""Which municipalities a right opens, mergers included: by organisation number, looked up anew at each request.

A right in the successor's organisation opens what was of those that have merged into it, in one step or several.
A right in the organisation of one that has merged opens nothing; its bearer is told who the successor is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from contracts.codes import LanguageForm, Role
from gateway.auth.users import Access, Merged

OSLO = ZoneInfo("Europe/Oslo")
LANGUAGE_FORMS: Mapping[str | None, str] = {LanguageForm.BOKMAAL: "nb", LanguageForm.NYNORSK: "nn"}
"""The language of those who have resolved upon one (språkvedtak); the others are neutral."""


def reached(rights: str, day: str) -> str:
    """Give the query for the municipalities that rights reach, as rows that ``access_of_row`` reads.

    rights: rows of (organisation_number, role). day: the one in Norway. Of two roles in a municipality writing counts;
    one that is reached both as itself and through a successor is shown as itself.
    """
    return f"""
        WITH RECURSIVE reached AS (
            SELECT municipality_id, name, granted.role, body ->> 'language_form' AS language_form, 0 AS steps,
                   municipality_id AS root, name AS root_name
            FROM {rights} JOIN readmodel.municipality USING (organisation_number)
            WHERE merged_on IS NULL OR merged_on > {day}
            UNION
            SELECT gone.municipality_id, gone.name, reached.role, gone.body ->> 'language_form', steps + 1,
                   root, root_name
            FROM reached JOIN readmodel.municipality AS gone ON gone.successor = reached.municipality_id
            WHERE gone.merged_on <= {day} AND steps < 50
        )
        SELECT DISTINCT ON (municipality_id) municipality_id, name, role, language_form,
               CASE WHEN steps > 0 THEN root END AS successor, CASE WHEN steps > 0 THEN root_name END AS successor_name
        FROM reached ORDER BY municipality_id, role DESC, steps
    """  # noqa: S608  no value comes into it


def merged(rights: str, day: str) -> str:
    """Give the query for the merged municipalities whose own organisations the rights are in.

    The nearest successor is named, as the register knows it.
    """
    return f"""
        SELECT DISTINCT gone.municipality_id, gone.name, gone.merged_on, successor.municipality_id AS successor,
               successor.name AS successor_name, successor.body ->> 'number' AS successor_number
        FROM {rights} JOIN readmodel.municipality AS gone USING (organisation_number)
            JOIN readmodel.municipality AS successor ON successor.municipality_id = gone.successor
        WHERE gone.merged_on <= {day}
    """  # noqa: S608  no value comes into it


def access_of_row(row: Iterable[Any]) -> Access:
    """Read a row of ``reached``."""
    municipality_id, name, role, form, successor, successor_name = row
    return Access(municipality_id, name, Role(role), LANGUAGE_FORMS.get(form), successor, successor_name)


def merged_of_row(row: Iterable[Any]) -> Merged:
    """Read a row of ``merged``; the day as a date or as JSON writes it."""
    municipality_id, name, on, successor, successor_name, number = row
    return Merged(municipality_id, name, date.fromisoformat(str(on)), successor, successor_name, number)
