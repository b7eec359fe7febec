"""Request, resolution and places of a municipality's years, each with how it came to be."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.envelope import EPOCH
from contracts.municipality.v1 import LedgerChangeState, LedgerYearState
from gateway.readmodel.places import awaits_resolution
from gateway.readmodel.reader import Reader

# $2: one year, or NULL for all. A year's history may be there before the year itself.
AGREEMENTS = """
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(body, sequence) ORDER BY year DESC), '[]')
        FROM readmodel.ledger_year
        WHERE municipality_id = $1 AND ($2::integer IS NULL OR year = $2)) AS years,
       (SELECT coalesce(jsonb_agg(body ORDER BY year, version), '[]') FROM readmodel.ledger_change
        WHERE municipality_id = $1 AND ($2::integer IS NULL OR year = $2)) AS changes
"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One year. ``version``: to be named by who registers a resolution; 0, with no state, where nothing happened yet.

    ``changes``: every request and resolution, and deadlines that passed, in their order.
    """

    year: int
    version: int = 0
    state: LedgerYearState | None = None
    changes: tuple[LedgerChangeState, ...] = ()

    @property
    def awaits_resolution(self) -> bool:
        """Whether IMDi has asked since the municipality last resolved."""
        return self.state is not None and awaits_resolution(self.state)


async def find_agreements(reader: Reader, municipality_id: str) -> list[Agreement]:
    """Find all years of a municipality that something is registered for, latest first."""
    return await _find(reader, municipality_id, None)


async def find_agreement(reader: Reader, municipality_id: str, year: int) -> Agreement:
    """Find one year of a municipality."""
    found = await _find(reader, municipality_id, year)
    return found[0] if found else Agreement(year)


async def _find(reader: Reader, municipality_id: str, year: int | None) -> list[Agreement]:
    row = await reader.row(municipality_id, AGREEMENTS, municipality_id, year)
    assert row is not None
    changes = [LedgerChangeState.model_validate(body) for body in row["changes"]]
    states = [(LedgerYearState.model_validate(body), sequence % EPOCH) for body, sequence in row["years"]]
    return [
        Agreement(state.year, version, state, tuple(one for one in changes if one.year == state.year))
        for state, version in states
    ]
