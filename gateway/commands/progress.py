"""Whether the read model shows what a command did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.envelope import EPOCH
from gateway.commands.outcomes import Outcome
from gateway.readmodel.reader import Reader
from gateway.readmodel.surface import STILL_UNREAD

READ_NOTICES = "read_notices"
RESOLVE = "resolve"
CHOOSE_NOTICES = "choose_notices"

OF_REPORTS = frozenset({"report", "confirm_report", "withdraw_report"})

LIST_SEQUENCE = "SELECT sequence FROM readmodel.distribution_list WHERE list_id = $1 AND municipality_id = $2"

CHOICE_SEQUENCE = "SELECT sequence FROM readmodel.notice_choice WHERE municipality_id = $1 AND user_id = $2"

YEAR_SEQUENCE = "SELECT sequence FROM readmodel.ledger_year WHERE municipality_id = $1 AND year = $2"

REPORT_SEQUENCE = """
SELECT max(sequence) AS sequence FROM (
    SELECT sequence FROM readmodel.report WHERE municipality_id = $1 AND report_id = $2
    UNION ALL SELECT sequence FROM readmodel.person_report WHERE municipality_id = $1 AND report_id = $2
) AS found
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """Asks the read model as the pages do."""

    reader: Reader

    async def shown(
        self, municipality_id: str, user_id: str, kind: str, outcome: Outcome, form: Mapping[str, Any] | None
    ) -> bool:
        """Whether a page read now shows the accepted command."""
        if kind == READ_NOTICES:
            ids = list((form or {}).get("notice_ids", ()))
            row = await self.reader.row(municipality_id, STILL_UNREAD, municipality_id, ids, user_id)
            return row is not None and row["unread"] == 0
        return await self.subject_at(municipality_id, kind, outcome.subject, outcome.version or 0)

    async def subject_at(self, municipality_id: str, kind: str, subject: str, version: int) -> bool:
        """Whether a page read now shows what a command of this kind is about at this version, or a later one.

        That is a list, a ledger year ``<municipality>/<year>``, a report ``<municipality>/reports/<report>`` or a
        user's choice ``<municipality>/choices/<user>``; of the latter three nobody has told at version 0.
        """
        if kind in OF_REPORTS:
            report_id = subject.rpartition("/")[2]
            found = await self.reader.row(municipality_id, REPORT_SEQUENCE, municipality_id, report_id)
            sequence = None if found is None else found["sequence"]
            return version == 0 if sequence is None else int(sequence) % EPOCH >= version
        if kind == CHOOSE_NOTICES:
            user_id = subject.rpartition("/")[2]
            found = await self.reader.row(municipality_id, CHOICE_SEQUENCE, municipality_id, user_id)
            return version == 0 if found is None else int(found["sequence"]) % EPOCH >= version
        if kind == RESOLVE:
            year = int(subject.rpartition("/")[2])
            row = await self.reader.row(municipality_id, YEAR_SEQUENCE, municipality_id, year)
        else:
            row = await self.reader.row(municipality_id, LIST_SEQUENCE, subject, municipality_id)
        if row is None:
            return kind == RESOLVE and version == 0
        return int(row["sequence"]) % EPOCH >= version
