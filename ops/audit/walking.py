"""Walks the audit's chain from its beginning: seals, the rows they hold, and the rows that none holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chassis.storage.chain import BEGINNING, Seal, numbers, row_digest
from chassis.storage.database import Connection
from ops.audit.findings import Finding, Kind, Verdict

PAGE = 50
"""Batches read at once."""
MOST = 1000
"""Findings that are listed."""
TOLERANCE = timedelta(hours=1)
"""How far a row's time may be before that of rows sealed earlier: transactions that end late, clocks set right."""
LEAST_AGE = timedelta(days=364)
"""A day less than the rule in the database, for what lies between its check and its clock."""

SEALS = """
SELECT batch, ids::text AS ids, digests, oldest, newest, previous, sealed_at, digest
FROM gateway.audit_seal WHERE batch > $1 ORDER BY batch LIMIT $2
"""
ROWS = """
SELECT parts.batch AS in_batch, audit.*
FROM (SELECT batch, unnest(ids) AS part FROM gateway.audit_seal WHERE batch = ANY($1)) AS parts
JOIN gateway.audit ON audit_id >= lower(part) AND audit_id < upper(part)
ORDER BY parts.batch, audit_id
"""
NOT_SEALED = frozenset({"in_batch", "allowed"})
"""Columns that are no part of a row's digest: where it is, and what follows from another."""

# What looks and operators' acts hold in words, by the audit's row.
LOOK_WORDS = "SELECT look_id, ARRAY[display_name, purpose_text] FROM gateway.look WHERE look_id = ANY($1)"
ACT_WORDS = "SELECT id, ARRAY[reason, selection::text] FROM gateway.operator_act WHERE id = ANY($1)"
SOURCES: Mapping[str, str] = {"look": LOOK_WORDS, "operator_act": ACT_WORDS}

# $1: all sealed numbers.
ADDED = """
SELECT audit_id FROM gateway.audit
WHERE NOT audit_id <@ $1::text::int8multirange
  AND NOT EXISTS (SELECT FROM gateway.audit_unsealed WHERE audit_unsealed.audit_id = audit.audit_id)
ORDER BY audit_id LIMIT $2
"""
GONE = """
SELECT audit_id FROM gateway.audit_unsealed
WHERE NOT EXISTS (SELECT FROM gateway.audit WHERE audit.audit_id = audit_unsealed.audit_id) ORDER BY audit_id LIMIT $1
"""
WAITING = "SELECT count(*) FROM gateway.audit_unsealed"
WAITING_ROWS = (
    "SELECT audit.* FROM gateway.audit JOIN gateway.audit_unsealed USING (audit_id) ORDER BY audit_id LIMIT $1"
)
PRUNINGS = "SELECT through, done_at FROM gateway.audit_pruning ORDER BY through"


