"""Telling again what a database holds, over real Kafka and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord

from chassis.errors import EpochRaisedError
from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.republishing import republish
from chassis.republishing.republish import Republisher, Selection
from chassis.service import Service, running
from chassis.storage.database import Connection, create_pool
from chassis.storage.transaction import Transaction, Transactions
from contracts.envelope import EPOCH, decode_headers
from tests.integration.chassis.stage import Counted, Stage, counted, until

EVERYTHING = Selection()


@dataclass
class Things:
    """An owner's table: a version and a number by id. ``fails_at``: an id at which telling fails once, and how."""

    topic: str
    name: str = "things"
    fails_at: str | None = None
    failure: type[Exception] = ConnectionResetError

    @property
    def records(self) -> Mapping[str, Sequence[str]]:
        return {self.topic: [Counted.message_type]}

    async def ids(self, connection: Connection, selection: Selection, after: str, most: int) -> list[str]:
        rows = await connection.fetch(
            "SELECT id FROM thing WHERE ($1::text[] IS NULL OR id = ANY($1)) AND id > $2 ORDER BY id LIMIT $3",
            selection.keys,
            after,
            most,
        )
        return [row["id"] for row in rows]

    async def tell(self, transaction: Transaction, identity: str) -> None:
        if identity == self.fails_at:
            self.fails_at = None
            raise self.failure
        row = await transaction.connection.fetchrow("SELECT * FROM thing WHERE id = $1 FOR UPDATE", identity)
        assert row is not None
        await publish(transaction, self.topic, identity, row["version"], row["number"])

    async def present(self, connection: Connection, message_type: str, keys: Sequence[str]) -> set[str]:
        assert message_type == Counted.message_type
        return {row["id"] for row in await connection.fetch("SELECT id FROM thing WHERE id = ANY($1)", list(keys))}


async def publish(transaction: Transaction, topic: str, identity: str, version: int, number: int) -> None:
    await transaction.publish(topic, Counted(number=number), key=identity, subject=identity, sequence=version)


async def have(stage: Stage, *things: tuple[str, int, int]) -> None:
    await stage.connection.execute("CREATE TABLE thing (id text PRIMARY KEY, version bigint, number integer)")
    await stage.connection.execute("CREATE TABLE copy (id text PRIMARY KEY, number integer)")
    await stage.connection.executemany("INSERT INTO thing VALUES ($1, $2, $3)", things)


async def copy(received: Received[Counted], transaction: Transaction) -> None:
    await transaction.connection.execute(
        "INSERT INTO copy VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET number = excluded.number",
        received.envelope.subject,
        received.body.number,
    )


async def forget(received: Received[Any], transaction: Transaction) -> None:
    await transaction.connection.execute("DELETE FROM copy WHERE id = $1", received.envelope.subject)


def owner(stage: Stage, things: Things) -> Service:
    """Make a service that owns the things, and reads them back into a copy."""
    read = Subscription(stage.topic, {Counted: copy}, Dedupe.SNAPSHOT, on_tombstone=forget)
    return Service(stage.name, f"/test/{stage.name}", [read], state=[things])


async def ask(stage: Stage, selection: Selection = EVERYTHING, **more: Any) -> republish.Outcome:
    """Ask the running service and wait until it has done it and sent it."""
    number = await republish.request(stage.connection, selection, by="test", **more)

    async def finished() -> republish.Outcome | None:
        found = await republish.outcome(stage.connection, number)
        return found if found.finished else None

    found: republish.Outcome = await until(finished)
    await stage.emptied()
    return found


async def copies(stage: Stage, wanted: dict[str, int]) -> None:
    async def same() -> bool:
        rows = await stage.connection.fetch("SELECT id, number FROM copy")
        return {row["id"]: row["number"] for row in rows} == wanted

    await until(same)


def last(records: Sequence[ConsumerRecord]) -> dict[str, ConsumerRecord]:
    return {record.key.decode(): record for record in records}


