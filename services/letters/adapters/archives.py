"""What the archive of a list holds, told on letters' topic."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import asyncpg

from chassis.storage.transaction import Transaction
from contracts import codes, topics
from contracts.letters import v1
from services.letters.adapters.letters import causes_of
from services.letters.domain.letter import Letter

# Locked until the commit, in the order of the lists: of two who record the last two papers of one at once, the second
# sees the first.
LOCK = """
INSERT INTO list_archive (list_id, version) SELECT list_id, 0 FROM unnest($1::text[]) AS list (list_id) ORDER BY list_id
ON CONFLICT (list_id) DO UPDATE SET version = list_archive.version
"""

COMPLETE = """
SELECT list_id FROM unnest($1::text[]) AS list (list_id)
WHERE EXISTS (SELECT FROM letter WHERE letter.list_id = list.list_id AND object_key IS NOT NULL)
  AND NOT EXISTS (
    SELECT FROM letter JOIN letter_queue USING (letter_id) WHERE letter.list_id = list.list_id AND stage <> 'settled'
  )
"""

NEXT_VERSIONS = """
UPDATE list_archive SET version = version + 1 WHERE list_id = ANY($1) RETURNING list_id, version
"""

PAPERS = """
SELECT list_id, letter_id, kind, sha256, size FROM letter
WHERE list_id = ANY($1) AND object_key IS NOT NULL ORDER BY planned_at, letter_id
"""


@dataclass(frozen=True, slots=True)
class PgArchives:
    """The archives, over one transaction."""

    transaction: Transaction

    async def tell_complete(self, letters: Collection[Letter]) -> None:
        """Publish which papers the lists of these letters have, of each list where none is still to be made."""
        by_list = {letter.list_id: letter for letter in letters}
        if not by_list:
            return
        connection = self.transaction.connection
        await connection.execute(LOCK, sorted(by_list))
        complete = [row["list_id"] for row in await connection.fetch(COMPLETE, sorted(by_list))]
        if not complete:
            return
        versions = {row["list_id"]: row["version"] for row in await connection.fetch(NEXT_VERSIONS, complete)}
        papers: dict[str, list[v1.Paper]] = {}
        for row in await connection.fetch(PAPERS, complete):
            papers.setdefault(row["list_id"], []).append(_paper(row))
        causes = await causes_of(self.transaction, [by_list[list_id].letter_id for list_id in complete])
        for list_id in sorted(complete):
            letter = by_list[list_id]
            body = v1.ArchiveReady(municipality_id=letter.municipality_id, list_id=list_id, papers=papers[list_id])
            key, subject = letter.municipality_id, f"archive/{list_id}"
            transaction = causes.get(letter.letter_id, self.transaction)
            await transaction.publish(
                topics.LETTERS_EVENTS.name, body, key=key, subject=subject, sequence=versions[list_id]
            )


def _paper(row: asyncpg.Record) -> v1.Paper:
    kind = codes.LetterKind(row["kind"])
    return v1.Paper(letter_id=row["letter_id"], kind=kind, sha256=row["sha256"], size=row["size"])
