from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiokafka.producer import message_accumulator, producer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from chassis import dead_letters, errors, operators, redrive_requests
from chassis.operators import Action
from chassis.redrive_requests import RedriveResult
from chassis.service import Running, Service, running
from chassis.subscriptions import Dedupe, Received, Record
from chassis.transaction import Transaction
from chassis.validation import FieldError
from contracts.envelope import encode_headers
from tests.integration.chassis.processes import hear, program
from tests.integration.chassis.stage import Counted, Other, Stage, counted, header, keep, numbers_by_subject, until

Handle = Callable[[Received[Counted], Transaction], Awaitable[None]]


def failing(times: int, error: Exception, *, at: int) -> Handle:
    """Make a handler that has its effect and then fails, so often, at one number."""
    left = times

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        nonlocal left
        await keep(received, transaction)
        if received.body.number == at and left:
            left -= 1
            raise error

    return handle


async def acknowledged(stage: Stage, records: int) -> None:
    """Wait until the offsets of so many records are committed."""
    group = stage.service().subscriptions[0].group(stage.name)

    async def enough() -> bool:
        return await stage.committed(group) >= records

    await until(enough)


async def counts_become(state: Running, what: str, expected: int) -> None:
    """Wait until every reader has counted so many: a commit can be seen a moment before its counts."""

    async def so() -> bool:
        return all(reader.progress.counts[what] == expected for reader in state.readers)

    await until(so)


async def test_the_same_message_twice_has_its_effect_once(stage: Stage) -> None:
    """By id and source, within a batch and over batches; a repeat goes to on_duplicate."""
    repeats: list[str] = []

    async def repeated(received: Received[Counted], _transaction: Transaction) -> None:
        repeats.append(received.envelope.id)

    async with running(stage.service(on_duplicate=repeated), stage.settings()):
        await stage.produce([counted("a", 1), counted("a", 1), counted("b", 1)])
        await stage.applied(2)
        await stage.produce([counted("a", 1), counted("c", 1)])
        await stage.applied(3)
    assert sorted(await stage.effects()) == [("a", 1), ("b", 1), ("c", 1)]
    assert repeats == ["test.counted.v1:a:1"] * 2


async def test_a_consumer_killed_before_its_offsets_were_committed_has_its_effects_once(stage: Stage) -> None:
    """The database has committed, Kafka has not: all comes again and changes nothing, however repeats are known."""
    await stage.produce([counted(f"s-{n % 10}", n) for n in range(1, 101)])
    async with program(stage, "committed-but-not-acknowledged") as process:
        for _ in Dedupe:
            await hear(process, "committed")
        await stage.applied(300)
        process.kill()
        await process.wait()
    readers = [stage.service(dedupe=dedupe, reader=dedupe.value).subscriptions[0] for dedupe in Dedupe]
    async with running(Service(stage.name, "/test", readers), stage.settings()) as state:
        await stage.produce([counted("last", 1)])
        await stage.applied(303)
        await counts_become(state, "repeats", 100)
    assert len(await stage.effects()) == 303


