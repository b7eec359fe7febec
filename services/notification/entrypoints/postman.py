"""The postman: sends mails that are due, a few at a time, beside the reading of messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import structlog

from chassis import errors
from services.notification.use_cases.ports import Claim, MailServer, ServerUnavailableError, Session
from services.notification.use_cases.send_mail import Sender, Sending

log = structlog.get_logger(__name__)

IN_HAND = 20
"""Mails claimed at once and sent over one connection."""
SHORTEST_REST, LONGEST_REST = 0.02, 2.0
"""Seconds between looks for mails. What wakes the postman is not yet committed: so it looks again soon."""
SHORTEST_TROUBLE, LONGEST_TROUBLE = 0.5, 30.0
"""Seconds between tries while the database or the mail server is away."""


class Postman:
    """Runs from ``start`` to ``stop``; several, in several processes, share the work."""

    def __init__(self, sender: Sender, server: MailServer) -> None:
        self._sender = sender
        self._server = server
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Tell it that a mail is due, or will be once a transaction has committed."""
        self._woken.set()

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="postman")

    async def stop(self) -> None:
        """End when the mail in hand is sent; the others that were claimed are left to the next round."""
        self._stopping.set()
        self.wake()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        rest, trouble = SHORTEST_REST, SHORTEST_TROUBLE
        while not self._stopping.is_set():
            try:
                worked = await self._round()
            except Exception as error:  # noqa: BLE001  whatever it is, the postman goes on
                log.warning("mails wait", error=errors.name(error), where=errors.where(error))
                await self._wait_for(self._stopping, trouble)
                trouble = min(2 * trouble, LONGEST_TROUBLE)
                continue
            trouble = SHORTEST_TROUBLE
            if worked:
                rest = SHORTEST_REST
            elif await self._wait_for(self._woken, rest):
                self._woken.clear()
                rest = SHORTEST_REST
            else:
                rest = min(2 * rest, LONGEST_REST)

    async def _round(self) -> bool:
        """Send what can be claimed now; False where that was nothing. Raises ServerUnavailableError."""
        for claim in await self._sender.settle_lost():
            log.error("mail", **_about(claim), outcome=Sending.UNSURE.value)
        claims = await self._sender.claim(IN_HAND)
        if not claims:
            return False
        left = list(claims)
        try:
            async with self._server.session() as session:
                await self._send_all(left, session)
        finally:
            await self._put_back(left)
        return True

    async def _send_all(self, left: list[Claim], session: Session) -> None:
        while left and not self._stopping.is_set():
            claim = left.pop(0)
            try:
                outcome = await self._sender.send(claim, session)
            except ServerUnavailableError:
                raise
            except Exception as error:  # noqa: BLE001  one mail does not stop the others
                # No receiver here, and none in what an error tells: its name and place only.
                log.error("mail not sent", **_about(claim), error=errors.name(error), where=errors.where(error))  # noqa: TRY400
                continue
            at_fault = outcome in {Sending.FAILED, Sending.UNSURE}
            tell = log.error if at_fault else log.info
            tell("mail", **_about(claim), outcome=outcome.value)
            if outcome is Sending.UNSURE:
                raise ServerUnavailableError

    async def _put_back(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            await self._sender.put_back(claim)

    @staticmethod
    async def _wait_for(event: asyncio.Event, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        return event.is_set()


def _about(claim: Claim) -> dict[str, str]:
    return {"notice_id": claim.mail.notice_id, "list_id": claim.mail.list_id}
