"""Request, resolution and places of a municipality's years, each with how it came to be."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.envelope import EPOCH
from contracts.letters.v1 import LetterState
from contracts.municipality.v1 import LedgerChangeState, LedgerYearState
from gateway.readmodel.places import awaits_resolution
from gateway.readmodel.reader import Reader

YEARS = range(2000, 2101)
"""Years that there can be a request or resolution of."""

# $2: one year, or NULL for all. A year's history may be there before the year itself. A request's letter has as its
# list the case that letters name for the year (``services/letters/domain/about.py``), which an index finds it by.
AGREEMENTS = """
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(body, sequence) ORDER BY year DESC), '[]')
        FROM readmodel.ledger_year
        WHERE municipality_id = $1 AND ($2::integer IS NULL OR year = $2)) AS years,
       (SELECT coalesce(jsonb_agg(body ORDER BY year, version), '[]') FROM readmodel.ledger_change
        WHERE municipality_id = $1 AND ($2::integer IS NULL OR year = $2)) AS changes,
       (SELECT coalesce(jsonb_agg(letter.body ORDER BY letter.body -> 'planned_at', letter_id), '[]')
        FROM readmodel.ledger_year
        JOIN readmodel.letter ON letter.municipality_id = $1
         AND letter.list_id = 'ANM-' || ledger_year.year || '-' || upper(substr($1, 3))
        WHERE ledger_year.municipality_id = $1 AND ($2::integer IS NULL OR ledger_year.year = $2)) AS letters
"""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One year. ``version``: to be named by who registers a resolution; 0, with no state, where nothing happened yet.

    ``changes``: every request and resolution, and deadlines that passed, in their order. ``letters``: IMDi's letters of
    the year's request, one for each time that it was made or changed, oldest first.
    """

    year: int
    version: int = 0
    state: LedgerYearState | None = None
    changes: tuple[LedgerChangeState, ...] = ()
    letters: tuple[LetterState, ...] = ()

    def letter(self, letter_id: str) -> LetterState | None:
        """Give one of the letters."""
        return next((one for one in self.letters if one.letter_id == letter_id), None)

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


async def find_request_letter(reader: Reader, municipality_id: str, year: int, letter_id: str) -> LetterState | None:
    """Find a letter of a year's request that has been made; None also for a year that is none of ours."""
    agreement = await find_agreement(reader, municipality_id, year) if year in YEARS else None
    found = agreement.letter(letter_id) if agreement else None
    return found if found is not None and found.document is not None else None


async def _find(reader: Reader, municipality_id: str, year: int | None) -> list[Agreement]:
    row = await reader.row(municipality_id, AGREEMENTS, municipality_id, year)
    assert row is not None
    changes = [LedgerChangeState.model_validate(body) for body in row["changes"]]
    states = [(LedgerYearState.model_validate(body), sequence % EPOCH) for body, sequence in row["years"]]
    letters = [LetterState.model_validate(body) for body in row["letters"]]
    return [
        Agreement(
            state.year,
            version,
            state,
            tuple(one for one in changes if one.year == state.year),
            tuple(one for one in letters if one.year == state.year),
        )
        for state, version in states
    ]