async def test_a_poison_record_among_500_parks_its_subject_only_and_a_redrive_goes_on_in_order(stage: Stage) -> None:
    """The other 499 less those behind it are applied; a dry run tells that it would go well and changes nothing."""
    broken = True

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        if broken and received.envelope.subject == "s-7" and received.body.number == 3:
            raise RuntimeError("a text with a secret")

    await stage.produce([counted(f"s-{n % 50}", n // 50 + 1) for n in range(500)])
    async with running(stage.service(handle), stage.settings()) as state:
        await stage.applied(492)
        await acknowledged(stage, 500)
        found = numbers_by_subject(await stage.effects())
        assert found.pop("s-7") == [1, 2]
        assert all(numbers == list(range(1, 11)) for numbers in found.values())
        parked = await dead_letters.letters(stage.connection)
        assert [(letter.message_id, letter.behind) for letter in parked] == [
            (f"test.counted.v1:s-7:{number}", number > 3) for number in range(3, 11)
        ]
        assert parked[0].error == "RuntimeError"

        first = parked[0].id
        assert await redrive(stage, dry_run=True) == RedriveResult(0, 8, "RuntimeError", first)
        assert await redrive(stage, dry_run=False) == RedriveResult(0, 8, "RuntimeError", first)
        broken = False
        assert await redrive(stage, dry_run=True) == RedriveResult(8, 8, None)
        assert numbers_by_subject(await stage.effects())["s-7"] == [1, 2]
        assert await redrive(stage, dry_run=False) == RedriveResult(8, 0, None)
        await stage.produce([counted("s-7", 11)])
        await stage.applied(501)
        assert numbers_by_subject(await stage.effects())["s-7"] == list(range(1, 12))
        await state.relay.stop()
    failures = await stage.sent(f"{stage.name}.failures.v1")
    assert len(failures) == 8
    assert not any(b"secret" in (record.value or b"") for record in failures)
    done = await operators.history(stage.connection, subject="s-7")
    assert {(one.by, one.reason) for one in done} == {("tester", "a test")}
    told = [(one.action, one.what.id - first, one.error) for one in reversed(done)]
    assert told == [
        (Action.DRY_RUN, 0, None),
        (Action.REDRIVE, 0, None),
        (Action.FAILED, 0, "RuntimeError"),
        (Action.DRY_RUN, 0, None),
        (Action.REDRIVE, 0, None),
        *((Action.REDRIVEN, number, None) for number in range(8)),
    ]
    assert [one.outcome.handled for one in done if one.outcome] == [8, 8, 0, 0]


async def test_a_discarded_record_is_gone_and_those_behind_it_can_be_redriven(stage: Stage) -> None:
    """The reason is kept, the message is not."""
    await stage.produce([counted("s", number) for number in (1, 2, 3)])
    async with running(stage.service(failing(10**6, RuntimeError(), at=2)), stage.settings()):
        await until(lambda: stage.count("dead_letter"))
        await acknowledged(stage, 3)
        first, _ = await dead_letters.letters(stage.connection, f"{stage.name}.{stage.topic}", "s")
        assert await dead_letters.discard(stage.connection, first.id, by="tester", reason="a test")
        assert not await dead_letters.discard(stage.connection, first.id, by="tester", reason="again")
        assert await redrive(stage, subject="s", dry_run=False) == RedriveResult(1, 0, None)
    assert await stage.effects() == [("s", 1), ("s", 3)]
    row = await stage.connection.fetchrow("SELECT done_by, reason FROM dead_letter_action WHERE action = 'discarded'")
    assert row is not None
    assert tuple(row) == ("tester", "a test")


async def redrive(stage: Stage, *, dry_run: bool, subject: str = "s-7") -> RedriveResult:
    reader = f"{stage.name}.{stage.topic}"
    request = await redrive_requests.ask(
        stage.connection, reader, subject, by="tester", dry_run=dry_run, reason="a test"
    )
    assert request is not None
    result = await until(lambda: redrive_requests.result(stage.connection, request))
    assert isinstance(result, RedriveResult)
    return result


async def test_each_subject_stays_in_order_with_two_replicas_and_failures_on_the_way(stage: Stage) -> None:
    """Whatever is retried, cut down or rebalanced."""

    async def unsteady(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        if random.random() < 0.01:
            raise errors.TryAgainError

    settings = stage.settings(chunk_records=20, batch_records=100, contention_tries=50)
    messages = [counted(f"s-{n % 20}", n) for n in range(1, 601)]
    async with running(stage.service(unsteady, dedupe=Dedupe.SNAPSHOT), settings):
        await stage.produce(messages[:300])
        async with running(stage.service(unsteady, dedupe=Dedupe.SNAPSHOT), settings):
            await stage.produce(messages[300:])
            await stage.applied(600)
    found = numbers_by_subject(await stage.effects())
    assert len(found) == 20
    assert all(numbers == sorted(set(numbers)) for numbers in found.values())
    assert await stage.count("dead_letter") == 0


async def test_a_transient_database_error_is_tried_again(stage: Stage) -> None:
    """A connection that is cut in mid-handling costs a try and no message."""
    cut = False

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        nonlocal cut
        await keep(received, transaction)
        if not cut:
            cut = True
            await transaction.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    await stage.produce([counted("a", 1), counted("a", 2)])
    async with running(stage.service(handle), stage.settings()) as state:
        await stage.applied(2)
        assert state.readers[0].progress.counts["retries"] >= 1
    assert await stage.effects() == [("a", 1), ("a", 2)]


async def test_a_lock_that_others_hold_is_waited_for(stage: Stage) -> None:
    """A lock time-out is tried again, and what was handled before it in the chunk is not lost."""
    await stage.connection.execute("CREATE TABLE busy AS SELECT 1 AS number")

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        await transaction.connection.execute("UPDATE busy SET number = number + 1")

    async with running(stage.service(handle), stage.settings(lock_timeout=0.1)) as state:
        async with stage.connection.transaction():
            await stage.connection.execute("UPDATE busy SET number = 0")
            await stage.produce([counted("a", 1)])

            async def tried() -> bool:
                return state.readers[0].progress.counts["retries"] > 0

            await until(tried)
        await stage.applied(1)
    assert await stage.count("dead_letter") == 0


async def test_without_its_database_nothing_is_acknowledged_and_nothing_is_lost(stage: Stage) -> None:
    """It waits for as long as it takes; stopping meanwhile leaves the batch to be read again."""
    async with running(stage.service(), stage.settings(stop_timeout=5)) as state:
        await stage.produce([counted("warm", 1)])
        await stage.applied(1)
        await acknowledged(stage, 1)
        await stage.refuse_connections(True)
        await stage.produce([counted("a", 1)])

        async def tried() -> bool:
            return state.readers[0].progress.counts["retries"] > 1

        await until(tried)
    assert await stage.committed(state.readers[0].group) == 1
    await stage.refuse_connections(False)
    async with running(stage.service(), stage.settings()):
        await stage.applied(2)


async def test_what_cannot_be_read_is_rejected_with_every_error_by_field(stage: Stage) -> None:
    """Body, envelope and type errors reach on_invalid, without values, once; the rest goes on."""
    rejected: dict[int, list[FieldError]] = {}

    async def reject(record: Record, found: list[FieldError], transaction: Transaction) -> None:
        rejected[record.offset] = found
        await transaction.connection.execute("INSERT INTO effect (subject) VALUES ('rejected')")

    await stage.make_topic(f"{stage.topic}-one", 1)
    stage.topic = f"{stage.topic}-one"
    _, envelope, _ = counted("a", 1)
    headers = encode_headers(envelope)
    await stage.produce_raw(
        [
            (b"a", headers, b'{"number": "a-secret"}'),
            (b"a", [], b"{}"),
            (b"a", [*headers[:1], ("ce_id", b"\xff\xfe")], b"{}"),
            (b"a", encode_headers(counted("a", 2)[1])[:-1], b"not json"),
            (b"\xff", encode_headers(counted("a", 3)[1]), b'{"number": 1}'),
        ]
    )
    unknown = Other(text="x")
    await stage.produce([("a", counted("a", 4, "other")[1], unknown.model_dump_json().encode())])
    await stage.produce([counted("b", 1)])
    async with running(stage.service(on_invalid=reject), stage.settings()) as state:
        await until(lambda: stage.count("effect WHERE subject = 'b'"))
        await counts_become(state, "rejected", 6)
    paths = [[(error.path, error.code) for error in found] for _, found in sorted(rejected.items())]
    assert paths == [
        [("number", "int-parsing")],
        [("headers.ce_specversion", "envelope")],
        [("headers.ce_id", "envelope")],
        [("", "json-invalid")],
        [("key", "encoding")],
        [("number", "missing")],
    ]
    assert "secret" not in str(rejected)
    assert await stage.count("dead_letter") == 0


async def test_what_cannot_be_read_is_rejected_also_under_an_id_that_was_used(stage: Stage) -> None:
    """A sender that uses one id for everything still hears of what is wrong; nothing is dropped in silence."""
    rejected: list[int] = []

    async def reject(record: Record, found: list[FieldError], transaction: Transaction) -> None:
        del found, transaction
        rejected.append(record.offset)

    await stage.make_topic(f"{stage.topic}-one", 1)
    stage.topic = f"{stage.topic}-one"
    await stage.produce([counted("a", 1, "always-the-same")])
    headers = encode_headers(counted("a", 2, "always-the-same")[1])
    await stage.produce_raw([(b"a", headers, b"not json"), (b"a", headers, b"{}")])
    async with running(stage.service(on_invalid=reject), stage.settings()):
        await acknowledged(stage, 3)
    assert await stage.effects() == [("a", 1)]
    assert rejected == [1, 2]


@pytest.mark.parametrize("matter", [True, False])
async def test_what_comes_under_a_used_id_and_fails_is_parked_where_repeats_matter(stage: Stage, matter: bool) -> None:
    """A topic whose content decides loses nothing; elsewhere the effect is there, and only the answer is missing."""

    async def repeated(received: Received[Counted], transaction: Transaction) -> None:
        del received, transaction
        raise RuntimeError

    await stage.produce([counted("a", 1, "always-the-same"), counted("a", 2, "always-the-same"), counted("b", 1)])
    async with running(stage.service(on_duplicate=repeated, repeats_matter=matter), stage.settings()):
        await acknowledged(stage, 3)
    assert sorted(await stage.effects()) == [("a", 1), ("b", 1)]
    assert await stage.count("dead_letter") == int(matter)


async def test_what_comes_under_a_used_id_does_not_pass_what_is_parked_where_repeats_matter(stage: Stage) -> None:
    """It may be new, so it waits behind the earlier one of its subject, and a redrive takes both in their order."""
    broken = True
    seen: list[int] = []

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        if broken:
            raise RuntimeError

    async def repeated(received: Received[Counted], transaction: Transaction) -> None:
        del transaction
        seen.append(received.body.number)

    await stage.produce([counted("a", 1, "always-the-same")])
    async with running(stage.service(handle, on_duplicate=repeated, repeats_matter=True), stage.settings()):
        await until(lambda: stage.count("dead_letter"))
        await stage.produce([counted("a", 2, "always-the-same")])
        await acknowledged(stage, 2)
        broken = False
        assert [letter.behind for letter in await dead_letters.letters(stage.connection)] == [False, True]
        assert await redrive(stage, subject="a", dry_run=False) == RedriveResult(2, 0, None)
    assert await stage.effects() == [("a", 1), ("a", 2)]
    assert seen == []


async def test_without_on_invalid_what_cannot_be_read_becomes_a_dead_letter(stage: Stage) -> None:
    """Nothing is dropped; an unreadable envelope holds up nobody, a bad body its subject."""
    _, envelope, _ = counted("a", 1)
    await stage.produce_raw([(b"a", [("ce_id", b"\xff")], b"{}"), (b"a", encode_headers(envelope), b"{}")])
    await stage.produce([counted("a", 2), counted("b", 1)])
    async with running(stage.service(), stage.settings()):
        await stage.applied(1)
        await acknowledged(stage, 4)
    assert await stage.effects() == [("b", 1)]
    parked = await dead_letters.letters(stage.connection)
    assert sorted((letter.subject[0], letter.error, letter.behind) for letter in parked) == [
        ("?", "invalid", False),
        ("a", "", True),
        ("a", "invalid", False),
    ]


async def test_a_header_whose_name_is_no_text_is_no_reason_to_stop(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a record is read like any other, and a dead letter of it can be redriven: nothing behind it is stuck."""

    class NoText(str):
        __slots__ = ()

        def encode(self, *_: str) -> bytes:  # type: ignore[override]
            return b"\xff\xfe"

    # Only aiokafka's slower writer can be brought to send one.
    for module in (message_accumulator, producer):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
    broken = True

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        if broken and received.envelope.subject == "b":
            raise RuntimeError
        await keep(received, transaction)

    records = []
    for subject, number in (("a", 1), ("a", 2), ("b", 1), ("a", 3)):
        key, envelope, value = counted(subject, number)
        junk = [(NoText("junk"), b"1")] if number == 2 or subject == "b" else []
        records.append((key.encode(), [*junk, *encode_headers(envelope)], value))
    await stage.produce_raw(records)
    async with running(stage.service(handle), stage.settings()):
        await stage.applied(3)
        await until(lambda: stage.count("dead_letter"))
        broken = False
        assert await redrive(stage, subject="b", dry_run=False) == RedriveResult(1, 0, None)
    assert sorted(await stage.effects()) == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]


async def test_a_known_type_without_a_handler_is_skipped_and_counts_in_the_sequence(stage: Stage) -> None:
    """A reader that wants only some of a topic's types sees no gap."""
    key, envelope, _ = counted("a", 2)
    other = (key, replace(envelope, type=Other.message_type), b"{}")
    await stage.produce([counted("a", 1), other, counted("a", 3)])
    service = stage.service(dedupe=Dedupe.SEQUENCE, known=frozenset({Other.message_type}))
    async with running(service, stage.settings()) as state:
        await stage.applied(2)
        await counts_become(state, "skipped", 1)
        assert state.readers[0].progress.counts["gaps"] == 0


async def test_a_gap_in_a_sequence_is_counted_and_a_snapshot_drops_what_is_older(stage: Stage) -> None:
    """On events a gap is an alarm; on state only what is newer than the last counts."""
    await stage.produce([counted("a", 1), counted("a", 3), counted("a", 2)])
    async with running(stage.service(dedupe=Dedupe.SEQUENCE), stage.settings()) as state:
        await stage.applied(2)
        await counts_become(state, "gaps", 1)
    async with running(stage.service(dedupe=Dedupe.SNAPSHOT, reader="again"), stage.settings()) as state:
        await stage.applied(4)
        assert state.readers[0].progress.counts["gaps"] == 0
    assert await stage.effects() == [("a", 1), ("a", 3)] * 2


async def test_a_batch_handler_gets_the_fresh_messages_and_tombstones_and_a_poison_one_is_parked(stage: Stage) -> None:
    """A projector's batches hold what is new, in order; one that fails is cut down to the record at fault."""

    async def project(batch: Any, transaction: Transaction) -> None:
        for received in batch:
            number = -1 if received.is_tombstone else received.body.number
            await transaction.connection.execute(
                "INSERT INTO effect (subject, number) VALUES ($1, $2)", received.envelope.subject, number
            )
        if any(received.envelope.subject == "poison" for received in batch):
            raise RuntimeError

    await stage.produce([counted(f"s-{n % 9}", n) for n in range(90)])
    await stage.produce([counted("poison", 1)])
    await stage.produce_raw([(b"s-0", encode_headers(counted("s-0", 900)[1]), None)])
    async with running(stage.service(batch=project, dedupe=Dedupe.SNAPSHOT), stage.settings()):
        await stage.applied(91)
    found = numbers_by_subject(await stage.effects())
    assert found.pop("s-0") == [*range(0, 90, 9), -1]
    assert all(numbers == sorted(numbers) for numbers in found.values())
    assert await stage.count("dead_letter") == 1


async def test_a_graceful_stop_finishes_the_batch_in_hand(stage: Stage) -> None:
    """What was begun is handled and acknowledged; what was not is left for the next, and nothing is done twice."""
    begun = asyncio.Event()

    async def slowly(received: Received[Counted], transaction: Transaction) -> None:
        begun.set()
        await asyncio.sleep(0.005)
        await keep(received, transaction)

    await stage.produce([counted(f"s-{n % 3}", n) for n in range(400)])
    async with running(stage.service(slowly), stage.settings(batch_records=100, chunk_seconds=0.05)) as state:
        await begun.wait()
    done = len(await stage.effects())
    assert 0 < done < 400
    assert await stage.committed(state.readers[0].group) == done
    async with running(stage.service(), stage.settings()) as state:
        await stage.applied(400)
        assert state.readers[0].progress.counts["repeats"] == 0


async def test_effects_and_answers_are_one(stage: Stage) -> None:
    """What a handler publishes is sent if and only if its effect is kept; its cause and correlation are told."""

    async def answer(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        body = Counted(number=received.body.number)
        await transaction.publish(f"{stage.topic}-out", body, key="k", subject="s", sequence=received.body.number)
        if received.body.number == 2:
            raise RuntimeError

    await stage.make_topic(f"{stage.topic}-out")
    await stage.produce([counted("a", 1, correlation_id="c"), counted("b", 2), counted("c", 3)])
    async with running(stage.service(answer), stage.settings()):
        await stage.applied(2)
        await until(lambda: stage.count("dead_letter"))
    sent = await stage.sent(f"{stage.topic}-out")
    assert {(header(record, "ce_id"), header(record, "ce_causationid")) for record in sent} == {
        ("test.counted.v1:s:1", "test.counted.v1:a:1"),
        ("test.counted.v1:s:3", "test.counted.v1:c:3"),
    }
    assert "c" in {header(record, "ce_correlationid") for record in sent}


async def test_people_do_not_wait_behind_an_import(stage: Stage) -> None:
    """A transaction is closed after its time, not after its batch: its effects show while the rest goes on."""

    async def slowly(received: Received[Counted], transaction: Transaction) -> None:
        await asyncio.sleep(0.01)
        await keep(received, transaction)

    await stage.produce([counted("s", n) for n in range(150)])
    async with running(stage.service(slowly), stage.settings(chunk_seconds=0.1)):
        assert len(await stage.applied(1)) < 60
        await stage.applied(150)
    longest = await stage.connection.fetchval(
        "SELECT max(number) FROM (SELECT count(*) AS number FROM effect GROUP BY xmin::text) AS transactions"
    )
    assert longest <= 15
