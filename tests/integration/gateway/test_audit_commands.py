"""``fordeling audit`` on a real database and broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.codes import Role
from gateway.audit.record import Asker, Audit, Denied, Tried
from gateway.bootstrap import gateway
from gateway.folders.looks import Channel, Looks, Part, Purpose, Refusal, Viewer
from ops.audit.findings import Verdict
from ops.audit.verifying import verify
from ops.testing.databases import Databases
from tests.integration.gateway.audited import LIST, VIEWER, WANTED, Audited
from tests.integration.gateway.conftest import Urls, settings
from tests.integration.ops.test_dead_letters import command, one_line

WHY = ("--why", "a test, case 1234", "--as", "Tester")


@pytest.fixture(autouse=True)
def here(urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have commands find this test's database and store, and no other."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("GATEWAY_DATABASE_URL", urls.owner)
    monkeypatch.setenv("OBJECT_STORE_URL", f"file://{tmp_path}")


async def test_a_report_holds_that_persons_looks_and_no_others(database: Any, reading: Any) -> None:
    """Theirs on both lists they were on, and refused tries; no neighbours, no other lists. It is kept itself."""
    looks = Looks(reading)
    health = replace(WANTED, purpose_text="Møte med skolen")
    await looks.record(VIEWER, health)
    await looks.record(
        Viewer("u-2", "Ola", None, Channel.API), replace(health, list_id="FL-2026-000400"), Refusal.NO_ACCESS
    )
    await looks.record(VIEWER, replace(health, running_number=2, purpose_text="noe annet"))
    await looks.record(
        VIEWER, replace(health, list_id="FL-2026-000999", part=Part.IDENTIFIED, purpose=Purpose.SETTLEMENT)
    )
    await Audit(reading).refused(
        Asker("u-3", Role.SETTLEMENT_READER, Channel.PAGE), Tried("GET /x", "k-0301", LIST, 1), Denied.FORBIDDEN
    )
    report = ("audit", "report", "--person", f"{LIST}/1", "--person", "FL-2026-000400/1")
    assert "--why is missing" in one_line(await asyncio.to_thread(command, *report))
    told = await asyncio.to_thread(command, *report, "--format", "json", *WHY)
    assert told.returncode == 0, told.stderr
    entries = json.loads(told.stdout)["entries"]
    assert [(one["person"], one["kind"], one["who"], one["refusal"], one["purpose_words"]) for one in entries] == [
        (f"{LIST}/1", "look", "u-1", None, "Møte med skolen"),
        ("FL-2026-000400/1", "look", "u-2", "no-access", "Møte med skolen"),
        (f"{LIST}/1", "refusal", "u-3", "forbidden", None),
    ]
    assert "Kari" not in told.stdout  # the code tells colleagues apart, the name is not for this
    [act] = await database.fetch("SELECT what, subject, user_id FROM gateway.audit WHERE kind = 'operation'")
    assert (act["what"], act["subject"]) == ("audit-reported", f"{LIST}/1, FL-2026-000400/1")
    assert act["user_id"].startswith("Tester (")


@pytest.mark.usefixtures("audited")
async def test_rows_are_exported_as_cef() -> None:
    """A line a row, of the time that is asked for, the export's own row among them."""
    found = await asyncio.to_thread(command, "audit", "export", "--cef", "--since", "1h", *WHY)
    assert (found.returncode, len(found.stdout.splitlines())) == (0, 12 + 1)
    assert all(line.startswith("CEF:0|Fordeling|gateway|1|") for line in found.stdout.splitlines())
    assert "operation:audit-exported" in found.stdout.splitlines()[-1]
    none = await asyncio.to_thread(command, "audit", "export", "--cef", "--until", "2h", *WHY)
    assert (none.returncode, none.stdout) == (0, "")


@pytest.mark.usefixtures("aged")
async def test_retention_is_tried_and_done() -> None:
    """A dry run changes nothing; then eight rows go, and the chain is still whole."""
    retention = ("audit", "retention", "--json")
    dry = await asyncio.to_thread(command, *retention, "--dry-run")
    assert [json.loads(dry.stdout)[name] for name in ("days", "batches", "rows", "taken")] == [1826, 2, 8, 0]
    assert "--why is missing" in one_line(await asyncio.to_thread(command, *retention))
    short = await asyncio.to_thread(command, *retention, "--days", "30", *WHY)
    assert "366 days at least" in one_line(short)
    done = await asyncio.to_thread(command, *retention, *WHY)
    assert [json.loads(done.stdout)[name] for name in ("taken", "through_batch")] == [8, 2]
    whole = await asyncio.to_thread(command, "audit", "verify", "--no-topic", "--json")
    assert (whole.returncode, json.loads(whole.stdout)["pruned_batches"]) == (0, 2)


