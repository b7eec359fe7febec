"""Notices in PostgreSQL and on notification's topics."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from chassis.seeing import traced
from chassis.storage.transaction import Transaction
from contracts import topics
from services.notification.adapters import messages
from services.notification.domain.notices import Change, Notice, NoticeKind, NoticeRead, Tally

# A second notice of the same kind for the same list is none.
# In one order, so that two who add the same ones take turns.
ADD = """
INSERT INTO notice (notice_id, version, municipality_id, kind, list_id, posted_at, traceparent)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
    AS new (notice_id, version, municipality_id, kind, list_id, posted_at, traceparent)
ORDER BY notice_id
ON CONFLICT DO NOTHING
RETURNING notice_id
"""

# Locked in the order of their ids, so that two users of a municipality wait for each other and never in a circle.
LOCK = "SELECT notice_id FROM notice WHERE municipality_id = $1 AND notice_id = ANY($2) ORDER BY notice_id FOR UPDATE"

LOCK_ALL = "SELECT notice_id FROM notice WHERE notice_id = ANY($1) ORDER BY notice_id FOR UPDATE"

# Read after the lock is held: a statement sees what had been committed when it began.
READ = """
SELECT notice_id, version, municipality_id, kind, list_id, posted_at,
       ARRAY(SELECT user_id FROM notice_reading WHERE notice_reading.notice_id = notice.notice_id
             ORDER BY position) AS read_by,
       (SELECT ARRAY[count(*) FILTER (WHERE state = 'sent'), count(*) FILTER (WHERE state = 'failed'),
                     count(*) FILTER (WHERE state = 'unsure')]
        FROM mail WHERE (mail.notice_id = notice.notice_id AND digest_on IS NULL)
           OR mail_id IN (SELECT mail_id FROM digest_notice WHERE digest_notice.notice_id = notice.notice_id)) AS mail
FROM notice WHERE notice_id = ANY($1) ORDER BY notice_id
"""

SET_VERSIONS = """
UPDATE notice SET version = changed.version
FROM unnest($1::text[], $2::bigint[]) AS changed (notice_id, version)
WHERE notice.notice_id = changed.notice_id
"""

ADD_READINGS = """
INSERT INTO notice_reading (notice_id, user_id, position, read_at)
SELECT notice_id, user_id, position, $4 FROM unnest($1::text[], $2::text[], $3::int[])
    AS reading (notice_id, user_id, position)
"""


@dataclass(frozen=True, slots=True)
class PgNotices:
    """The notices, over one transaction.

    causes: by notice id the transaction as seen while what the notice tells of is handled; for others it is its own.
    """

    transaction: Transaction
    causes: Mapping[str, Transaction] = field(default_factory=dict)

    async def add(self, changes: Sequence[Change]) -> Collection[str]:
        """Keep and publish new notices, each id once; one whose id is taken stays as it is. Returns the ids added."""
        if not changes:
            return ()
        rows = [
            (one.notice_id, one.version, one.municipality_id, one.kind, one.list_id, one.posted_at, trace)
            for one, trace in ((one, self._seen(one).traceparent) for one, _ in changes)
        ]
        found = await self.transaction.connection.fetch(ADD, *(list(column) for column in zip(*rows, strict=True)))
        added = {row["notice_id"] for row in found}
        for change in changes:
            if change[0].notice_id in added:
                await self._publish([change])
        return added

    async def open(self, municipality_id: str, notice_ids: Collection[str]) -> list[Notice]:
        """Read those of the notices that are this municipality's, by id, locked until the transaction ends."""
        connection = self.transaction.connection
        locked = await connection.fetch(LOCK, municipality_id, sorted(notice_ids))
        return [_notice(row) for row in await connection.fetch(READ, [row["notice_id"] for row in locked])]

    async def lock(self, notice_id: str) -> Notice:
        """Read a notice that is there, locked until the transaction ends."""
        [notice] = await self.lock_all([notice_id])
        return notice

    async def lock_all(self, notice_ids: Collection[str]) -> list[Notice]:
        """Read notices that are there, by id, locked in that order until the transaction ends."""
        connection = self.transaction.connection
        await connection.execute(LOCK_ALL, list(notice_ids))
        return [_notice(row) for row in await connection.fetch(READ, list(notice_ids))]

    async def save(self, changes: Sequence[Change], traces: Sequence[str | None] = ()) -> None:
        """Keep and publish what happened to notices: events first, then each notice's state, in the given order.

        traces: traceparents of what each change goes on from; without, all go on from the work in hand.
        """
        if not changes:
            return
        connection = self.transaction.connection
        versions = {notice.notice_id: notice.version for notice, _ in changes}  # the last of each
        await connection.execute(SET_VERSIONS, list(versions), list(versions.values()))
        readings = [(notice, event.user_id) for notice, event in changes if isinstance(event, NoticeRead)]
        if readings:  # most changes are of mails
            await connection.execute(
                ADD_READINGS,
                [notice.notice_id for notice, _ in readings],
                [user_id for _, user_id in readings],
                [len(notice.read_by) for notice, _ in readings],
                self.transaction.now,
            )
        await self._publish(changes, traces)

    async def _publish(self, changes: Sequence[Change], traces: Sequence[str | None] = ()) -> None:
        each = list(zip(changes, traces or [traced.here()] * len(changes), strict=True))
        for (notice, event), trace in each:
            with traced.within(trace):
                await self._seen(notice).publish(
                    topics.NOTIFICATION_EVENTS.name,
                    messages.event(notice, event),
                    key=notice.municipality_id,
                    subject=notice.notice_id,
                    sequence=notice.version,
                )
        for (notice, _), trace in each:
            with traced.within(trace):
                await publish_state(self._seen(notice), notice)

    def _seen(self, notice: Notice) -> Transaction:
        return self.causes.get(notice.notice_id, self.transaction)


async def publish_state(transaction: Transaction, notice: Notice) -> None:
    """Publish a notice as it stands."""
    await transaction.publish(
        topics.NOTIFICATION_STATE.name,
        messages.state(notice),
        key=notice.notice_id,
        subject=notice.notice_id,
        sequence=notice.version,
        partition_key=notice.municipality_id,
    )


def _notice(row: asyncpg.Record) -> Notice:
    return Notice(
        notice_id=row["notice_id"],
        version=row["version"],
        municipality_id=row["municipality_id"],
        kind=NoticeKind(row["kind"]),
        list_id=row["list_id"],
        posted_at=row["posted_at"],
        read_by=tuple(row["read_by"]),
        mail=Tally(*row["mail"]),
    )
