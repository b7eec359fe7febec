"""That nothing of an erased person is left in distribution's database, wherever it had come to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from chassis.reading import dead_letters
from chassis.reading.decoding import read
from chassis.reading.subscriptions import Reading
from chassis.storage import outbox
from chassis.storage.database import Pool, create_pool
from contracts import topics
from contracts.imdi.v1 import PublishDistributionList
from ops.testing.databases import Databases
from services.distribution.adapters.originals import PgRejections
from services.distribution.domain.drafts import Form
from services.distribution.domain.persons import Decision
from services.distribution.domain.problems import Problem
from services.distribution.domain.settlement import MovedIn
from services.distribution.domain.threads import Said
from services.distribution.entrypoints import inbound
from tests.integration.distribution.pg_world import PgWorld
from tests.unit.distribution.erasure_contract import ErasureContract
from tests.unit.distribution.samples import LIST, OTHER, body, offered, record
from tests.unit.distribution.steps import REGISTER, TODAY

CONTRACT = ErasureContract()
MARK = "Kvitkval"
"""In every text about person 2, and nowhere else."""
DUF_NUMBER = "202577770002"

TEXT_TABLES = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


@pytest.fixture
async def world(databases: Databases) -> AsyncIterator[PgWorld]:
    url = databases.migrated("services.distribution.migrations")
    pool = await create_pool(url, name="test")
    yield PgWorld(pool)
    await pool.close()


async def holding(pool: Pool, marker: str) -> dict[str, int]:
    """Count the rows of each table that hold the marker: as text, and within bytes."""
    found = {}
    for (table,) in await pool.fetch(TEXT_TABLES):
        rows = await pool.fetch(f"SELECT * FROM {table}")
        count = sum(marker in repr([_readable(value) for value in row.values()]) for row in rows)
        if count:
            found[table] = count
    return found


def _readable(value: object) -> object:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def marked() -> PublishDistributionList:
    identity = {
        "given_name": f"{MARK}-fornavn",
        "family_name": f"{MARK}-etternavn",
        "duf_number": DUF_NUMBER,
        "address": {"lines": [f"{MARK}-gate 2"], "postal_code": "9016", "city": f"{MARK}-by"},
        "health_note": f"{MARK}-helse",
    }
    person = offered(2, identity=identity, occupation=f"{MARK}-yrke", needs_note=f"{MARK}-behov")
    return body(persons=[offered(1), person])


async def told(world: PgWorld) -> PgWorld:
    """Have a list whose person 2 is declined, asked about, on a message sent back, and on one that failed."""
    await CONTRACT.keep(world, REGISTER, 2)
    await CONTRACT.publish(world, marked())
    await CONTRACT.ask(world, Said(2, f"{MARK}-spørsmål?"))
    reason = Decision(accept=False, reason=OTHER.reason, reason_text=f"{MARK}-grunn")
    await CONTRACT.approve(world, 2, Form([(1, Decision()), (2, reason)], f"{MARK}-beskjed"))
    await CONTRACT.send(world, (await CONTRACT.the_list(world)).version)
    await CONTRACT.reply(world, Said(2, f"{MARK}-svar."))
    async with world.transactions.begin() as transaction:
        await transaction.connection.execute(
            "INSERT INTO outbox_aside (id, topic, key, subject, headers, value, created_at, error)"
            " SELECT id + 9000, topic, key, subject, headers, value, created_at, 'TooLarge' FROM outbox"
            " WHERE topic = $1 AND subject = $2 ORDER BY id LIMIT 1",
            topics.DISTRIBUTION_STATE.name,
            f"{LIST}/2",
        )
        rows = [row["id"] for row in await transaction.connection.fetch("SELECT id FROM outbox")]
        await outbox.sent(transaction.connection, rows, [topics.DISTRIBUTION_STATE.name, topics.PERSON_FOLDERS.name])
        # The same person, wrong, on a list of which nobody could read the id.
        wrong = record(marked(), key="0301", subject="?", offset=70)
        rejections = PgRejections(transaction)
        await rejections.send_back(inbound.original(wrong), None, "0301", [Problem("list_id", "missing", "Missing.")])
        failed = read(record(marked(), key="0301", subject=LIST, offset=71), Reading({}, sequenced=False))
        await dead_letters.park(transaction, "distribution", "distribution.imdi", failed, "ValueError")
    return world


async def test_no_table_holds_anything_of_an_erased_person(world: PgWorld) -> None:
    """Not its row, threads, reasons; not what was sent, was refused by Kafka, had failed or was sent back."""
    await told(world)
    assert set(await holding(world.pool, MARK)) == {
        f"public.{table}"
        for table in (
            "person", "person_identity", "thread_message", "distribution_list", "outbox_sent", "outbox_aside",
            "rejected_original", "dead_letter",
        )
    }  # fmt: skip
    await CONTRACT.erase(world, 2, list_words=True)
    await world.outgoing()
    assert await holding(world.pool, MARK) == {}
    assert await holding(world.pool, DUF_NUMBER) == {}
    assert await world.pool.fetchval("SELECT count(*) FROM person_identity") == 1


async def test_why_a_date_was_corrected_is_erased_with_the_person(world: PgWorld) -> None:
    """The dates stay, the words go; of the other person nothing changes."""
    await told(world)
    await CONTRACT.move_in(world, (await CONTRACT.the_list(world)).version, MovedIn(1, TODAY))
    await world.pool.execute("UPDATE settlement SET reason = $1", f"{MARK}-rettet")
    await CONTRACT.erase(world, 1)
    await world.outgoing()
    kept = await world.pool.fetch("SELECT running_number, settlement_date, reason FROM settlement")
    assert [tuple(row) for row in kept] == [(1, TODAY, None)]
    assert await world.pool.fetchval("SELECT duf_number FROM person_identity") == DUF_NUMBER


async def test_an_erased_message_is_seen_in_the_record_and_holds_nothing_up(world: PgWorld) -> None:
    """It says what was done with it, by what and why; its subject goes on."""
    await told(world)
    await CONTRACT.erase(world, 2)
    done = await world.pool.fetch("SELECT queue, action, done_by, reason FROM dead_letter_action ORDER BY id")
    assert [tuple(row) for row in done] == [
        ("dead-letters", "erased", "erasure", "erasure_request"),
        ("outbox-aside", "erased", "erasure", "erasure_request"),
    ]
    assert await world.pool.fetchval("SELECT count(*) FROM parked_subject") == 0


async def test_what_is_sent_again_after_a_loss_says_what_it_says_now(world: PgWorld) -> None:
    """The kept answer is still one of both persons with their codes, and its words about the other stay."""
    await told(world)
    await CONTRACT.move_in(world, (await CONTRACT.the_list(world)).version, MovedIn(1, TODAY))
    await CONTRACT.erase(world, 2)
    value = await world.pool.fetchval(
        "SELECT value FROM outbox_sent WHERE topic = $1", topics.DISTRIBUTION_ANSWERS.name
    )
    answer = json.loads(value)
    assert [(one["accepted"], one["reason"], one["reason_text"]) for one in answer["persons"]] == [
        (True, None, None),
        (False, "other", None),
    ]
    assert answer["message"] == f"{MARK}-beskjed"
