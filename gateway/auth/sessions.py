"""Sessions and logins under way, in PostgreSQL: the browser holds a random value, the table its hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.clock import Clock
from chassis.storage.database import Pool
from gateway.auth.oidc import Attempt
from gateway.auth.reach import OSLO, access_of_row, merged, merged_of_row, reached
from gateway.auth.rights import Grant
from gateway.auth.users import User

ATTEMPT_LIFETIME = timedelta(minutes=10)
TOUCH_AFTER = timedelta(minutes=1)
"""How stale ``seen_at`` may be: not every page view is a write."""

START = """
INSERT INTO gateway.session (token_hash, user_id, display_name, grants, created_at, seen_at, sid_hash, operator)
VALUES ($1, $2, $3, $4, $5, $5, $6, $7)
"""

RIGHTS = "jsonb_to_recordset(session.grants) AS granted (organisation_number text, role text)"

# The municipalities are looked up each time: a right follows the organisation number, the number may move. $4: the day.
FIND = f"""
SELECT user_id, display_name, seen_at, created_at, operator,
       (SELECT value FROM gateway.preference
        WHERE preference.user_id = session.user_id AND preference.name = 'language') AS language,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(municipality_id, name, role, language_form, successor,
                                                    successor_name)
                                  ORDER BY name, municipality_id), '[]')
        FROM ({reached(RIGHTS, "$4::date")}) AS municipality) AS access,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(municipality_id, name, merged_on, successor, successor_name,
                                                    successor_number) ORDER BY name, municipality_id), '[]')
        FROM ({merged(RIGHTS, "$4::date")}) AS municipality) AS merged
FROM gateway.session
WHERE token_hash = $1 AND seen_at > $2 AND created_at > $3
"""  # noqa: S608  no value comes into it

TOUCH = "UPDATE gateway.session SET seen_at = $2 WHERE token_hash = $1"

# A session that ends by itself, of age, is no act of anybody.
END = """
WITH ended AS (DELETE FROM gateway.session WHERE token_hash = $1 RETURNING user_id)
INSERT INTO gateway.audit (kind, what, channel, user_id) SELECT 'session', 'logout', 'page', user_id FROM ended
"""

END_ALL = """
WITH ended AS (DELETE FROM gateway.session WHERE user_id = $1 RETURNING user_id)
INSERT INTO gateway.audit (kind, what, user_id) SELECT 'session', 'logout', user_id FROM ended
"""
END_SID = """
WITH ended AS (DELETE FROM gateway.session WHERE sid_hash = $1 RETURNING user_id)
INSERT INTO gateway.audit (kind, what, user_id) SELECT 'session', 'logout', user_id FROM ended
"""

OF_USER = """
SELECT created_at, seen_at, token_hash = $2 AS this FROM gateway.session
WHERE user_id = $1 AND seen_at > $3 AND created_at > $4 ORDER BY created_at DESC
"""

BEGIN_ATTEMPT = """
INSERT INTO gateway.login_attempt (state_hash, browser_hash, nonce, code_verifier, next_path, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""

# Taken once: a second use of the same state finds nothing.
TAKE_ATTEMPT = """
DELETE FROM gateway.login_attempt
WHERE state_hash = $1 AND browser_hash = $2 AND created_at > $3
RETURNING nonce, code_verifier, next_path
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A session of a user. ``this``: the one they ask with."""

    since: datetime
    seen_at: datetime
    this: bool


@dataclass(frozen=True)
class Sessions:
    """idle: how long without use; lifetime: how long at most."""

    pool: Pool
    clock: Clock
    idle: timedelta
    lifetime: timedelta

    async def start(
        self,
        user_id: str,
        display_name: str,
        grants: Sequence[Grant],
        sid: str | None = None,
        *,
        operator: bool = False,
    ) -> str:
        """Make a new session; returns what the cookie is to hold.

        sid: the provider's own id of its session. operator: for the operations pages; then grants count for nothing.
        """
        token = secrets.token_urlsafe(32)
        held = () if operator else grants
        rights = [{"organisation_number": grant.organisation_number, "role": grant.role.value} for grant in held]
        now, sid_hash = self.clock.now(), sid and hashed(sid)
        await self.pool.execute(START, hashed(token), user_id, display_name, rights, now, sid_hash, operator)
        return token

    async def find(self, token: str, *, attended: bool = True) -> User | None:
        """Who holds the token; None where the session has ended, by itself or by logging out.

        attended: somebody asks; what a page asks for by itself does not keep its session alive.
        """
        now = self.clock.now()
        today = now.astimezone(OSLO).date()
        row = await self.pool.fetchrow(FIND, hashed(token), now - self.idle, now - self.lifetime, today)
        if row is None:
            return None
        seen_at = row["seen_at"]
        if attended and _stale(seen_at, now):
            seen_at = now
            await self.pool.execute(TOUCH, hashed(token), now)
        return User(
            user_id=row["user_id"],
            display_name=row["display_name"],
            access=tuple(map(access_of_row, row["access"])),
            merged=tuple(map(merged_of_row, row["merged"])),
            language=row["language"],
            idle_until=seen_at + self.idle,
            until=row["created_at"] + self.lifetime,
            operator=row["operator"],
        )

    async def end(self, token: str) -> None:
        """Log out."""
        await self.pool.execute(END, hashed(token))

    async def end_all(self, user_id: str) -> None:
        """End all sessions of a user."""
        await self.pool.execute(END_ALL, user_id)

    async def end_sid(self, sid: str) -> None:
        """End the sessions that began with a session of the provider's."""
        await self.pool.execute(END_SID, hashed(sid))

    async def of(self, user_id: str, token: str) -> list[Held]:
        """List the sessions of a user, the newest first; ``token``: the one of who asks."""
        now = self.clock.now()
        rows = await self.pool.fetch(OF_USER, user_id, hashed(token), now - self.idle, now - self.lifetime)
        return [Held(row["created_at"], row["seen_at"], row["this"]) for row in rows]

    async def begin_attempt(self, attempt: Attempt, browser: str, next_path: str) -> None:
        """Remember a login that is sent to the provider; ``browser`` is what its cookie holds."""
        await self.pool.execute(
            BEGIN_ATTEMPT,
            hashed(attempt.state),
            hashed(browser),
            attempt.nonce,
            attempt.code_verifier,
            next_path,
            self.clock.now(),
        )

    async def take_attempt(self, state: str, browser: str) -> tuple[Attempt, str] | None:
        """Take the login that came back and where it was to go on; None where this browser began no such login."""
        since = self.clock.now() - ATTEMPT_LIFETIME
        row = await self.pool.fetchrow(TAKE_ATTEMPT, hashed(state), hashed(browser), since)
        return None if row is None else (Attempt(state, row["nonce"], row["code_verifier"]), row["next_path"])


def hashed(token: str) -> bytes:
    """Give what the table holds of a token."""
    return hashlib.sha256(token.encode()).digest()


def _stale(seen_at: datetime, now: datetime) -> bool:
    return now - seen_at > TOUCH_AFTER
