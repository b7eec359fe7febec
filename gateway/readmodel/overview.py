"""A municipality's settlement data: agreements year by year, persons by status, open lists and the latest answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.codes import PersonStatus
from contracts.distribution.v1 import ListState
from contracts.municipality.v1 import LedgerYearState, MunicipalityState
from gateway.readmodel.reader import Reader

ANSWERED_SHOWN = 5

OVERVIEW = """
SELECT (SELECT body FROM readmodel.municipality WHERE municipality_id = $1) AS municipality,
       (SELECT coalesce(jsonb_agg(body ORDER BY year DESC), '[]') FROM readmodel.ledger_year
        WHERE municipality_id = $1) AS years,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(year, status, persons)), '[]')
        FROM (SELECT held.year, person.status, count(*) AS persons
              FROM readmodel.person JOIN readmodel.distribution_list AS list USING (list_id)
              CROSS JOIN LATERAL (
                  SELECT coalesce(extract(year FROM (person.body->>'placed_on')::date)::integer, list.year) AS year
              ) AS held
              WHERE person.municipality_id = $1
              GROUP BY held.year, person.status) AS counted) AS persons,
       (SELECT coalesce(jsonb_agg(body ORDER BY deadline, received_at), '[]') FROM readmodel.distribution_list
        WHERE municipality_id = $1 AND status NOT IN ('answered', 'withdrawn')) AS open_lists,
       (SELECT coalesce(jsonb_agg(body ORDER BY received_at DESC), '[]')
        FROM (SELECT body, received_at FROM readmodel.distribution_list
              WHERE municipality_id = $1 AND status = 'answered'
              ORDER BY received_at DESC LIMIT $2) AS latest) AS answered
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything of one municipality. ``persons``: how many by year of their place and status.

    A person's place is of the year of the placement; before that, and for who is declined, of the list's year.
    """

    municipality: MunicipalityState | None
    years: tuple[LedgerYearState, ...]
    persons: Mapping[tuple[int, PersonStatus], int]
    open_lists: tuple[ListState, ...]
    answered: tuple[ListState, ...]

    def year(self, year: int) -> LedgerYearState | None:
        """Find the ledger of a year."""
        return next((one for one in self.years if one.year == year), None)


async def find_overview(reader: Reader, municipality_id: str) -> Overview:
    """Find the overview of a municipality."""
    row = await reader.row(municipality_id, OVERVIEW, municipality_id, ANSWERED_SHOWN)
    assert row is not None
    return Overview(
        municipality=MunicipalityState.model_validate(row["municipality"]) if row["municipality"] else None,
        years=tuple(LedgerYearState.model_validate(body) for body in row["years"]),
        persons={(year, PersonStatus(status)): persons for year, status, persons in row["persons"]},
        open_lists=tuple(ListState.model_validate(body) for body in row["open_lists"]),
        answered=tuple(ListState.model_validate(body) for body in row["answered"]),
    )
