"""What of the audit has had its time goes, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from ops.audit.findings import Kind
from tests.integration.gateway.audited import Audited

PRUNE = (
    "SELECT through, taken FROM gateway.audit_prune(clock_timestamp() - $1::interval, 1000, 'kari@vm', 'it is time')"
)
YEARS = timedelta(days=5 * 365)


async def test_what_has_had_its_time_goes_and_the_chain_still_holds(aged: Audited) -> None:
    """Rows and the looks they tell of, by whole batches; who did it, and why, is a row; the young stay."""
    await aged.look()
    assert tuple((await aged.pool.fetch(PRUNE, YEARS))[0]) == (2, 8)
    assert tuple((await aged.pool.fetch(PRUNE, YEARS))[0]) == (None, 0)
    verdict = await aged.verify()
    assert verdict.findings == []
    assert (verdict.rows, verdict.batches, verdict.pruned, verdict.unsealed) == (4 + 2, 3, 2, 2)
    assert await aged.pool.fetchval("SELECT min(look_id) FROM gateway.look") == 9
    [(what, who)] = await aged.pool.fetch("SELECT what, user_id FROM gateway.audit WHERE kind = 'operation'")
    assert (what, who) == ("audit-pruned", "kari@vm")
    # what went and comes back is found
    tampered = "INSERT INTO gateway.audit (audit_id, kind, what) OVERRIDING SYSTEM VALUE VALUES (3, 'look', 'health')"
    assert await aged.found(tampered) == [(Kind.ROW_ADDED, 1, 3)]


@pytest.mark.parametrize(
    "statement",
    [
        PRUNE.replace("$1::interval", "interval '-1 day'"),
        (
            "INSERT INTO gateway.audit_pruning (through, older_than, done_by, reason) "
            "VALUES (3, now(), 'kari', 'so it seemed')"
        ),
        "DELETE FROM gateway.audit WHERE audit_id = 1",
        "DELETE FROM gateway.look WHERE look_id = 1",
        "DELETE FROM gateway.audit_seal",
        "UPDATE gateway.audit_seal SET sealed_at = now()",
        "DELETE FROM gateway.audit_pruning",
    ],
)
async def test_nothing_goes_otherwise(aged: Audited, statement: str) -> None:
    """Nothing that is younger than a year, nothing that was not declared to go, and no seal."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await aged.pool.execute(statement)
    assert (await aged.verify()).findings == []
