"""What the archive of a list holds, told on letters' topic."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.transaction import Transaction
from contracts import codes, topics
from contracts.letters import v1
from services.letters.adapters.letters import of_the_cause
from services.letters.domain.letter import Letter

# Locked until the commit: of two who record the last two papers at once, the second sees the first.
NEXT_VERSION = """
INSERT INTO list_archive (list_id, version) VALUES ($1, 1)
ON CONFLICT (list_id) DO UPDATE SET version = list_archive.version + 1
RETURNING version
"""

STILL_TO_BE_MADE = """
SELECT 1 FROM letter JOIN letter_queue USING (letter_id) WHERE list_id = $1 AND stage <> 'settled' LIMIT 1
"""

BACK = "UPDATE list_archive SET version = version - 1 WHERE list_id = $1"

PAPERS = """
SELECT letter_id, kind, sha256, size FROM letter
WHERE list_id = $1 AND object_key IS NOT NULL ORDER BY planned_at, letter_id
"""


@dataclass(frozen=True, slots=True)
class PgArchives:
    """The archives, over one transaction."""

    transaction: Transaction

    async def tell_if_complete(self, letter: Letter) -> bool:
        """Publish which papers the letter's list has, where none is still to be made; tells whether it was."""
        connection, list_id = self.transaction.connection, letter.list_id
        version = await connection.fetchval(NEXT_VERSION, list_id)
        papers = await connection.fetch(PAPERS, list_id)
        if not papers or await connection.fetchval(STILL_TO_BE_MADE, list_id) is not None:
            await connection.execute(BACK, list_id)
            return False
        body = v1.ArchiveReady(
            municipality_id=letter.municipality_id,
            list_id=list_id,
            papers=[
                v1.Paper(
                    letter_id=row["letter_id"],
                    kind=codes.LetterKind(row["kind"]),
                    sha256=row["sha256"],
                    size=row["size"],
                )
                for row in papers
            ],
        )
        transaction = await of_the_cause(self.transaction, letter.letter_id)
        key, subject = letter.municipality_id, f"archive/{list_id}"
        await transaction.publish(topics.LETTERS_EVENTS.name, body, key=key, subject=subject, sequence=version)
        return True
