"""One distribution list with all that its page shows, in one query."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.codes import LetterFailure, LetterKind, PersonStatus, PlaceKind
from contracts.distribution.history import ListChangeState
from contracts.distribution.threads_v1 import ThreadMessageState
from contracts.distribution.v1 import ListState, PersonState
from contracts.envelope import EPOCH
from contracts.letters.v1 import LetterState
from contracts.municipality.reports import ReportState
from contracts.municipality.v1 import LedgerYearState
from gateway.readmodel.reader import Reader

# $3: the year it is now. Whom an open list's answer accepts gets a place of the year of the placement, not of the
# year in which the list holds its requested places.
ONE_LIST = """
SELECT list.body,
       list.sequence,
       (SELECT coalesce(jsonb_agg(person.body ORDER BY person.body->'household', person.running_number), '[]')
        FROM readmodel.person WHERE person.list_id = list.list_id) AS persons,
       (SELECT ledger_year.body FROM readmodel.ledger_year
        WHERE ledger_year.municipality_id = list.municipality_id AND ledger_year.year = places.year) AS ledger_year,
       places.year AS places_year,
       (SELECT coalesce(max(ledger_list.list_version), -1) FROM readmodel.ledger_list
        WHERE ledger_list.list_id = list.list_id) AS ledger_version,
       (SELECT coalesce(jsonb_agg(letter.body ORDER BY letter.body->'running_number' NULLS FIRST, letter_id), '[]')
        FROM readmodel.letter WHERE letter.list_id = list.list_id) AS letters,
       (SELECT coalesce(jsonb_agg(thread_message.body ORDER BY thread_message.number), '[]')
        FROM readmodel.thread_message WHERE thread_message.list_id = list.list_id) AS messages,
       (SELECT coalesce(jsonb_agg(change.body ORDER BY change.version), '[]')
        FROM readmodel.list_change AS change WHERE change.list_id = list.list_id) AS changes,
       (SELECT coalesce((municipality.body->>'four_eyes')::boolean, false) FROM readmodel.municipality
        WHERE municipality.municipality_id = list.municipality_id) AS four_eyes,
       (SELECT coalesce(jsonb_agg(report.body ORDER BY report.entered_at), '[]') FROM readmodel.report
        WHERE report.municipality_id = list.municipality_id AND report.kind = 'housing' AND report.status = 'open'
          AND list.status NOT IN ('answered', 'withdrawn')) AS homes
FROM readmodel.distribution_list AS list
CROSS JOIN LATERAL (
    SELECT CASE WHEN list.status IN ('answered', 'withdrawn') THEN list.year
           ELSE coalesce($3::integer, list.year) END AS year
) AS places
WHERE list.list_id = $1 AND list.municipality_id = $2
"""

# A letter to somebody who was withdrawn is shown to nobody: the person's folder is closed.
ONE_LETTER = """
SELECT body FROM readmodel.letter WHERE letter_id = $1 AND list_id = $2 AND municipality_id = $3
  AND NOT EXISTS (
      SELECT FROM readmodel.person
      WHERE person.list_id = $2 AND person.running_number = (letter.body->>'running_number')::integer
        AND person.status = 'withdrawn')
