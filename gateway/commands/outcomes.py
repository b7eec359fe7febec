"""Owners' replies to commands: written by whichever replica reads them, found by whichever waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.storage.database import Pool
from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.envelope import EPOCH
from contracts.outcomes import CommandAccepted, CommandRefused
from gateway.readmodel.projector import ANNOUNCE

FORGET_MESSAGES = "UPDATE gateway.command SET message = NULL WHERE command_id = ANY($1) AND message IS NOT NULL"

# What was accepted has done its work; all replicas hear at the commit.
STORE = f"""
WITH answered AS (DELETE FROM gateway.command_waiting WHERE command_id = ANY($1)),
     done AS ({FORGET_MESSAGES.replace("$1", "$8")}),
     stored AS (
    INSERT INTO gateway.command_outcome (command_id, accepted, subject, version, problem, params, received_at)
    SELECT command_id, accepted, subject, version, problem, params::jsonb, $7
    FROM unnest($1::text[], $2::boolean[], $3::text[], $4::bigint[], $5::text[], $6::text[])
        AS new (command_id, accepted, subject, version, problem, params)
    ON CONFLICT (command_id) DO NOTHING)
{ANNOUNCE}
"""  # noqa: S608  no value comes into it

FIND = "SELECT accepted, subject, version, problem, params FROM gateway.command_outcome WHERE command_id = $1"

REPLIES = (topics.DISTRIBUTION_REPLIES, topics.MUNICIPALITY_REPLIES, topics.NOTIFICATION_REPLIES)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an owner made of a command. ``version``: the subject's now; ``problem``: why it was refused."""

    subject: str
    version: int | None = None
    problem: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether the command took effect."""
        return self.problem is None


def subscriptions() -> list[Subscription]:
    """Give the topics that owners reply on."""
    return [
        Subscription(
            topic=topic.name,
            messages=[CommandAccepted, CommandRefused],
            dedupe=Dedupe.ID,
            batch=store,
        )
        for topic in REPLIES
    ]


async def store(batch: Sequence[Received[Any]], transaction: Transaction) -> None:
    """Keep the outcomes of a batch and tell those who wait."""
    replies = {reply.body.command_id: reply.body for reply in reversed(batch) if reply.body is not None}
    if not replies:
        return
    rows = [_row(body) for _, body in sorted(replies.items())]
    columns = [list(column) for column in zip(*rows, strict=True)]
    accepted = [command for command, body in sorted(replies.items()) if isinstance(body, CommandAccepted)]
    await transaction.connection.execute(STORE, *columns, transaction.now, accepted)
    if refused := sorted(replies.keys() - set(accepted)):
        # Apart, after the audit has taken from them who was refused: it looks when the statement above has ended.
        await transaction.connection.execute(FORGET_MESSAGES, refused)


def _row(body: CommandAccepted | CommandRefused) -> tuple[Any, ...]:
    if isinstance(body, CommandAccepted):
        return body.command_id, True, body.subject, body.version % EPOCH, None, "{}"
    version = None if body.version is None else body.version % EPOCH
    # dumped by pydantic, as the arrays of a statement are text
    params = body.model_dump_json(include={"params"})[len('{"params":') : -1]
    return body.command_id, False, body.subject, version, body.problem, params


async def find(pool: Pool, command_id: str) -> Outcome | None:
    """Find the outcome of a command, if it has come."""
    row = await pool.fetchrow(FIND, command_id)
    if row is None:
        return None
    return Outcome(row["subject"], row["version"], row["problem"], row["params"])
