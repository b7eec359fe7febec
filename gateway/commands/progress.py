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

LIST_SEQUENCE = "SELECT sequence FROM readmodel.distribution_list WHERE list_id = $1 AND municipality_id = $2"


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
        return await self.list_at(municipality_id, outcome.subject, outcome.version or 0)

    async def list_at(self, municipality_id: str, list_id: str, version: int) -> bool:
        """Whether a page read now shows the list at this version, or a later one."""
        row = await self.reader.row(municipality_id, LIST_SEQUENCE, list_id, municipality_id)
        return row is not None and row["sequence"] % EPOCH >= version
