"""Mails on their way, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from chassis.storage.transaction import Transaction
from services.notification.domain.mail import Announcement, Answer, Language, Mail, MailState, Told
from services.notification.domain.notices import MailFailure, NoticeKind
from services.notification.domain.workdays import morning_of
from services.notification.use_cases.ports import Claim, EndedMail, NewMail

PLAN = """
INSERT INTO mail (mail_id, notice_id, receiver, state, due_at, planned_at)
SELECT mail_id, notice_id, receiver, 'planned', $4, $4
FROM unnest($1::text[], $2::text[], $3::text[]) AS new (mail_id, notice_id, receiver)
ON CONFLICT (mail_id) DO NOTHING
RETURNING mail_id
"""

# A mail nobody is sure of may have arrived.
MAY_BE_HEARD = """
SELECT EXISTS (SELECT FROM mail WHERE notice_id = $1 AND digest_on IS NULL AND state <> 'failed')
    OR EXISTS (SELECT FROM digest_notice JOIN mail USING (mail_id)
               WHERE digest_notice.notice_id = $1 AND state <> 'failed')
    OR EXISTS (SELECT FROM digest_item WHERE notice_id = $1)
    OR EXISTS (SELECT FROM notice AS told JOIN notice AS over USING (list_id)
               WHERE told.notice_id = $1 AND over.kind IN ('list_answered', 'list_withdrawn'))
"""

# Mails have no order among themselves, so another process's claims are passed over. Whoever claimed one and has not
# begun to hand it over when it is due again has died, and nobody has seen the mail.
# One that was never claimed is due at once, also where the clock was ahead when it was planned.
CLAIM = """
WITH due AS (
    SELECT mail_id FROM mail
    WHERE state IN ('planned', 'claimed') AND (due_at <= $1 OR claims = 0)
    ORDER BY due_at, mail_id LIMIT $3
    FOR UPDATE SKIP LOCKED
)
UPDATE mail SET state = 'claimed', due_at = $2, claims = claims + 1
FROM due WHERE mail.mail_id = due.mail_id
RETURNING mail.mail_id
"""

READ = """
SELECT mail_id, receiver, claims, tries, put_off_since, notice_id, kind, list_id, posted_at, municipality_id,
       name, language, persons, deadline, accepted, answered_on, late, digest_on, traceparent,
       (SELECT array_agg((told.notice_id, told.kind, told.list_id, what.deadline, told.traceparent)
                         ORDER BY told.posted_at, told.notice_id)
        FROM digest_notice
            JOIN notice AS told ON told.notice_id = digest_notice.notice_id
            JOIN announcement AS what ON what.notice_id = digest_notice.notice_id
        WHERE digest_notice.mail_id = mail.mail_id) AS digest
FROM mail
    JOIN announcement USING (notice_id) JOIN notice USING (notice_id) JOIN municipality_copy USING (municipality_id)
WHERE mail_id = ANY($1) ORDER BY mail.planned_at, mail_id
"""

BEGIN_HAND_OVER = """
UPDATE mail SET state = 'handing_over', due_at = $3
FROM unnest($1::text[], $2::int[]) AS own (mail_id, token)
WHERE mail.mail_id = own.mail_id AND claims = own.token AND state = 'claimed' RETURNING mail.mail_id, claims
"""

TAKE_AS_HANDED_OVER = """
UPDATE mail SET state = 'sent', failure = NULL, ended_at = $3
FROM unnest($1::text[], $2::int[]) AS own (mail_id, token)
WHERE mail.mail_id = own.mail_id AND claims = own.token AND state IN ('claimed', 'handing_over')
RETURNING mail.mail_id, claims
"""

PUT_BACK = """
UPDATE mail SET state = 'planned', due_at = $3
WHERE mail_id = $1 AND claims = $2 AND state = 'claimed' RETURNING mail_id
"""

PUT_OFF = """
UPDATE mail
SET state = 'planned', due_at = $3, tries = tries + 1, put_off_since = coalesce(put_off_since, $5), code = $4
WHERE mail_id = $1 AND claims = $2 AND state IN ('claimed', 'handing_over') RETURNING mail_id
"""

END = """
UPDATE mail SET state = $3, failure = $4, code = coalesce($5, code), ended_at = $6
WHERE mail_id = $1 AND claims = $2 AND state IN ('claimed', 'handing_over') RETURNING mail_id
"""

LOST = "SELECT mail_id FROM mail WHERE state = 'handing_over' AND due_at <= $1 ORDER BY due_at, mail_id LIMIT $2"

ENDED = """
SELECT mail_id, notice_id, failure, receiver,
       ARRAY(SELECT notice_id FROM digest_notice AS told WHERE told.mail_id = mail.mail_id) AS digest
