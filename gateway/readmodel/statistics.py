"""What a municipality has answered, counted: by year, kind of place and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from contracts.codes import DeclineReason, PlaceKind
from gateway.readmodel.reader import Reader

# Rows of ``answers.py``, whose year is that of the answer; of an index alone. No reason: accepted.
ANSWERS = """
SELECT coalesce(jsonb_agg(jsonb_build_array(year, place_kind, nullif(reason, ''), persons)), '[]') AS counts
FROM (SELECT year, place_kind, reason, sum(persons) AS persons FROM readmodel.answer
      WHERE municipality_id = $1 GROUP BY year, place_kind, reason) AS sums
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """How many persons were answered about, and how many of them were declined for which reason."""

    accepted: int
    reasons: Mapping[DeclineReason, int]

    @property
    def declined(self) -> int:
        """How many were declined."""
        return sum(self.reasons.values())

    @property
    def answered(self) -> int:
        """How many were answered about."""
        return self.accepted + self.declined

    @property
    def share(self) -> float | None:
        """The part of them that was declined, 0 to 1; None where nobody was answered about."""
        return self.declined / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts by year of the answer and kind of place; what is not there is none."""

    counts: Mapping[tuple[int, PlaceKind], Answers]

    @property
    def years(self) -> tuple[int, ...]:
        """The years with an answer, latest first."""
        return tuple(sorted({year for year, _ in self.counts}, reverse=True))

    def of(self, years: Iterable[int] | None = None, kinds: Iterable[PlaceKind] = PlaceKind) -> Answers:
        """Add up these years (None: all) and kinds."""
        wanted = product(self.years if years is None else years, kinds)
        found = [self.counts[of] for of in wanted if of in self.counts]
        reasons = Counter[DeclineReason]()
        for one in found:
            reasons.update(one.reasons)
        return Answers(sum(one.accepted for one in found), reasons)


async def find_statistics(reader: Reader, municipality_id: str) -> Statistics:
    """Count the answers of a municipality."""
    row = await reader.row(municipality_id, ANSWERS, municipality_id)
    assert row is not None
    accepted: dict[tuple[int, PlaceKind], int] = {}
    reasons: dict[tuple[int, PlaceKind], dict[DeclineReason, int]] = {}
    for year, kind, reason, persons in row["counts"]:
        of = (year, PlaceKind(kind))
        if reason is None:
            accepted[of] = persons
        else:
            reasons.setdefault(of, {})[DeclineReason(reason)] = persons
    return Statistics({of: Answers(accepted.get(of, 0), reasons.get(of, {})) for of in {*accepted, *reasons}})
