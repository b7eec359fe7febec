"""Takes a command from a form to its outcome: kept, published, waited for, and followed into the read model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from chassis.clock import Clock
from chassis.ending import take_note
from chassis.storage.database import Connection, Pool
from contracts.envelope import Envelope, Message
from gateway.commands import outcomes, traces
from gateway.commands.bounds import Bounds
from gateway.commands.keeping import keepable
from gateway.commands.outcomes import Outcome
from gateway.commands.progress import Progress
from gateway.commands.publisher import BrokerUnavailableError, Publisher
from gateway.commands.resending import SOURCE
from gateway.commands.wakeups import Wakeups
from gateway.readmodel.reader import Reader

KEEP = """
INSERT INTO gateway.command (command_id, municipality_id, user_id, kind, subject, form, created_at, message)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (command_id) DO NOTHING
"""

# Nobody waits for the disk: forgotten in a crash, it is sent again under its id, which its owner knows.
SENT = """
UPDATE gateway.command SET sent_at = $2
WHERE command_id = $1 AND set_config('synchronous_commit', 'off', true) IS NOT NULL
"""

FIND = """
SELECT kind, subject, form FROM gateway.command
WHERE command_id = $1 AND municipality_id = $2 AND user_id = $3
"""

# The words of a form are kept no longer than somebody may need them. Nobody waits for it, nor for the disk: what a
# crash brings back is forgotten with the command.
FORGET_FORM = """
UPDATE gateway.command SET form = NULL
WHERE command_id = $1 AND form IS NOT NULL AND set_config('synchronous_commit', 'off', true) IS NOT NULL
"""


class Kind(StrEnum):
    """What a form asks for; tells where to go on afterwards."""

    SAVE = "save"
    APPROVE = "approve"
    RETURN = "return"
    SEND = "send"
    READ_NOTICES = "read_notices"
    CHOOSE_NOTICES = "choose_notices"
    RESOLVE = "resolve"
    ASK = "ask"
    SETTLE = "settle"
    PLAN_WEEK = "plan_week"
    CORRECT = "correct"
    REPORT = "report"
    CONFIRM_REPORT = "confirm_report"
    WITHDRAW_REPORT = "withdraw_report"

    @property
    def of_report(self) -> bool:
        """Whether it is about a report between the lists."""
        return self in {Kind.REPORT, Kind.CONFIRM_REPORT, Kind.WITHDRAW_REPORT}


@dataclass(frozen=True, slots=True)
class Command:
    """A command ready to be sent. ``form``: what was typed, to be shown again if it is refused.

    wanted: what the read model must show before the page goes on, beside the outcome's version.
    """

    command_id: str
    kind: Kind
    topic: str
    municipality_id: str
    subject: str
    user_id: str
    body: Message
    form: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A command that was sent some time ago, as its page finds it."""

    command_id: str
    kind: Kind
    subject: str
    form: Mapping[str, Any] | None


def command_id(form_id: str, kind: Kind, body: Message) -> str:
    """Give the id of what a form sends.

    The form's id is made when it is rendered, so a double submit is one command. The contents count too: a form
    that was changed after going back in the browser is another command, and is never taken for the first.
    """
    return str(uuid5(UUID(form_id), f"{kind.value}\n{body.model_dump_json(exclude={'accepted_at', 'actor'})}"))


@dataclass(frozen=True)
class Desk:
    """wait: seconds that a form waits for its outcome, and again for the read model.

    reader: finds what a user sent, as one municipality; ``pool`` serves all of them.
    """

    pool: Pool
    reader: Reader
    publisher: Publisher
    wakeups: Wakeups
    progress: Progress
    bounds: Bounds
    clock: Clock
    wait: float
    _forgetting: set[asyncio.Task[str]] = field(default_factory=set)

    async def submit(self, command: Command) -> Outcome | None:
        """Send a command and wait for what becomes of it.

        Returns None where that is not known yet, or not yet to be seen: the caller says "checking".
        Raises BrokerUnavailableError; BusyError, where more commands are under way than may.
        """
        async with self.bounds.following(command.municipality_id):
            known = await outcomes.find(self.pool, command.command_id)
            if known is None:
                await self._hand_over(command)
            return await self.follow(command.municipality_id, command.user_id, _sent(command), self.wait)

    async def follow(self, municipality_id: str, user_id: str, sent: Sent, seconds: float) -> Outcome | None:
        """Follow a command to its outcome, once the read model shows it; None after ``seconds`` for each of the two."""
        outcome = await self.wakeups.until(lambda: outcomes.find(self.pool, sent.command_id), seconds)
        if outcome is None or not outcome.accepted:
            return outcome

        async def shown() -> bool | None:
            return await self.progress.shown(municipality_id, user_id, sent.kind.value, outcome, sent.form) or None

        if await self.wakeups.until(shown, seconds) is None:
            return None
        if sent.kind is not Kind.READ_NOTICES:
            self._forget_form(sent.command_id)
        return outcome

    def _forget_form(self, command_id: str) -> None:
        """Forget a form's words in the background."""
        task = asyncio.create_task(self.pool.execute(FORGET_FORM, command_id))
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)
        task.add_done_callback(take_note)

    async def catch_up(self, municipality_id: str, sent: Sent, outcome: Outcome) -> None:
        """Wait, within bounds, until the read model shows what a refused command ran into."""
        if sent.kind is Kind.READ_NOTICES or outcome.version is None:
            return

        async def shown() -> bool | None:
            at = outcome.version or 0
            return await self.progress.subject_at(municipality_id, sent.kind.value, sent.subject, at) or None

        await self.wakeups.until(shown, self.wait)

    async def find(self, municipality_id: str, user_id: str, wanted: str) -> Sent | None:
        """Find a command that this user sent for this municipality."""
        row = await self.reader.row(municipality_id, FIND, wanted, municipality_id, user_id)
        return None if row is None else Sent(wanted, Kind(row["kind"]), row["subject"], row["form"])

    async def _hand_over(self, command: Command) -> None:
        # One commit for both: whoever sends it waits for the disk before the broker is even asked.
        async with self.pool.acquire() as connection, connection.transaction():
            await self.bounds.wait(
                connection, command.command_id, command.topic, command.municipality_id, self.clock.now()
            )
            await self._keep(connection, command)
        try:
            await self._publish(command)
        except BrokerUnavailableError:
            await self.bounds.forget(command.command_id)
            raise

    async def _keep(self, connection: Connection, command: Command) -> None:
        await connection.execute(
            KEEP,
            command.command_id,
            command.municipality_id,
            command.user_id,
            command.kind.value,
            command.subject,
            keepable(command.form),
            self.clock.now(),
            {
                "topic": command.topic,
                "type": command.body.message_type,
                "body": command.body.model_dump(mode="json"),
            },
        )

    async def _publish(self, command: Command) -> None:
        span = await traces.begin(self.pool, command.topic, command.body.message_type, command.subject)
        envelope = Envelope(
            id=command.command_id,
            source=SOURCE,
            type=command.body.message_type,
            subject=command.subject,
            time=self.clock.now(),
            correlation_id=command.command_id,
            traceparent=span.traceparent,
        )
        value = command.body.model_dump_json().encode()
        await self.publisher.publish(command.topic, command.municipality_id, envelope, value)
        span.done()
        span.tell()
        await self.pool.execute(SENT, command.command_id, self.clock.now())


def _sent(command: Command) -> Sent:
    return Sent(command.command_id, command.kind, command.subject, command.form)