@asynccontextmanager
async def transactions_on(stage: Stage) -> AsyncIterator[Transactions]:
    async with await create_pool(stage.database_url, name="test") as pool:
        yield Transactions(pool, "/test")


async def test_readers_get_back_what_they_lost_at_the_same_version(stage: Stage) -> None:
    """A copy's row that is gone or different is as the owner has it again, though the version is the one last seen."""
    await have(stage, ("a", 3, 30), ("b", 1, 10), ("c", 7, 70))
    await stage.produce([counted("a", 3), counted("b", 1), counted("c", 7)])
    async with running(owner(stage, Things(stage.topic)), stage.settings()):
        await copies(stage, {"a": 3, "b": 1, "c": 7})
        await stage.connection.execute("DELETE FROM copy WHERE id = 'a'")
        told = await ask(stage)
        await copies(stage, {"a": 30, "b": 10, "c": 70})
    assert (told.told, told.erased, told.error) == (3, 0, None)
    envelopes = {key: decode_headers(record.headers) for key, record in last(await stage.sent()).items()}
    assert {key: envelope.sequence for key, envelope in envelopes.items()} == {"a": 3, "b": 1, "c": 7}
    assert all(envelope.republished for envelope in envelopes.values())


async def test_what_the_database_lacks_is_erased(stage: Stage) -> None:
    """A key only the topic has gets a tombstone that readers take, and so does one that only a reader has."""
    await have(stage, ("a", 1, 10))
    await stage.produce([counted("a", 1), counted("gone", 5)])
    async with running(owner(stage, Things(stage.topic)), stage.settings()):
        await copies(stage, {"a": 1, "gone": 5})
        await stage.connection.execute("INSERT INTO copy VALUES ('stray', 9)")
        stray = {"topic": stage.topic, "type": Counted.message_type, "key": "stray", "sequence": 9}
        told = await ask(stage, strays=[stray, {**stray, "key": "a"}])
        await copies(stage, {"a": 10})
    assert (told.told, told.erased) == (1, 2)
    found = last(await stage.sent())
    assert (found["gone"].value, found["stray"].value) == (None, None)
    assert decode_headers(found["gone"].headers).sequence == 5


async def test_a_key_alone_is_told_or_erased(stage: Stage) -> None:
    """With keys named, nothing else is told and nothing else erased."""
    await have(stage, ("a", 1, 10), ("b", 1, 10))
    await stage.produce([counted("a", 1), counted("gone", 5), counted("other", 5)])
    async with running(owner(stage, Things(stage.topic)), stage.settings()):
        await copies(stage, {"a": 1, "gone": 5, "other": 5})
        told = await ask(stage, Selection(keys=["a", "gone"]))
        await copies(stage, {"a": 10, "other": 5})
    assert (told.told, told.erased) == (1, 1)


async def test_it_goes_on_where_it_stopped_and_holds_no_long_transaction(stage: Stage) -> None:
    """After a failure on the way every thing is told once, a bounded number a transaction, and in order."""
    await have(stage, *((f"t-{number:04}", 1, number) for number in range(700)))
    things = Things(stage.topic, fails_at="t-0450")
    async with running(owner(stage, things), stage.settings()):
        told = await ask(stage)
    assert told.told == 700
    keys = [record.key.decode() for record in await stage.sent()]
    assert sorted(keys) == [f"t-{number:04}" for number in range(700)]


async def test_a_failure_for_good_ends_the_request_and_is_told(stage: Stage) -> None:
    """A source that cannot tell ends the request with the error's name; the next request is done."""
    await have(stage, ("a", 1, 10))
    async with running(owner(stage, Things(stage.topic, fails_at="a", failure=ValueError)), stage.settings()):
        assert (await ask(stage)).error == "ValueError"
        assert (await ask(stage)).told == 1


