"""The postman: sends mails that are due, a few at a time, beside the reading of messages."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from chassis import faults
from chassis.errands import AwayError, Errands, Pace, guarded
from services.notification.use_cases.ports import Claim, MailServer, ServerUnavailableError, Session
from services.notification.use_cases.send_mail import Sender, Sending

log = structlog.get_logger(__name__)

IN_HAND = 20
"""Mails claimed at once and sent over one connection."""
PACE = Pace(rest=(0.02, 2.0), trouble=(0.5, 30.0))


class Postman:
    """Runs from ``start`` to ``stop``; several, in several processes, share the work.

    longest: seconds without a mail's end after which the postman is not alive; longer than one can take.
    """

    def __init__(self, sender: Sender, server: MailServer, *, longest: float) -> None:
        self._sender = sender
        self._server = server
        self.errands = Errands("postman", self._round, PACE, longest=longest)

    async def _round(self) -> bool:
        """Send what can be claimed now; False where that was nothing. Raises AwayError where no server takes any."""
        for claim in await self._sender.settle_lost():
            log.error("mail", **_about(claim), outcome=Sending.UNSURE.value)
        claims = await self._sender.claim(IN_HAND)
        if not claims:
            return False
        faults.reached("notification.postman.claimed")
        left = list(claims)
        try:
            async with self._server.session() as session:
                await self._send_all(left, session)
        except ServerUnavailableError:
            log.warning("mails wait")
            raise AwayError from None
        finally:
            await self._put_back(left)
        return True

    async def _send_all(self, left: list[Claim], session: Session) -> None:
        while left and not self.errands.stopping:
            claim = left.pop(0)
            sending = self._sender.send(claim, session)
            outcome = await guarded(sending, "mail not sent", _about(claim), but=(ServerUnavailableError,))
            self.errands.beat()
            if outcome is None:
                continue
            at_fault = outcome in {Sending.FAILED, Sending.UNSURE}
            tell = log.error if at_fault else log.info
            tell("mail", **_about(claim), outcome=outcome.value)
            if outcome is Sending.UNSURE:
                raise ServerUnavailableError

    async def _put_back(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            await self._sender.put_back(claim)


def _about(claim: Claim) -> dict[str, str]:
    return {"notice_id": claim.mail.notice_id, "list_id": claim.mail.list_id}
