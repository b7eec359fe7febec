"""The audit's chain on a real database: rows are sealed once, late ones too, and every change of one is found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from chassis.storage.database import Pool
from contracts.audit import AuditAnchored
from gateway.audit.anchors import Anchors
from gateway.audit.sealer import Batches, Sealer
from ops.audit.findings import Kind, Verdict
from ops.audit.verifying import verify
from tests.integration.gateway.audited import Audited

ROWS = 12


async def test_rows_are_sealed_in_batches_and_hold(audited: Audited) -> None:
    """Each row in one batch, each batch on the one before; what is not sealed yet is counted."""
    await audited.look(3)
    assert not await audited.sealer.round()
    verdict = await audited.verify()
    assert verdict.findings == []
    assert (verdict.rows, verdict.batches, verdict.unsealed) == (ROWS + 3, 3, 3)
    assert (verdict.anchors, verdict.anchored) == ({"objects": 3}, 3)
    assert await audited.sealer.look() == {"unsealed": 3, "age_seconds": pytest.approx(0, abs=60)}


async def test_what_waits_long_is_sealed_though_it_is_little(audited: Audited) -> None:
    """A batch is made when its first row has waited, too."""
    await audited.look()
    audited.sealer.batches = Batches(500, 0.0)
    await audited.sealer.round()
    assert (await audited.verify()).unsealed == 0


TAMPERED: dict[str, tuple[str, tuple[Kind, int | None, int | None]]] = {
    "changed": ("UPDATE gateway.audit SET user_id = 'u-9' WHERE audit_id = 6", (Kind.ROW_CHANGED, 2, 6)),
    "hidden": ("UPDATE gateway.audit SET refusal = 'no-access' WHERE audit_id = 7", (Kind.ROW_CHANGED, 2, 7)),
    "deleted": ("DELETE FROM gateway.audit WHERE audit_id = 5", (Kind.ROW_MISSING, 2, 5)),
    "inserted": (
        (
            "INSERT INTO gateway.audit (audit_id, at, kind, what) OVERRIDING SYSTEM VALUE "
            "SELECT 99, at, kind, what FROM gateway.audit WHERE audit_id = 6"
        ),
        (Kind.ROW_ADDED, None, 99),
    ),
    "seal changed": (
        "UPDATE gateway.audit_seal SET sealed_at = sealed_at - interval '1 day' WHERE batch = 2",
        (Kind.SEAL_CHANGED, 2, None),
    ),
    "seal deleted": ("DELETE FROM gateway.audit_seal WHERE batch = 2", (Kind.SEAL_MISSING, 2, None)),
    "words changed": (
        "UPDATE gateway.look SET display_name = 'Ola' WHERE look_id = 9",
        (Kind.WORDS_CHANGED, 3, 9),
    ),
    "look deleted": ("DELETE FROM gateway.look WHERE look_id = 10", (Kind.WORDS_CHANGED, 3, 10)),
    "declared old": (
        (
            "INSERT INTO gateway.audit_pruning (through, older_than, done_by, reason) "
            "VALUES (1, now(), 'somebody', 'no reason at all'); DELETE FROM gateway.audit WHERE audit_id <= 4"
        ),
        (Kind.PRUNED_EARLY, 1, None),
    ),
}


@pytest.mark.parametrize("how", TAMPERED)
async def test_every_kind_of_change_is_found(audited: Audited, how: str) -> None:
    """The first thing that is wrong is named by batch and row."""
    statement, expected = TAMPERED[how]
    assert expected in await audited.found(*statement.split("; "))
    first = (await audited.verify()).first
    assert first is not None
    assert (first.kind, first.batch, first.row) == expected


async def test_a_row_that_waits_cannot_be_taken_away_either(audited: Audited) -> None:
    """Deleted before it is sealed: it is missing from what waits."""
    await audited.look()
    assert await audited.found("DELETE FROM gateway.audit WHERE audit_id = 13") == [(Kind.ROW_MISSING, None, 13)]


async def test_a_row_with_a_time_of_before_is_found_once_it_is_sealed(audited: Audited) -> None:
    """Put in beside the triggers with what the sealer needs: its time is before that of rows sealed earlier."""
    await audited.look(3)
    audited.tamper(
        "INSERT INTO gateway.audit (audit_id, at, kind, what) OVERRIDING SYSTEM VALUE "
        "VALUES (900, now() - interval '3 days', 'look', 'health')",
        "INSERT INTO gateway.audit_unsealed (audit_id) VALUES (900)",
    )
    await audited.sealer.round()
    assert [(one.kind, one.row) for one in (await audited.verify()).findings] == [(Kind.ROW_BACKDATED, 900)]


async def _rewritten(audited: Audited, from_batch: int) -> None:
    """Change a row and make all seals anew from its batch on, as the sealer would: the database contradicts nothing."""
    audited.tamper(
        "INSERT INTO gateway.audit_unsealed (audit_id) "
        f"SELECT audit_id FROM gateway.audit WHERE audit_id > {4 * from_batch - 4}",
        f"DELETE FROM gateway.audit_seal WHERE batch >= {from_batch}",
        "DELETE FROM gateway.audit_anchor",
        f"UPDATE gateway.audit SET user_id = 'u-9' WHERE audit_id = {4 * from_batch}",
    )
    forger = Sealer(audited.pool, Anchors("memory:///", timedelta(days=1)), Batches(4, 3600), 300)
    while await forger.round():
        pass


async def test_a_tail_that_was_rewritten_consistently_is_found_by_its_anchors(audited: Audited) -> None:
    """The chain itself holds; each anchor from there on says otherwise."""
    await _rewritten(audited, 2)
    alone = await asyncio.to_thread(_without_anchors, audited)
    assert alone.findings == []
    verdict = await audited.verify()
    assert {one.kind for one in verdict.findings} == {Kind.ANCHOR_CONTRADICTED}
    assert sorted(one.batch or 0 for one in verdict.findings) == [2, 3]


def _without_anchors(audited: Audited) -> Verdict:
    return verify(audited.given, None, objects=False)


async def test_a_tail_that_was_cut_off_is_found_by_its_anchor(audited: Audited) -> None:
    """Rows, seal and anchor's row are gone; the object is not."""
    found = await audited.found(
        "DELETE FROM gateway.audit_anchor WHERE batch = 3",
        "DELETE FROM gateway.audit_seal WHERE batch = 3",
        "DELETE FROM gateway.audit WHERE audit_id > 8",
        "DELETE FROM gateway.look WHERE look_id > 8",
    )
    assert found == [(Kind.ANCHOR_CONTRADICTED, 3, None)]


