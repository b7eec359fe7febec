"""What is written down of refused requests: who asked, for what of whom, and why not.

Looks, commands, logins and operators' acts get their row of ``gateway.audit`` from the database, in the transaction of
their own rows: see migration 0545 and docs/audit.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import asyncpg
import structlog

from chassis.storage.database import Pool
from contracts.codes import Role
from gateway.api.limits import Limits
from gateway.folders.looks import Channel
from gateway.readmodel.reader import SET_MUNICIPALITY

log = structlog.get_logger(__name__)

NOBODYS_PER_MINUTE = 60
"""Rows a minute and process about who is not logged in: else anybody could fill the table. Further ones are counted."""

# As the role that reads: it may add here and do nothing else.
ADD = """
INSERT INTO gateway.audit
    (kind, what, channel, user_id, role, municipality_id, subject, running_number, refusal, details)
VALUES ('refusal', $1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

# A list that is not the municipality's is not there, and has no look; its refusal has a row.
LOOK = """
INSERT INTO gateway.audit (kind, what, channel, user_id, role, municipality_id, subject, purpose)
SELECT 'look', 'details', $1, $2, $3, $4, $5, 'settlement'
WHERE EXISTS (SELECT FROM readmodel.distribution_list WHERE list_id = $5 AND municipality_id = $4)
"""


class NotRecordedError(ConnectionError):
    """A look could not be written down: then nothing is shown, as where the database is away."""


class Denied(StrEnum):
    """Why a request was refused."""

    NOT_AUTHENTICATED = "not-authenticated"
    """Nobody is logged in, the session is over, or the token is no good."""
    NO_ACCESS = "no-access"
    """No right to that municipality, or there is none of that id."""
    FORBIDDEN = "forbidden"
    """The role or scope may not, or the form's token is not ours."""
    NOT_FOUND = "not-found"
    """The municipality has no such list, person, letter or report: it may be another's."""


class LoginFault(StrEnum):
    """Why a login that came back from the provider was not taken."""

    NOT_OURS = "login-not-ours"
    """It was not begun here, in this browser, within its time; or it was used before."""
    GIVEN_UP = "login-given-up"
    """The provider sent the user back without a code: they gave up, or may not."""
    CODE = "login-code-refused"
    """The provider did not take its code."""
    LEVEL = "login-level-too-low"
    """The user was not identified surely enough (``acr``)."""
    TOKEN = "login-token-refused"  # noqa: S105  a code, no secret
    """The ID token is not good: its signature, issuer, audience, time or nonce."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked. ``user_id``: a pseudonym, None: nobody that we know; ``role``: in the municipality asked for."""

    user_id: str | None
    role: Role | None
    channel: Channel


@dataclass(frozen=True, slots=True)
class Tried:
    """What was asked for. ``what``: method and route. ids None: not named, or not of a form that ours have."""

    what: str
    municipality_id: str | None = None
    subject: str | None = None
    running_number: int | None = None


@dataclass
class Audit:
    """Writes refusals down, each in a transaction of its own."""

    pool: Pool
    nobodys: Limits = field(default_factory=lambda: Limits(NOBODYS_PER_MINUTE))
    _untold: int = 0

    async def looked(self, asker: Asker, municipality_id: str, list_id: str) -> None:
        """Write a look at a list's persons down, in a transaction that has committed on return.

        Raises NotRecordedError, and what a database that is away raises.
        """
        who = (asker.channel.value, asker.user_id, asker.role and asker.role.value)
        try:
            async with self.pool.acquire() as connection, connection.transaction():
                await connection.execute(SET_MUNICIPALITY, municipality_id)
                await connection.execute(LOOK, *who, municipality_id, list_id)
        except asyncpg.PostgresError as error:
            log.error("look_not_recorded", error=type(error).__name__)  # noqa: TRY400  a text could hold a value
            raise NotRecordedError from None

    async def refused(self, asker: Asker, tried: Tried, why: Denied) -> bool:
        """Write a refusal down; tell whether that was possible. Nothing was shown, so it is refused all the same."""
        return await self._add(asker, tried, why.value, {})

    async def login_failed(self, why: LoginFault, client: str) -> bool:
        """Write down that a login was not taken; tell whether that was possible. Who tried is not known.

        client: our registration with the provider by which it was tried.
        """
        return await self._add(Asker(None, None, Channel.PAGE), Tried("login"), why.value, {"client": client})

    async def _add(self, asker: Asker, tried: Tried, why: str, details: dict[str, Any]) -> bool:
        if asker.user_id is None:
            if not self.nobodys.take("nobody").allowed:
                self._untold += 1
                return True
            if self._untold:
                details["not_told_before"], self._untold = self._untold, 0
        row = (
            tried.what,
            asker.channel.value,
            asker.user_id,
            asker.role and asker.role.value,
            tried.municipality_id,
            tried.subject,
            tried.running_number,
            why,
            details,
        )
        try:
            await self.pool.execute(ADD, *row)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.error("refusal_not_recorded", refusal=why, error=type(error).__name__)  # noqa: TRY400
            return False
        return True
