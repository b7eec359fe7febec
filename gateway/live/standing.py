"""Which sessions behind open streams still stand. To ask is not to use them: nothing here moves ``seen_at``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.auth.reach import OSLO, reached
from gateway.auth.sessions import RIGHTS, Sessions, hashed

# One question for all streams of a process: by session and municipality, as each page asks for its own. $5: the day.
STANDING = f"""
SELECT held.nth::integer AS nth
FROM unnest($1::bytea[], $2::text[]) WITH ORDINALITY AS held (token_hash, municipality_id, nth)
JOIN gateway.session USING (token_hash)
WHERE session.seen_at > $3 AND session.created_at > $4 AND EXISTS (
    SELECT FROM ({reached(RIGHTS, "$5::date")}) AS municipality
    WHERE municipality.municipality_id = held.municipality_id)
"""  # noqa: S608  no value comes into it


class Standing(Protocol):
    """Asks whether sessions stand."""

    async def of(self, held: Sequence[tuple[str, str]]) -> set[int]:
        """Give the positions, in ``held``, of the tokens that still give a right to the municipality beside them."""


@dataclass(frozen=True, slots=True)
class StandingSessions:
    """Asks the sessions' table."""

    sessions: Sessions

    async def of(self, held: Sequence[tuple[str, str]]) -> set[int]:
        """Give the positions of those that stand."""
        sessions = self.sessions
        now = sessions.clock.now()
        tokens, municipalities = [hashed(token) for token, _ in held], [identity for _, identity in held]
        today = now.astimezone(OSLO).date()
        since = (now - sessions.idle, now - sessions.lifetime)
        rows = await sessions.pool.fetch(STANDING, tokens, municipalities, *since, today)
        return {row["nth"] - 1 for row in rows}
