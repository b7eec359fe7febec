"""Records that are not what they should be: rejected, parked or passed over, and nothing stops for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiokafka.producer import message_accumulator, producer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from chassis.reading import dead_letters
from chassis.reading.subscriptions import Dedupe, Received, Record
from chassis.redriving.redrive_requests import RedriveResult
from chassis.service import running
from chassis.storage.transaction import Transaction
from chassis.validation import FieldError
from contracts.envelope import encode_headers
from tests.integration.chassis.reading import acknowledged, counts_become, redrive
from tests.integration.chassis.stage import Counted, Other, Stage, counted, keep, until


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


@pytest.mark.parametrize("dedupe", [Dedupe.SNAPSHOT, Dedupe.ID])
async def test_what_is_skipped_leaves_no_row_where_gaps_are_allowed(stage: Stage, dedupe: Dedupe) -> None:
    """It is acknowledged all the same; the inbox has what is handled only."""
    key, envelope, _ = counted("other", 1)
    await stage.produce([(key, replace(envelope, type=Other.message_type), b"{}")])
    service = stage.service(dedupe=dedupe, known=frozenset({Other.message_type}))
    async with running(service, stage.settings()) as state:
        await counts_become(state, "skipped", 1)
        await acknowledged(stage, 1)
        assert (await stage.count("inbox"), await stage.count("inbox_sequence")) == (0, 0)
        await stage.produce([counted("a", 1)])
        await stage.applied(1)
    assert await stage.count("inbox") + await stage.count("inbox_sequence") == 1


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
