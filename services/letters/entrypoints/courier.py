"""The courier: sends letters that are made, and asks how far those sent have come, beside the reading of messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from chassis import errors
from services.letters.use_cases.follow_letters import follow_letters
from services.letters.use_cases.ports import ObjectStore, PostOffice, Units
from services.letters.use_cases.send_letters import Patience, Posting, Sent, claim_postings, send_letter

log = structlog.get_logger(__name__)

SHORTEST_REST, LONGEST_REST = 0.1, 1.0
"""Seconds between looks for something to do."""
TROUBLE = 5.0
"""Seconds until the next look where the database does not answer."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """How much is done at once: letters sent side by side, letters asked for in one request; and the times of both."""

    in_hand: int
    asked: int
    sending: Patience
    following: Patience


class Courier:
    """Runs from ``start`` to ``stop``; several, in several processes, share the work."""

    def __init__(self, units: Units, post: PostOffice, store: ObjectStore, rounds: Rounds) -> None:
        self._units = units
        self._post = post
        self._store = store
        self._rounds = rounds
        self._stopping = asyncio.Event()
        self._loops: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin."""
        loops = {"sending": self._send_some, "following": self._follow_some}
        self._loops = {asyncio.create_task(self._run(name, work), name=name) for name, work in loops.items()}

    async def stop(self, patience: float) -> None:
        """End. What is not handed over within ``patience`` seconds is cut off: it is looked up before the next try."""
        self._stopping.set()
        tasks = self._loops | self._sending
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=patience)
        late |= self._sending  # begun by a loop that has just ended
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, name: str, work: Callable[[], Awaitable[bool]]) -> None:
        rest = SHORTEST_REST
        while not self._stopping.is_set():
            try:
                worked = await work()
            except Exception as error:  # noqa: BLE001  whatever it is, the courier goes on
                log.error("courier", work=name, error=errors.name(error), where=errors.where(error))  # noqa: TRY400
                await self._pause(TROUBLE)
                continue
            rest = SHORTEST_REST if worked else min(2 * rest, LONGEST_REST)
            await self._pause(rest)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _send_some(self) -> bool:
        free = self._rounds.in_hand - len(self._sending)
        if not free:
            # One that hangs for its 16 minutes holds one place, not all.
            await asyncio.wait(self._sending, timeout=LONGEST_REST, return_when=asyncio.FIRST_COMPLETED)
            return True
        postings = await claim_postings(self._units, limit=free, patience=self._rounds.sending)
        for posting in postings:
            task = asyncio.create_task(self._send(posting))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return bool(postings)

    async def _send(self, posting: Posting) -> None:
        letter = posting.errand.letter
        about = {"letter_id": letter.letter_id, "list_id": letter.list_id}
        try:
            sent = await send_letter(
                posting,
                self._units,
                self._post,
                self._store,
                patience=self._rounds.sending,
                followed_after=self._rounds.following.first,
            )
        except Exception as error:  # noqa: BLE001  one letter does not stop the others; it is claimed again
            log.error("letter not sent", **about, error=errors.name(error), where=errors.where(error))  # noqa: TRY400
            return
        tell = log.error if sent is Sent.REFUSED else log.info
        tell("letter dispatch", **about, outcome=sent.value, tries=posting.errand.tries)

    async def _follow_some(self) -> bool:
        rounds = self._rounds
        followed = await follow_letters(self._units, self._post, limit=rounds.asked, patience=rounds.following)
        if followed.changed:
            log.info("letter statuses", asked=followed.asked, changed=followed.changed)
        return followed.asked == rounds.asked
