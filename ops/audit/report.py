"""What a person may be told: who looked at what there is on them, when and why, and who was turned away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.storage.database import Connection
from ops.audit.people import OnList
from ops.dead_letters.places import database

# Looks at the person, at its whole list, and acts that name it. The organisation of who was turned away is that of
# their last login before. words: of the purpose, where it was told in words.
ROWS = """
SELECT audit_id, at, kind, what, channel, user_id, role, municipality_id, purpose, refusal, subject, running_number,
       (SELECT name FROM readmodel.municipality WHERE municipality.municipality_id = audit.municipality_id) AS asked_of,
       (SELECT purpose_text FROM gateway.look WHERE source = 'look' AND look_id = source_id) AS words,
       CASE WHEN refusal IS NOT NULL THEN (
           SELECT string_agg(DISTINCT coalesce(municipality.name, granted.organisation_number), ', ')
           FROM (SELECT details FROM gateway.audit AS login
                 WHERE login.user_id = audit.user_id AND login.audit_id < audit.audit_id AND login.what = 'login'
                 ORDER BY login.audit_id DESC LIMIT 1) AS last
           CROSS JOIN jsonb_to_recordset(last.details -> 'grants') AS granted (organisation_number text)
           LEFT JOIN readmodel.municipality USING (organisation_number)
       ) END AS of_login
FROM gateway.audit AS audit
WHERE subject = $1
  AND (running_number = $2 OR (running_number IS NULL AND kind = 'look')
       OR (kind = 'command' AND details -> 'persons' @> to_jsonb($2::integer)))
ORDER BY audit_id
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One look or act. who: a short form of the pseudonym, the same for the same user; kind: look, command, refusal.

    organisation: whose user it was; None: not known. what: a part of a folder, or a command's kind. words: why, in the
    user's own words. refusal None: it was shown, or done.
    """

    person: OnList
    at: datetime
    kind: str
    what: str
    channel: str | None
    who: str | None
    role: str | None
    organisation: str | None
    purpose: str | None
    words: str | None
    refusal: str | None

    def document(self) -> dict[str, Any]:
        """Write it as JSON's values."""
        return {
            "at": self.at.isoformat(),
            "person": str(self.person),
            "kind": self.kind,
            "what": self.what,
            "channel": self.channel,
            "who": self.who,
            "role": self.role,
            "organisation": self.organisation,
            "purpose": self.purpose,
            "purpose_words": self.words,
            "allowed": self.refusal is None,
            "refusal": self.refusal,
        }


async def of_persons(given: Mapping[str, str], persons: Sequence[OnList]) -> list[Entry]:
    """Find all there is about one person, who may have been on several lists; in order of time."""
    async with database("gateway", given) as connection:
        found = [entry for person in persons for entry in await _of(connection, person)]
    return sorted(found, key=lambda entry: entry.at)


def read(given: Mapping[str, str], persons: Sequence[OnList]) -> list[Entry]:
    """Do the same where nothing else runs. Raises UserError."""
    return asyncio.run(of_persons(given, persons))


async def _of(connection: Connection, person: OnList) -> list[Entry]:
    rows = await connection.fetch(ROWS, person.list_id, person.running_number)
    return [
        Entry(
            person=person,
            at=row["at"],
            kind=row["kind"],
            what=row["what"],
            channel=row["channel"],
            who=row["user_id"][:8] if row["user_id"] else None,
            role=row["role"],
            organisation=row["asked_of"] if row["refusal"] != "no-access" else row["of_login"],
            purpose=row["purpose"],
            words=row["words"],
            refusal=row["refusal"],
        )
        for row in rows
    ]