FROM mail WHERE mail_id = $1 AND ended_at IS NOT NULL
"""

UNDER_WAY = "SELECT EXISTS (SELECT FROM mail WHERE mail_id = $1 AND ended_at IS NULL)"

BOUNCE = """
UPDATE mail SET state = 'failed', failure = 'bounced', code = $3
WHERE mail_id = $1 AND ended_at IS NOT NULL AND failure IS NOT DISTINCT FROM $2 RETURNING mail_id
"""

RESUME = """
UPDATE mail SET state = 'planned', failure = NULL, ended_at = NULL, due_at = $3, tries = 0, put_off_since = NULL
WHERE mail_id = $1 AND failure = $2 AND receiver IS NOT NULL RETURNING mail_id
"""

TAKE_AS_SENT = """
UPDATE mail SET state = 'sent', failure = NULL WHERE mail_id = $1 AND failure = $2 RETURNING mail_id
"""

FORGET = "UPDATE mail SET receiver = NULL WHERE receiver IS NOT NULL AND ended_at < $1 RETURNING mail_id"


@dataclass(frozen=True, slots=True)
class PgMails:
    """The mails, over one transaction."""

    transaction: Transaction

    async def plan(self, mails: Sequence[NewMail]) -> int:
        """Plan mails; one that there is stays as it is. Returns how many are new."""
        if not mails:
            return 0
        columns = zip(*((one.mail_id, one.notice_id, one.receiver) for one in mails), strict=True)
        connection, now = self.transaction.connection, self.transaction.now
        return len(await connection.fetch(PLAN, *(list(column) for column in columns), now))

    async def may_be_heard(self, notice_id: str) -> bool:
        """Tell whether a mail about a notice may have arrived, is under way or waits for a digest, or need not."""
        return bool(await self.transaction.connection.fetchval(MAY_BE_HEARD, notice_id))

    async def claim(self, limit: int, until: datetime) -> list[Claim]:
        """Claim mails that are due, longest due first. Who does not end one by ``until`` has died."""
        claimed = await self.transaction.connection.fetch(CLAIM, self.transaction.now, until, limit)
        return await self._read(claimed)

    async def begin_hand_over(self, claims: Sequence[Claim], until: datetime) -> Collection[Claim]:
        """Note that the mail server may have them from now on; gives those whose claim is the last."""
        return await self._note(BEGIN_HAND_OVER, claims, until)

    async def take_as_handed_over(self, claims: Sequence[Claim]) -> Collection[Claim]:
        """Note that the mail server has taken them; gives those whose claim is the last."""
        return await self._note(TAKE_AS_HANDED_OVER, claims, self.transaction.now)

    async def put_back(self, claim: Claim, not_before: datetime) -> bool:
        """Leave a mail to a later round: nobody has seen it."""
        return await self._change(PUT_BACK, claim, not_before)

    async def put_off(self, claim: Claim, not_before: datetime, code: int) -> bool:
        """Have it tried again, since the server said so."""
        return await self._change(PUT_OFF, claim, not_before, code, self.transaction.now)

    async def end(self, claim: Claim, state: MailState, failure: MailFailure | None, code: int | None) -> bool:
        """Note how it ended."""
        return await self._change(END, claim, state, failure, code, self.transaction.now)

    async def lost(self, limit: int) -> list[Claim]:
        """Read mails whose holder died while handing them over."""
        return await self._read(await self.transaction.connection.fetch(LOST, self.transaction.now, limit))

    async def ended(self, mail_id: str) -> EndedMail | None:
        """Read a mail that has ended; None where there is none such."""
        row = await self.transaction.connection.fetchrow(ENDED, mail_id)
        if row is None:
            return None
        failure = MailFailure(row["failure"]) if row["failure"] else None
        about = tuple(row["digest"]) or (row["notice_id"],)
        return EndedMail(row["mail_id"], about, failure, row["receiver"])

    async def bounce(self, mail: EndedMail, code: int) -> bool:
        """Note that it came back; False where it has changed meanwhile."""
        return await self._fetch(BOUNCE, mail.mail_id, mail.failure, code)

    async def under_way(self, mail_id: str) -> bool:
        """Tell whether a mail is there that has not ended."""
        return bool(await self.transaction.connection.fetchval(UNDER_WAY, mail_id))

    async def resume(self, mail: EndedMail) -> bool:
        """Have it sent as one that was never tried; False where that is no longer to be decided."""
        return await self._fetch(RESUME, mail.mail_id, mail.failure, self.transaction.now)

    async def take_as_sent(self, mail: EndedMail) -> bool:
        """Note that it has arrived after all; False as in ``resume``."""
        return await self._fetch(TAKE_AS_SENT, mail.mail_id, mail.failure)

    async def forget(self, ended_before: datetime) -> int:
        """Erase the receivers of mails that ended earlier; returns how many."""
        return len(await self.transaction.connection.fetch(FORGET, ended_before))

    async def _change(self, statement: str, claim: Claim, *values: object) -> bool:
        return await self._fetch(statement, claim.mail.mail_id, claim.token, *values)

    async def _note(self, statement: str, claims: Sequence[Claim], at: datetime) -> Collection[Claim]:
        ids, tokens = [claim.mail.mail_id for claim in claims], [claim.token for claim in claims]
        noted = {tuple(row) for row in await self.transaction.connection.fetch(statement, ids, tokens, at)}
        return {claim for claim in claims if (claim.mail.mail_id, claim.token) in noted}

    async def _fetch(self, statement: str, *values: object) -> bool:
        return await self.transaction.connection.fetchval(statement, *values) is not None

    async def _read(self, found: Sequence[asyncpg.Record]) -> list[Claim]:
        rows = await self.transaction.connection.fetch(READ, [row["mail_id"] for row in found])
        return [Claim(_mail(row), row["claims"], row["tries"], row["put_off_since"], _traces(row)) for row in rows]


def _traces(row: asyncpg.Record) -> tuple[str, ...]:
    found = [told[4] for told in row["digest"]] if row["digest"] else [row["traceparent"]]
    return tuple(one for one in found if one)


def _mail(row: asyncpg.Record) -> Mail:
    answered = row["answered_on"] is not None
    answer = Answer(row["accepted"], row["answered_on"], row["late"]) if answered else None
    return Mail(
        mail_id=row["mail_id"],
        receiver=row["receiver"],
        notice_id=row["notice_id"],
        kind=NoticeKind(row["kind"]),
        list_id=row["list_id"],
        municipality_id=row["municipality_id"],
        municipality_name=row["name"],
        language=Language(row["language"]),
        posted_at=morning_of(row["digest_on"]) if row["digest_on"] else row["posted_at"],
        announcement=Announcement(row["persons"], row["deadline"], answer),
        digest=tuple(Told(told[0], NoticeKind(told[1]), told[2], told[3]) for told in row["digest"] or ()),
    )
