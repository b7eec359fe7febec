from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
import structlog
from aiokafka.partitioner import DefaultPartitioner

from chassis.broker.kafka import partition_of
from chassis.clock import FixedClock, SystemClock
from chassis.reading.subscriptions import Dedupe, Subscription
from chassis.seeing import telemetry
from chassis.settings import LogFormat, Settings
from chassis.storage.transaction import PublishedTwiceError, Transaction
from chassis.variables import SettingsError
from contracts.envelope import Envelope, Message

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Thing(Message):
    message_type: ClassVar[str] = "thing.v1"
    size: int


def transaction(cause: Envelope | None = None) -> Transaction:
    connection: Any = None
    return Transaction(connection, NOON, "/test", cause)


CAUSE = Envelope("cause", "/other", "command.v1", "x", NOON, correlation_id="whole", traceparent="00-1-2-01")


async def test_a_published_message_tells_its_cause_and_the_time_of_the_clock() -> None:
    """And its id is made of type, subject and sequence, so that a repeat has the same."""
    handled = transaction(CAUSE)
    await handled.publish("t", Thing(size=1), key="k", subject="s", sequence=7, partition_key="p")
    [sent] = handled.outgoing
    assert sent.envelope == Envelope(
        "thing.v1:s:7", "/test", "thing.v1", "s", NOON, 7, "whole", "cause", "p", "00-1-2-01", origin=NOON
    )
    assert (sent.topic, sent.key, sent.value) == ("t", "k", b'{"size":1}')


async def test_without_a_sequence_the_same_cause_gives_the_same_id() -> None:
    """Another cause, type or subject gives another."""

    async def made(cause: Envelope | None, subject: str = "s") -> str:
        handled = transaction(cause)
        await handled.publish("t", Thing(size=1), key="k", subject=subject, sequence=None)
        return handled.outgoing[0].envelope.id

    assert await made(CAUSE) == await made(CAUSE)
    assert len({await made(CAUSE), await made(CAUSE, "other"), await made(None), await made(None)}) == 4


async def test_the_same_id_twice_on_a_topic_is_refused() -> None:
    """Readers would drop the second; on another topic it is another message."""
    handled = transaction(CAUSE)
    await handled.publish("t", Thing(size=1), key="k", subject="s", sequence=1)
    await handled.publish("u", Thing(size=1), key="k", subject="s", sequence=1)
    with pytest.raises(PublishedTwiceError):
        await handled.caused_by(CAUSE, NOON).publish("t", Thing(size=2), key="k", subject="s", sequence=1)


async def test_a_tombstone_has_no_value_and_the_type_it_erases() -> None:
    """Its sequence makes it newer than what it erases."""
    handled = transaction()
    await handled.tombstone("t", key="k", subject="s", sequence=9, type="thing.v1")
    [sent] = handled.outgoing
    assert sent.value is None
    assert (sent.envelope.type, sent.envelope.sequence) == ("thing.v1", 9)


@pytest.mark.parametrize("key", ["k-0301", "FL-2026-000123/7", "", "æøå", "x" * 50])
def test_a_partition_is_the_one_of_the_default_partitioner(key: str) -> None:
    """Java's clients and aiokafka agree with us."""
    partitions = list(range(6))
    assert partition_of(key, 6) == DefaultPartitioner()(key.encode(), partitions, partitions)


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    ],
)
def test_partitions_agree_with_javas_murmur2(key: str, hashed: int) -> None:
    """Figures from Apache Kafka's own test of its hash (UtilsTest)."""
    assert partition_of(key, 1000) == (hashed & 0x7FFFFFFF) % 1000


def test_a_subscription_without_batch_needs_handlers() -> None:
    """Told when it is made, not when the first message comes."""
    with pytest.raises(TypeError):
        Subscription("t", [Thing], Dedupe.ID)


def test_a_group_is_named_by_service_topic_and_reader() -> None:
    """One group a topic: topics do not rebalance each other."""

    async def batch(*_: Any) -> None: ...

    assert Subscription("t.v1", [Thing], Dedupe.ID, batch).group("svc") == "svc.t.v1"
    assert Subscription("t.v1", [Thing], Dedupe.ID, batch, reader="b").group("svc") == "svc.t.v1.b"


def test_a_process_reads_its_own_setting_before_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """STOCK_LOG_LEVEL beats LOG_LEVEL."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "k:1")
    monkeypatch.setenv("STOCK_DATABASE_URL", "postgresql://u:secret@h/d")
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    monkeypatch.setenv("STOCK_LOG_LEVEL", "WARNING")
    settings = Settings.for_service("stock")
    assert (settings.log_level, settings.kafka_bootstrap_servers) == ("WARNING", "k:1")
    assert "secret" not in repr(settings)


def test_a_missing_or_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, both names it could have."""
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:secret@h/d")
    monkeypatch.setenv("STOCK_HEALTH_PORT", "secret-port")
    with pytest.raises(SettingsError) as caught:
        Settings.for_service("stock")
    text = str(caught.value)
    assert "KAFKA_BOOTSTRAP_SERVERS (or STOCK_KAFKA_BOOTSTRAP_SERVERS)" in text
    assert "HEALTH_PORT" in text
    assert "secret" not in text
    assert "\n" not in text


@pytest.fixture
def logging_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def fail() -> None:
    raise ValueError("SECRET")


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize("form", list(LogFormat))
def test_a_log_line_holds_ids_and_never_a_body_or_an_errors_text(
    capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    """Ours and the libraries' lines, with and without an exception."""
    telemetry.configure("stock", log_format=form)
    log = structlog.get_logger("test")
    log.info("handled", message_id="m-1", body="SECRET", value="SECRET", payload={"a": "SECRET"})
    try:
        fail()
    except ValueError:
        log.exception("failed")
        logging.getLogger("some.library").exception("library failed")
    logging.getLogger("aiokafka.producer").info("Sending SECRET")
    text = capsys.readouterr().out
    assert "SECRET" not in text
    assert text.count("ValueError") == 2
    assert "m-1" in text
    if form is LogFormat.JSON:
        lines = [json.loads(line) for line in text.splitlines()]
        assert [line["event"] for line in lines] == ["handled", "failed", "library failed"]
        assert all(line["service"] == "stock" for line in lines)


def test_clocks_tell_aware_utc_time() -> None:
    """Naive times do not get in."""
    assert SystemClock().now().tzinfo is UTC
    assert FixedClock(NOON).now() == NOON