async def test_an_anchor_that_is_gone_or_is_none_is_found(audited: Audited, tmp_path: Path) -> None:
    """Between others that are there; what cannot be read is named by its place."""
    objects = sorted((tmp_path / "audit/anchors").iterdir())
    objects[0].unlink()
    objects[1].write_text("{}")
    verdict = await audited.verify()
    assert [(one.kind, one.anchor) for one in verdict.findings] == [
        (Kind.ANCHOR_UNREADABLE, None), (Kind.ANCHOR_MISSING, 1), (Kind.ANCHOR_MISSING, 2),
    ]  # fmt: skip


async def test_an_anchor_goes_to_the_topic_and_to_an_object_that_is_written_once(
    audited: Audited, tmp_path: Path
) -> None:
    """The same words in both places, in the outbox within the anchor's transaction; an object is never replaced."""
    sent = [json.loads(value) for (value,) in await audited.pool.fetch("SELECT value FROM outbox ORDER BY id")]
    objects = sorted((tmp_path / "audit/anchors").iterdir())
    assert [json.loads(one.read_text()) for one in objects] == sent
    assert [AuditAnchored.model_validate(one).batch for one in sent] == [1, 2, 3]
    objects[0].write_text("something else")
    await audited.pool.execute("UPDATE gateway.audit_anchor SET stored_at = NULL WHERE anchor = 1")
    await audited.sealer.round()
    assert objects[0].read_text() == "something else"
    assert await audited.pool.fetchval("SELECT stored_at FROM gateway.audit_anchor WHERE anchor = 1") is None


async def test_a_row_that_commits_late_is_sealed_later(audited: Audited) -> None:
    """Its number was given before others that are sealed already: it is in the next batch, and nothing is broken."""
    late = await asyncpg.connect(audited.given["GATEWAY_DATABASE_URL"])
    try:
        for commits in (True, False):
            transaction = late.transaction()
            await transaction.start()
            number = await late.fetchval(
                "INSERT INTO gateway.audit (kind, what) VALUES ('session', 'login') RETURNING audit_id"
            )
            await audited.look(4)
            assert await audited.sealer.round()
            last = await audited.pool.fetchval("SELECT ids::text FROM gateway.audit_seal ORDER BY batch DESC LIMIT 1")
            assert f"[{number + 1}," in last
            await (transaction.commit() if commits else transaction.rollback())
            assert (await audited.verify()).findings == []
    finally:
        await late.close()
    await audited.look(3)
    assert await audited.sealer.round()
    verdict = await audited.verify()
    assert (verdict.findings, verdict.unsealed, verdict.rows) == ([], 0, ROWS + 4 + 4 + 1 + 3)


async def test_many_who_write_and_two_who_seal_leave_each_row_in_one_batch(audited: Audited, database: Pool) -> None:
    """Writers, some rolled back, beside two sealers and a check that runs meanwhile: all holds, all is sealed."""
    audited.sealer.batches = Batches(25, 0.0)
    other = Sealer(database, audited.sealer.anchors, Batches(25, 0.0), 300)
    writing = [asyncio.create_task(_write(audited, number)) for number in range(8)]
    sealing = [asyncio.create_task(_seal(one, writing)) for one in (audited.sealer, other)]
    while not all(task.done() for task in writing):
        assert (await audited.verify()).findings == []
    await asyncio.gather(*writing, *sealing)
    await _until(audited.sealer.round)
    verdict = await audited.verify()
    assert (verdict.findings, verdict.unsealed, verdict.rows) == ([], 0, ROWS + 8 * 20)


async def _write(audited: Audited, number: int) -> None:
    for _ in range(20):
        async with audited.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("INSERT INTO gateway.audit (kind, what) VALUES ('session', 'login')")
            await asyncio.sleep(0.003 * (number % 3))
            await transaction.rollback()
        await audited.look()


async def _seal(sealer: Sealer, writing: list[asyncio.Task[None]]) -> None:
    while not all(task.done() for task in writing):
        await sealer.round()
        await asyncio.sleep(0.001)


async def _until(done: Callable[[], Awaitable[bool]]) -> None:
    while await done():
        pass


async def test_a_sealer_that_stands_still_is_an_alarm(audited: Audited) -> None:
    """What waits too long is told by every replica; sealed, it is over."""
    await audited.look()
    audited.sealer.alarm_after = -1.0
    await audited.sealer.look()
    assert audited.sealer.alarms.lasting["audit is not sealed"]["rows"] == 1
    audited.sealer.alarm_after = 300.0
    await audited.sealer.look()
    assert audited.sealer.alarms.lasting == {}