async def test_verify_tells_the_first_that_is_wrong(audited: Audited) -> None:
    """Status 3, batch and row; 2 where something cannot be read."""
    whole = await asyncio.to_thread(command, "audit", "verify", "--no-topic")
    assert (whole.returncode, "The chain is whole." in whole.stdout) == (0, True)
    audited.tamper("DELETE FROM gateway.audit WHERE audit_id = 5", "DELETE FROM gateway.audit WHERE audit_id = 10")
    broken = await asyncio.to_thread(command, "audit", "verify", "--no-topic")
    assert broken.returncode == 3
    assert "First: row-missing batch 2 row 5" in broken.stdout


PARKED = """
WITH held AS (
    INSERT INTO parked_subject (reader, subject, parked_at) VALUES ('gateway.replies.v1', 'c-1', now()) RETURNING 1
)
INSERT INTO dead_letter (reader, subject, topic, partition, record_offset, record_timestamp, headers, value, error,
                         fields, behind, parked_at)
SELECT 'gateway.replies.v1', 'c-1', 'distribution.replies.v1', 0, 1, 0, $1, '{"name": "Kari"}', 'invalid',
       '[]', false, now()
FROM held
"""
ASIDE = """
INSERT INTO outbox_aside (id, topic, key, subject, headers, created_at, error)
SELECT number, 'distribution.commands.v1', 'k-0301', 'FL-1', '{"ce_id": "1", "ce_type": "t"}', now(), 'too large'
FROM generate_series(1, 2) AS number
"""


async def test_what_operators_do_with_messages_has_rows(database: Any) -> None:
    """Before it is done: shown whole, discarded, sent after all; what is only listed or outlined has none."""
    await database.execute(PARKED, b"[]")
    await database.execute(ASIDE)
    letter = ("dead-letters", "show", "gateway:1")
    assert (await asyncio.to_thread(command, *letter)).returncode == 0
    shown = await asyncio.to_thread(command, *letter, "--unmask", *WHY)
    assert (shown.returncode, "Kari" in shown.stdout) == (0, True)
    for acted in (
        ("dead-letters", "discard", "gateway:1"),
        ("outbox", "aside", "release", "gateway:1"),
        ("outbox", "aside", "discard", "gateway:2"),
    ):
        done = await asyncio.to_thread(command, *acted, "--reason", "a test, case 1234", "--as", "Tester")
        assert done.returncode == 0, done.stderr
    rows = await database.fetch("SELECT what, subject FROM gateway.audit WHERE kind = 'operation' ORDER BY audit_id")
    assert [tuple(row) for row in rows] == [
        ("message-shown", "gateway:1"), ("discarded", "gateway:1"), ("released", "outbox gateway:1"),
        ("discarded", "outbox gateway:2"),
    ]  # fmt: skip
    await database.execute("ALTER TABLE gateway.operator_act ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    await database.execute(PARKED.replace("c-1", "c-2"), b"[]")
    kept = await asyncio.to_thread(command, "dead-letters", "show", "gateway:2", "--unmask", *WHY)
    assert (kept.returncode != 0, "Kari" in kept.stdout) == (True, False)


@pytest.mark.heavy
async def test_a_gateway_seals_and_anchors_by_itself(
    own_kafka: str, urls: Urls, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are sealed within seconds, the anchor comes to the topic and the store, and both hold against the chain."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", own_kafka)
    own = settings(urls, own_kafka, audit_seal_after=0.0, object_store_url=f"file://{tmp_path}")
    async with gateway(own) as running:
        await running.parts.looks.record(VIEWER, WANTED)

        async def verdict() -> Verdict:
            given = {"GATEWAY_DATABASE_URL": urls.owner, "OBJECT_STORE_URL": f"file://{tmp_path}"}
            return await asyncio.to_thread(verify, given, own_kafka, objects=True)

        # not by the command: it would tell what the gateway logs
        found = await _until(verdict, lambda one: one.anchors == {"topic": 1, "objects": 1})
        assert (found.rows, found.batches, found.unsealed, found.anchored) == (1, 1, 0, 1)
        assert found.findings == []
        ready = (await running.health.checks["/readyz"]()).details
        assert ready["audit"]["unsealed"] == 0
        assert "audit is not sealed" not in ready["alarms"]
    Audited(None, None, None, {}, databases.superuser(urls.owner)).tamper(  # type: ignore[arg-type]
        "UPDATE gateway.audit_seal SET digest = sha256('x')"
    )
    told = await asyncio.to_thread(command, "audit", "verify", "--json")
    kinds = {(one["kind"], one.get("place")) for one in json.loads(told.stdout)["findings"]}
    assert kinds == {("seal-changed", None), ("anchor-contradicted", "topic"), ("anchor-contradicted", "objects")}


async def _until(ask: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    for _ in range(180):
        if holds(found := await ask()):
            return found
        await asyncio.sleep(0.5)
    pytest.fail("it did not come to be")
