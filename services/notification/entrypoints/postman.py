"""The postman: sends mails that are due, a few at a time, beside the reading of messages, which comes first."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable

import structlog

from chassis import faults
from chassis.running.errands import AwayError, Errands, Pace, guarded
from chassis.seeing import traced
from services.notification.use_cases.ports import Claim, MailServer, ServerUnavailableError, Session
from services.notification.use_cases.send_mail import Sender, Sending

log = structlog.get_logger(__name__)

IN_HAND = 20
"""Mails claimed at once, at most."""
RUSH_PAUSE = 1.0
"""Seconds between mails while there is more to read than is taken at once. A mail costs as much as several notices, and
who waits for a notice waits at a page: in a national year's hour the mails follow behind, but do not stand still."""
PACE = Pace(rest=(0.02, 2.0), trouble=(0.5, 30.0))


class Postman:
    """Runs from ``start`` to ``stop``; several, in several processes, share the work.

    longest: seconds without a mail's end after which the postman is not alive; longer than one can take.
    rushed: whether there is more to read than is taken at once.
    """

    def __init__(
        self, sender: Sender, server: MailServer, *, longest: float, rushed: Callable[[], bool] = lambda: False
    ) -> None:
        self._sender = sender
        self._server = server
        self._rushed = rushed
        self._begun = -RUSH_PAUSE
        self._side_by_side = 1
        self.errands = Errands("postman", self._round, PACE, longest=longest)

    async def _round(self) -> bool:
        """Send what can be claimed now; False where that was nothing. Raises AwayError where no server takes any."""
        rushed = self._rushed()
        if rushed and time.monotonic() < self._begun + RUSH_PAUSE:
            return False
        self._begun = time.monotonic()
        for claim in await self._sender.settle_lost():
            log.error("mail", **_about(claim), outcome=Sending.UNSURE.value)
        claims = await self._sender.claim(self._server.room(1 if rushed else IN_HAND))
        if not claims:
            await self._server.tidy()
            return False
        faults.reached("notification.postman.claimed")
        left = deque(claims)
        try:
            through = await self._over_several(left)
        finally:
            await self._put_back(left)
        # One connection first where there was trouble: what goes wrong with every mail does so with fewer of them.
        self._side_by_side = min(2 * self._side_by_side, self._server.most) if all(through) else 1
        if not any(through):
            log.warning("mails wait")
            raise AwayError
        return True

    async def _over_several(self, left: deque[Claim]) -> list[bool]:
        """Send over several connections at once; tells of each whether it came to its end."""
        workers = [self._send_all(left) for _ in range(min(self._side_by_side, len(left)))]
        ends = await asyncio.gather(*workers, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end  # when all have ended: none is cut off with a mail in hand
        return [end for end in ends if isinstance(end, bool)]

    async def _send_all(self, left: deque[Claim]) -> bool:
        """Send what is left over one connection, beside others; False where that came to nothing."""
        try:
            async with self._server.session() as session:
                while left and not self.errands.stopping:
                    await self._send(left.popleft(), session)
        except ServerUnavailableError:
            return False
        return True

    async def _send(self, claim: Claim, session: Session) -> None:
        sending = self._traced(claim, session)
        outcome = await guarded(sending, "mail not sent", _about(claim), but=(ServerUnavailableError,))
        self.errands.beat()
        if outcome is None:
            return
        at_fault = outcome in {Sending.FAILED, Sending.UNSURE}
        tell = log.error if at_fault else log.info
        tell("mail", **_about(claim), outcome=outcome.value)
        if outcome is Sending.UNSURE:
            raise ServerUnavailableError

    async def _traced(self, claim: Claim, session: Session) -> Sending:
        """Send it, in the trace of its notice; one that tells of several goes on in none, and is linked to each."""
        notices = len(claim.mail.notice_ids)
        about = {"fordeling.notice.kind": claim.mail.kind.value, "fordeling.mail.notices": notices}
        parent, links = (None, claim.traces) if notices > 1 else (next(iter(claim.traces), None), ())
        with traced.errand("send mail", about, parent, links) as span:
            outcome = await self._sender.send(claim, session)
            span.note("fordeling.mail.outcome", outcome.value)
        return outcome

    async def _put_back(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            await self._sender.put_back(claim)


def _about(claim: Claim) -> dict[str, str]:
    return {"notice_id": claim.mail.notice_id, "list_id": claim.mail.list_id}
