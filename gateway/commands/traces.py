"""An answer is in the trace of its list: what continues it is kept with the list, where traces are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.reading.subscriptions import Received
from chassis.seeing import tracing
from chassis.seeing.tracing import Span
from chassis.storage.database import Pool
from chassis.storage.transaction import Transaction
from contracts.distribution.v1 import ListState

KEEP = """
INSERT INTO gateway.list_trace (list_id, traceparent, at)
SELECT list_id, traceparent, $3 FROM unnest($1::text[], $2::text[]) AS told (list_id, traceparent) ORDER BY list_id
ON CONFLICT (list_id) DO UPDATE SET traceparent = excluded.traceparent, at = excluded.at
"""
FIND = "SELECT traceparent FROM gateway.list_trace WHERE list_id = $1"


async def keep(batch: Sequence[Received[Any]], transaction: Transaction) -> None:
    """Keep what continues the traces of the lists in a batch; nothing where no traces are told."""
    if not tracing.on():
        return
    told = {
        one.envelope.subject: one.envelope.traceparent
        for one in batch
        if one.envelope.type == ListState.message_type and one.envelope.traceparent
    }
    if told:
        await transaction.connection.execute(KEEP, list(told), list(told.values()), transaction.now)


async def begin(pool: Pool, topic: str, kind: str, subject: str) -> Span:
    """Begin the sending of a command about something, in the trace of what it is about, or in one of its own."""
    parent = await pool.fetchval(FIND, subject) if tracing.on() else None
    return tracing.sending(topic, kind, parent)