class Walk:
    """One walk, in one transaction whose snapshot does not move. ``digests``: of each batch, for the anchors."""

    def __init__(self, connection: Connection, verdict: Verdict) -> None:
        self._connection = connection
        self._verdict = verdict
        self._sealed = Intervals()
        self._newest: datetime | None = None
        self._prunings: list[tuple[int, datetime]] = []
        self.digests: dict[int, bytes] = {}

    async def walk(self) -> None:
        """Walk all of it. Raises what asyncpg raises."""
        self._prunings = [tuple(row) for row in await self._connection.fetch(PRUNINGS)]
        batch, previous = 0, BEGINNING
        while found := await self._connection.fetch(SEALS, batch, PAGE):
            seals = [Seal(**row) for row in found]
            rows = await self._rows(seals)
            for seal in seals:
                if seal.batch != batch + 1:
                    self._tell(Kind.SEAL_MISSING, batch + 1)
                elif seal.previous != previous:
                    self._tell(Kind.CHAIN_BROKEN, seal.batch)
                if seal.computed() != seal.digest:
                    self._tell(Kind.SEAL_CHANGED, seal.batch)
                self._check_rows(seal, rows.get(seal.batch, {}))
                self.digests[seal.batch] = seal.digest
                batch, previous = seal.batch, seal.digest
            await self._check_words([row for of_batch in rows.values() for row in of_batch.values()])
        self._verdict.batches = len(self.digests)
        await self._beside()

    async def _rows(self, seals: Sequence[Seal]) -> dict[int, dict[int, dict[str, Any]]]:
        found: dict[int, dict[int, dict[str, Any]]] = {}
        for row in await self._connection.fetch(ROWS, [seal.batch for seal in seals]):
            found.setdefault(row["in_batch"], {})[row["audit_id"]] = dict(row)
        return found

    def _check_rows(self, seal: Seal, rows: Mapping[int, Mapping[str, Any]]) -> None:
        ids = [number for part in numbers(seal.ids) for number in part]
        if not self._sealed.add(numbers(seal.ids)):
            self._tell(Kind.ROW_TWICE, seal.batch)
        pruned = next((done_at for through, done_at in self._prunings if seal.batch <= through), None)
        if pruned is not None:
            self._check_pruned(seal, pruned, rows)
            return
        self._verdict.rows += len(rows)
        digests = seal.of_rows()
        if len(digests) != len(ids):
            self._tell(Kind.SEAL_CHANGED, seal.batch)
            return
        for number, digest in zip(ids, digests, strict=True):
            row = rows.get(number)
            if row is None:
                self._tell(Kind.ROW_MISSING, seal.batch, number)
            elif digest_of(row) != digest:
                self._tell(Kind.ROW_CHANGED, seal.batch, number)
            elif self._newest is not None and row["at"] < self._newest - TOLERANCE:
                self._tell(Kind.ROW_BACKDATED, seal.batch, number)
        self._newest = max(seal.newest, self._newest or seal.newest)

    def _check_pruned(self, seal: Seal, done_at: datetime, rows: Mapping[int, Mapping[str, Any]]) -> None:
        self._verdict.pruned += 1
        if seal.newest > done_at - LEAST_AGE:
            self._tell(Kind.PRUNED_EARLY, seal.batch)
        for number in rows:
            self._tell(Kind.ROW_ADDED, seal.batch, number)

    async def _check_words(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Compare what rows were made of with the digest that the row holds of it."""
        for source, query in SOURCES.items():
            wanted = {row["source_id"]: row for row in rows if row["source"] == source}
            found = {row[0]: row[1] for row in await self._connection.fetch(query, list(wanted))}
            for number, row in wanted.items():
                if number not in found or words_digest(found[number]) != row["details"].get("words"):
                    self._tell(Kind.WORDS_CHANGED, row.get("in_batch"), row["audit_id"])

    async def _beside(self) -> None:
        """Look at what no batch holds."""
        self._verdict.unsealed = await self._connection.fetchval(WAITING)
        self._verdict.rows += self._verdict.unsealed
        for row in await self._connection.fetch(GONE, MOST):
            self._tell(Kind.ROW_MISSING, None, row["audit_id"])
        for row in await self._connection.fetch(ADDED, self._sealed.text(), MOST):
            self._tell(Kind.ROW_ADDED, None, row["audit_id"])
        await self._check_words([dict(row) for row in await self._connection.fetch(WAITING_ROWS, 100 * MOST)])

    def _tell(self, kind: Kind, batch: int | None, row: int | None = None) -> None:
        if len(self._verdict.findings) >= MOST:
            self._verdict.more = True
        else:
            self._verdict.findings.append(Finding(kind, batch, row))


class Intervals:
    """Numbers, as ranges that do not touch."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, int]] = []

    def add(self, parts: Any) -> bool:  # noqa: ANN401  ranges
        """Add ranges; False where one of the numbers was there already."""
        new = [(part.start, part.stop) for part in parts]
        merged: list[tuple[int, int]] = []
        alone = True
        for first, end in sorted(self._parts + new):
            if merged and first <= merged[-1][1]:
                alone &= first == merged[-1][1]
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((first, end))
        self._parts = merged
        return alone

    def text(self) -> str:
        """Write them as PostgreSQL reads a multirange."""
        return "{" + ",".join(f"[{first},{end})" for first, end in self._parts) + "}"


def digest_of(row: Mapping[str, Any]) -> bytes:
    """Compute a row's digest."""
    return row_digest({name: value for name, value in row.items() if name not in NOT_SEALED})


def words_digest(words: Sequence[str | None]) -> str:
    """Compute what ``gateway.words_digest`` does; not by it, for whoever changes rows can change it too."""
    text = json.dumps(list(words), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