"""

IS_THERE = "SELECT true FROM readmodel.distribution_list WHERE list_id = $1 AND municipality_id = $2"

NEVER = -1
"""The list version of a ledger that has heard nothing of the list."""


@dataclass(frozen=True, slots=True)
class OneList:
    """A list, its persons by household, its letters and messages, and the ledger its places are reckoned in.

    version: the list's version, to be named by a command. ledger_version: the list version the ledger includes.
    changes: who did what, in its order. four_eyes: whether another one must send than the one who approved.
    homes: what the municipality has reported and not taken back; for an open list only.
    places_year: for an open list the year in which an answer would place; ``year`` is its ledger, where there is one.
    """

    state: ListState
    version: int
    persons: tuple[PersonState, ...]
    year: LedgerYearState | None
    ledger_version: int
    letters: tuple[LetterState, ...]
    places_year: int
    messages: tuple[ThreadMessageState, ...] = ()
    changes: tuple[ListChangeState, ...] = ()
    four_eyes: bool = False
    homes: tuple[ReportState, ...] = ()

    @property
    def moves_year(self) -> bool:
        """Whether places are reckoned in another year than the one the list holds its requested places in."""
        return self.places_year != self.state.year

    @property
    def places_current(self) -> bool:
        """Whether the ledger has followed the list: until then the sums are of before."""
        return self.ledger_version >= self.state.places_version

    @property
    def counted(self) -> bool:
        """Whether the sums of ``year`` hold the list's requested places: those of another year never do."""
        return self.ledger_version >= 0 and not self.moves_year

    def count(self, kind: PlaceKind) -> int:
        """How many of the persons that IMDi has not taken back take such a place."""
        return sum(person.place_kind is kind for person in self.present)

    @property
    def present(self) -> tuple[PersonState, ...]:
        """Those whom IMDi has not taken back."""
        return tuple(one for one in self.persons if one.withdrawn is None)

    @property
    def withdrawn(self) -> frozenset[int]:
        """Running numbers of those whom IMDi has taken back."""
        return frozenset(one.running_number for one in self.persons if one.withdrawn is not None)

    @property
    def correspondence(self) -> tuple[LetterState, ...]:
        """Letters that go to somebody; not the kept answer, nor a correction that turned out not to be needed."""
        return tuple(
            one
            for one in self.letters
            if one.kind is not LetterKind.ANSWER and one.failure is not LetterFailure.NOT_NEEDED
        )

    @property
    def papers(self) -> tuple[LetterState, ...]:
        """All that is made and may be read, the answer first: no letter to somebody whom IMDi has taken back."""
        made = [one for one in self.letters if one.document and one.running_number not in self.withdrawn]
        return tuple(sorted(made, key=lambda one: (one.kind is not LetterKind.ANSWER, one.planned_at)))

    @property
    def placed(self) -> tuple[PersonState, ...]:
        """Those who are placed, settled ones included."""
        return tuple(one for one in self.persons if one.status in {PersonStatus.PLACED, PersonStatus.SETTLED})


async def find_list(
    reader: Reader, municipality_id: str, list_id: str, *, this_year: int | None = None
) -> OneList | None:
    """Find the list with everything its page shows; None where the municipality has no such list.

    this_year: of today in Norway, where the places matter; without it they are of the list's own year.
    """
    row = await reader.row(municipality_id, ONE_LIST, list_id, municipality_id, this_year)
    if row is None:
        return None
    return OneList(
        state=ListState.model_validate(row["body"]),
        version=row["sequence"] % EPOCH,
        persons=tuple(PersonState.model_validate(body) for body in row["persons"]),
        year=LedgerYearState.model_validate(row["ledger_year"]) if row["ledger_year"] else None,
        # Without the epoch, as the list's own: after a restore a version of the new epoch is above all others.
        ledger_version=row["ledger_version"] % EPOCH if row["ledger_version"] > NEVER else NEVER,
        letters=tuple(LetterState.model_validate(body) for body in row["letters"]),
        places_year=row["places_year"],
        messages=tuple(ThreadMessageState.model_validate(body) for body in row["messages"]),
        changes=tuple(ListChangeState.model_validate(body) for body in row["changes"]),
        four_eyes=bool(row["four_eyes"]),
        homes=tuple(ReportState.model_validate(body) for body in row["homes"]),
    )


async def is_there(reader: Reader, municipality_id: str, list_id: str) -> bool:
    """Tell whether the municipality has such a list."""
    return await reader.row(municipality_id, IS_THERE, list_id, municipality_id) is not None


async def find_letter(reader: Reader, municipality_id: str, list_id: str, letter_id: str) -> LetterState | None:
    """Find a letter of a list of the municipality; None also of one to somebody whom IMDi has taken back."""
    row = await reader.row(municipality_id, ONE_LETTER, letter_id, list_id, municipality_id)
    return None if row is None else LetterState.model_validate(row["body"])