async def test_a_raised_epoch_lies_above_all_that_was_told(stage: Stage) -> None:
    """Readers ahead of the database take what it tells in the new epoch, and the erasure of what it lacks."""
    await have(stage, ("a", 2, 20))
    await stage.produce([counted("a", 99), counted("gone", 4, sequence=EPOCH + 4)])
    async with running(owner(stage, Things(stage.topic)), stage.settings()):
        await copies(stage, {"a": 99, "gone": 4})
        await ask(stage, least_epoch=2)
        await copies(stage, {"a": 20})
    found = {key: decode_headers(record.headers).sequence for key, record in last(await stage.sent()).items()}
    assert found == {"a": 2 * EPOCH + 2, "gone": 2 * EPOCH + 4}


async def test_who_writes_in_an_epoch_that_is_over_does_it_again(stage: Stage) -> None:
    """A process that knows the old epoch writes nothing in it; its next try is in the new one."""
    await have(stage)
    async with transactions_on(stage) as transactions:
        async with transactions.begin() as transaction:
            await publish(transaction, stage.topic, "a", 1, 1)
        await stage.connection.execute("UPDATE sequence_epoch SET epoch = 1")
        try:
            async with transactions.begin() as transaction:
                await publish(transaction, stage.topic, "a", 2, 2)
        except EpochRaisedError:
            pass
        else:
            raise AssertionError("it was written")
        async with transactions.begin() as transaction:
            await publish(transaction, stage.topic, "a", 2, 2)
    headers = await stage.connection.fetch("SELECT headers ->> 'ce_sequence' AS sequence FROM outbox ORDER BY id")
    assert [int(row["sequence"]) for row in headers] == [1, EPOCH + 2]


async def test_live_changes_and_telling_again_keep_their_order(stage: Stage) -> None:
    """While all is told again, changes go on: the last record of each thing is its newest version."""
    await have(stage, *((f"t-{number:03}", 1, 1) for number in range(100)))
    things = Things(stage.topic)
    async with running(owner(stage, things), stage.settings(lock_timeout=30)) as state:

        async def change(identity: str) -> None:
            for _ in range(5):
                async with state.transactions.begin() as transaction:
                    version = await transaction.connection.fetchval(
                        "UPDATE thing SET version = version + 1, number = number + 1 WHERE id = $1 RETURNING version",
                        identity,
                    )
                    await publish(transaction, stage.topic, identity, version, version)

        changes = [asyncio.create_task(change(f"t-{number:03}")) for number in range(0, 100, 7)]
        await ask(stage)
        await asyncio.gather(*changes)
        await ask(stage)
        wanted = {row["id"]: row["number"] for row in await stage.connection.fetch("SELECT id, number FROM thing")}
        await copies(stage, wanted)
    for records in _by_partition(await stage.sent()):
        newest: dict[bytes, int] = {}
        for record in records:
            sequence = decode_headers(record.headers).sequence or 0
            assert sequence >= newest.get(record.key, 0)
            newest[record.key] = sequence


def _by_partition(records: Sequence[ConsumerRecord]) -> list[list[ConsumerRecord]]:
    found: dict[int, list[ConsumerRecord]] = {}
    for record in records:
        found.setdefault(record.partition, []).append(record)
    return list(found.values())


async def test_one_leader_at_a_time_does_a_request(stage: Stage) -> None:
    """Two processes at work on one request tell each thing once."""
    await have(stage, *((f"t-{number:03}", 1, 1) for number in range(300)))
    await republish.request(stage.connection, EVERYTHING, by="test")
    async with transactions_on(stage) as transactions:
        settings = stage.settings()
        both = [Republisher([Things(stage.topic)], transactions, settings) for _ in range(2)]
        while await stage.connection.fetchval(
            "SELECT EXISTS (SELECT FROM republish_request WHERE finished_at IS NULL)"
        ):
            await asyncio.gather(*(each.work() for each in both))
    assert await stage.connection.fetchval("SELECT count(*) FROM outbox") == 300
    assert await stage.connection.fetchval("SELECT count(DISTINCT subject) FROM outbox") == 300
