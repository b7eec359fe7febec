"""Anchors: how the audit's chain stood, told where the database's administrator cannot change it.

On ``audit.anchors.v1``, by the outbox, and as an object that is written once. Whoever rewrites the chain in the
database, consistently from some row to its end, contradicts the anchors of before.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import structlog
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore

from chassis.storage import outbox
from chassis.storage.database import Connection, Pool
from chassis.storage.object_store import open_store
from chassis.storage.outbox import Outgoing
from contracts.audit import ANCHORS_FOLDER, AuditAnchored
from contracts.envelope import Envelope
from contracts.topics import AUDIT_ANCHORS
from gateway.commands.resending import SOURCE

log = structlog.get_logger(__name__)

KEY = "anchor"
STORE_SECONDS = 20.0
LATE = timedelta(hours=1)

# Nothing where no batch was sealed since the last anchor, or that is too young.
MAKE = """
INSERT INTO gateway.audit_anchor (anchor, batch, digest, anchored_at)
SELECT coalesce(last.anchor, 0) + 1, seal.batch, seal.digest, clock_timestamp()
FROM (SELECT batch, digest FROM gateway.audit_seal ORDER BY batch DESC LIMIT 1) AS seal
LEFT JOIN (SELECT anchor, batch, anchored_at FROM gateway.audit_anchor ORDER BY anchor DESC LIMIT 1) AS last ON true
WHERE last.anchor IS NULL OR (seal.batch > last.batch AND clock_timestamp() - last.anchored_at >= $1::interval)
RETURNING anchor, batch, digest, anchored_at
"""
UNSTORED = """
SELECT anchor, batch, digest, anchored_at FROM gateway.audit_anchor WHERE stored_at IS NULL ORDER BY anchor LIMIT 100
"""
STORED = "UPDATE gateway.audit_anchor SET stored_at = clock_timestamp() WHERE anchor = $1 AND stored_at IS NULL"
COUNT_LATE = """
SELECT count(*) FROM gateway.audit_anchor
WHERE stored_at IS NULL AND anchored_at < clock_timestamp() - $1::interval
"""


@dataclass
class Anchors:
    """url: of the object store. every: the shortest time between two."""

    url: str
    every: timedelta
    _store: ObjectStore | None = None

    async def make(self, connection: Connection) -> None:
        """Make an anchor where it is time, and have it sent; in the sealer's transaction."""
        row = await connection.fetchrow(MAKE, self.every)
        if row is None:
            return
        anchor = _anchor(row)
        envelope = Envelope(
            id=f"{AuditAnchored.message_type}:{anchor.anchor}:{anchor.digest[:12]}",
            source=SOURCE,
            type=AuditAnchored.message_type,
            subject=KEY,
            time=anchor.anchored_at,
            sequence=anchor.anchor,
        )
        await outbox.insert(
            connection, [Outgoing(AUDIT_ANCHORS.name, KEY, envelope, anchor.model_dump_json().encode())]
        )

    async def store(self, pool: Pool) -> None:
        """Write what has no object yet. A store that is away is tried again; an object that is there stays."""
        for row in await pool.fetch(UNSTORED):
            anchor = _anchor(row)
            try:
                async with asyncio.timeout(STORE_SECONDS):
                    if not await self._put(anchor):
                        continue
            except (BaseError, OSError) as error:  # a time-out is an OSError
                log.warning("anchor not stored", anchor=anchor.anchor, error=type(error).__name__)
                return
            await pool.execute(STORED, anchor.anchor)

    async def late(self, connection: Connection) -> int:
        """Count the anchors that should have an object by now."""
        return int(await connection.fetchval(COUNT_LATE, LATE))

    async def _put(self, anchor: AuditAnchored) -> bool:
        """Write an object; False where there is one that says otherwise."""
        if self._store is None:
            self._store = open_store(self.url)
        key, content = object_key(anchor), anchor.model_dump_json().encode()
        try:
            await self._store.put_async(key, content, mode="create")
        except AlreadyExistsError:
            there = bytes(await (await self._store.get_async(key)).bytes_async())
            if there != content:
                # Somebody has written, or made, this anchor before: verify tells of it too.
                log.error("anchor contradicted", anchor=anchor.anchor, object_key=key)  # noqa: TRY400
                return False
        return True


def object_key(anchor: AuditAnchored) -> str:
    """Tell where an anchor's object lies. With its digest: after a restore a number may be given again."""
    return f"{ANCHORS_FOLDER}/{anchor.anchor:08}-{anchor.digest[:16]}.json"


def _anchor(row: asyncpg.Record) -> AuditAnchored:
    return AuditAnchored(**{**row, "digest": row["digest"].hex()})
