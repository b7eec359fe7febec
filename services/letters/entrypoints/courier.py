"""The courier: sends letters that are made, and asks how far those sent have come, beside the reading of messages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from chassis import faults
from chassis.running.errands import Errands, Hands, Pace, guarded
from chassis.seeing import traced
from services.letters.entrypoints.counts import count
from services.letters.use_cases.follow_letters import follow_letters
from services.letters.use_cases.outside import ObjectStore, PostOffice
from services.letters.use_cases.ports import Units
from services.letters.use_cases.send_letters import Patience, Posting, Sent, claim_postings, send_letter

log = structlog.get_logger(__name__)

PACE = Pace(rest=(0.1, 1.0), trouble=(5.0, 5.0))
LONGEST_REST = 1.0
COUNTED = {Sent.SENT: "sent", Sent.FOUND: "sent", Sent.REFUSED: "refused", Sent.KEPT_BACK: "kept_back"}


@dataclass(frozen=True, slots=True)
class Rounds:
    """How much is done at once: letters sent side by side, letters asked for in one request; and the times of both.

    stuck_after: seconds without progress, beyond what handing over may take, after which the courier is not alive.
    """

    in_hand: int
    asked: int
    sending: Patience
    following: Patience
    stuck_after: float


class Courier:
    """Runs from ``start`` to ``stop``; several, in several processes, share the work."""

    def __init__(self, units: Units, post: PostOffice, store: ObjectStore, rounds: Rounds) -> None:
        self._units = units
        self._post = post
        self._store = store
        self._rounds = rounds
        stuck_after = rounds.stuck_after
        self._hands = Hands(rounds.in_hand, longest=rounds.sending.lease.total_seconds() + stuck_after)
        self._sending = Errands("courier sending", self._send_some, PACE, longest=stuck_after)
        asking = max(rounds.following.lease.total_seconds(), stuck_after)
        self._following = Errands("courier following", self._follow_some, PACE, longest=asking)
        self.loops = (self._sending, self._following)

    def stuck(self) -> bool:
        """Tell whether a restart would help."""
        return self._hands.stuck() or any(loop.stuck() for loop in self.loops)

    def start(self) -> None:
        """Begin."""
        for loop in self.loops:
            loop.start()

    async def stop(self, patience: float) -> None:
        """End. What is not handed over within ``patience`` seconds is cut off: it is looked up before the next try."""
        await asyncio.gather(*(loop.stop(patience) for loop in self.loops), self._hands.stop(patience))
        await self._hands.stop(0)  # begun by a round that has just ended

    async def _send_some(self) -> bool:
        free = self._hands.free
        if not free:
            await self._hands.one_done(LONGEST_REST)
            return True
        postings = await claim_postings(self._units, limit=free, patience=self._rounds.sending)
        if postings:
            faults.reached("letters.courier.claimed")
        for posting in postings:
            self._hands.take(self._send(posting))
        return bool(postings)

    async def _send(self, posting: Posting) -> None:
        letter = posting.errand.letter
        about = {"letter_id": letter.letter_id, "list_id": letter.list_id}
        with traced.errand("send letter", {"fordeling.letter.kind": letter.kind}, posting.errand.traceparent) as span:
            sending = send_letter(
                posting,
                self._units,
                self._post,
                self._store,
                patience=self._rounds.sending,
                followed_after=self._rounds.following.first,
            )
            sent = await guarded(sending, "letter not sent", about)
            span.note("fordeling.letter.outcome", sent.value if sent else "error")
        if sent is not None:
            if sent in COUNTED:
                count(letter.kind, COUNTED[sent])
            tell = log.error if sent is Sent.REFUSED else log.info
            tell("letter dispatch", **about, outcome=sent.value, tries=posting.errand.tries)

    async def _follow_some(self) -> bool:
        rounds = self._rounds
        followed = await follow_letters(self._units, self._post, limit=rounds.asked, patience=rounds.following)
        for kind, status in followed.came_to:
            count(kind, status)
        if followed.changed:
            log.info("letter statuses", asked=followed.asked, changed=followed.changed)
        return followed.asked == rounds.asked
