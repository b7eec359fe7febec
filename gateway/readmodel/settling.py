"""Placed and settled persons, by household: what is missing first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contracts.codes import PersonStatus
from contracts.distribution.v1 import PersonState
from gateway.readmodel.reader import Reader

PAGE_SIZE = 20
"""Households a page."""

# Households with somebody who has no settlement date come first, those placed longest ago before others; then who moved
# in last. $2: 'missing', 'settled', or '' for all.
HOUSEHOLDS = """
WITH household AS (
    SELECT list_id, (body ->> 'household')::integer AS household,
           count(*) AS persons,
           count(*) FILTER (WHERE status = 'placed') AS missing,
           min(body ->> 'placed_on') AS placed_on,
           max(body ->> 'settlement_date') AS settled_on
    FROM readmodel.person
    WHERE municipality_id = $1 AND status IN ('placed', 'settled')
    GROUP BY list_id, (body ->> 'household')::integer
), found AS (
    SELECT * FROM household
    WHERE $2::text = '' OR ($2 = 'missing' AND missing > 0) OR ($2 = 'settled' AND missing = 0)
), shown AS (
    SELECT list_id, household, row_number() OVER (
        ORDER BY missing = 0, CASE WHEN missing > 0 THEN placed_on END, settled_on DESC, list_id, household
    ) AS position
    FROM found ORDER BY position LIMIT $3 OFFSET $4
)
SELECT coalesce((
           SELECT jsonb_agg(persons ORDER BY position)
           FROM shown CROSS JOIN LATERAL (
               SELECT jsonb_agg(body ORDER BY running_number) AS persons
               FROM readmodel.person AS p
               WHERE p.list_id = shown.list_id AND p.municipality_id = $1 AND status IN ('placed', 'settled')
                 AND (body ->> 'household')::integer = shown.household
           ) AS of_household
       ), '[]') AS households,
       (SELECT count(*) FROM found) AS total,
       (SELECT coalesce(sum(persons), 0)::integer FROM household) AS persons,
       (SELECT coalesce(sum(missing), 0)::integer FROM household) AS missing
"""


class Shown(StrEnum):
    """Which households."""

    ALL = ""
    MISSING = "missing"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Household:
    """Persons of one list who belong together, those that are placed or settled."""

    persons: tuple[PersonState, ...]

    @property
    def list_id(self) -> str:
        """Of which list."""
        return str(self.persons[0].list_id)

    @property
    def number(self) -> int:
        """Its number on the list."""
        return self.persons[0].household

    @property
    def waiting(self) -> tuple[PersonState, ...]:
        """Those without a settlement date."""
        return tuple(one for one in self.persons if one.status is PersonStatus.PLACED)


@dataclass(frozen=True, slots=True)
class HouseholdsPage:
    """One page. ``total`` households match; ``persons`` and ``missing`` (a settlement date) are of all of them."""

    households: tuple[Household, ...]
    total: int
    persons: int
    missing: int

    @property
    def pages(self) -> int:
        """How many pages the matching households fill; at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


async def find_households(reader: Reader, municipality_id: str, shown: Shown, page: int) -> HouseholdsPage:
    """Find the households of one page (from 1)."""
    offset = (page - 1) * PAGE_SIZE
    row = await reader.row(municipality_id, HOUSEHOLDS, municipality_id, shown.value, PAGE_SIZE, offset)
    assert row is not None
    return HouseholdsPage(
        households=tuple(
            Household(tuple(PersonState.model_validate(body) for body in persons)) for persons in row["households"]
        ),
        total=row["total"],
        persons=row["persons"],
        missing=row["missing"],
    )
