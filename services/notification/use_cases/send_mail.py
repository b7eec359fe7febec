"""Send one mail that is in hand: at most once.

Nothing is held in the database meanwhile. Before the server may get the mail, that is written down; so whoever finds a
mail that was being handed over when its holder died knows that it may have arrived, and does not send it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from chassis import faults
from services.notification.domain.mail import MailState, Patience
from services.notification.domain.notices import MailFailed, MailFailure, end_mail
from services.notification.use_cases.pass_on import pass_on
from services.notification.use_cases.ports import (
    Claim,
    Composer,
    ContentRefusedError,
    OutcomeUnknownError,
    PutOffError,
    Records,
    RefusedError,
    ServerUnavailableError,
    Session,
    Unit,
    Units,
)

MOST_LOST = 100


class Sending(Enum):
    """How it went."""

    SENT = "sent"
    PUT_OFF = "put off"
    FAILED = "failed"
    UNSURE = "unsure"
    OVERTAKEN = "overtaken"
    """Somebody else has claimed it meanwhile: nothing was recorded here, and nothing sent."""


@dataclass(frozen=True, slots=True)
class Rules:
    """``lease``: how long a mail is left to who has it in hand; longer than a session can take over one mail."""

    lease: timedelta
    patience: Patience


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends mails."""

    units: Units
    records: Records
    composer: Composer
    rules: Rules

    async def claim(self, limit: int) -> Sequence[Claim]:
        """Take mails in hand that are due."""
        async with self.units.begin() as unit:
            return await unit.mails.claim(limit, unit.now + self.rules.lease)

    async def send(self, claim: Claim, session: Session) -> Sending:
        """Send one. Raises ServerUnavailableError, having put it back, where the session is of no more use."""
        try:
            await session.address(claim.mail.receiver, claim.mail.mail_id)
            faults.reached("notification.postman.addressed")
            content = self.composer.compose(claim.mail)
            if not await self.records.begin_hand_over(claim):
                return Sending.OVERTAKEN
            faults.reached("notification.postman.handing-over")
            await session.hand_over(content)
            faults.reached("notification.postman.handed-over")
        except RefusedError as refusal:
            named = None if isinstance(refusal, ContentRefusedError) else claim.mail.receiver
            return await self._end(claim, MailFailed(MailFailure.REFUSED, named), refusal.code)
        except PutOffError as refusal:
            return await self._put_off(claim, refusal.code)
        except OutcomeUnknownError:
            return await self._end(claim, MailFailed(MailFailure.UNSURE), None)
        except ServerUnavailableError:
            await self.put_back(claim)
            raise
        noted = await self.records.sent(claim)
        faults.reached("notification.postman.recorded")
        return Sending.SENT if noted else Sending.OVERTAKEN

    async def put_back(self, claim: Claim) -> None:
        """Leave a mail that nobody has seen to the next round."""
        async with self.units.begin() as unit:
            await unit.mails.put_back(claim, unit.now)

    async def settle_lost(self) -> list[Claim]:
        """Mark what was being handed over when its holder died: nobody can know whether it arrived. Returns them."""
        async with self.units.begin() as unit:
            lost = await unit.mails.lost(MOST_LOST)
        unsure = MailFailed(MailFailure.UNSURE)
        return [claim for claim in lost if await self._end(claim, unsure, None) is Sending.UNSURE]

    async def _put_off(self, claim: Claim, code: int) -> Sending:
        async with self.units.begin() as unit:
            since = claim.put_off_since or unit.now
            again = self.rules.patience.next_try(claim.tries + 1, since, unit.now)
            if again is not None:
                kept = await unit.mails.put_off(claim, again, code)
                return Sending.PUT_OFF if kept else Sending.OVERTAKEN
        return await self._end(claim, MailFailed(MailFailure.GAVE_UP), code)

    async def _end(self, claim: Claim, end: MailFailed, code: int | None) -> Sending:
        async with self.units.begin() as unit:
            outcome = await _record(claim, end, code, unit)
        faults.reached("notification.postman.recorded")
        return outcome


async def _record(claim: Claim, end: MailFailed, code: int | None, unit: Unit) -> Sending:
    notices = await unit.notices.lock_all(claim.mail.notice_ids)
    unsure = end.failure is MailFailure.UNSURE
    state = MailState.UNSURE if unsure else MailState.FAILED
    if not await unit.mails.end(claim, state, end.failure, code):
        return Sending.OVERTAKEN
    # Of a refusal it was said already whether it is the receiver's: whom else it was to is not told, and not marked.
    known = end if end.failure is MailFailure.REFUSED else replace(end, receiver=claim.mail.receiver)
    changes = [end_mail(notice, known) for notice in notices]
    await unit.notices.save(changes)
    if unsure:
        return Sending.UNSURE
    await pass_on([notice for notice, _ in changes], claim.mail.receiver, unit)
    return Sending.FAILED
