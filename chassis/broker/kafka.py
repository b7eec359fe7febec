"""Kafka clients made from the settings, TLS and SASL included."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from chassis.settings import Settings

_SASL = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}

MAX_RECORD_BYTES = 1_000_000
"""Below the brokers' default ``max.message.bytes``: what is larger is refused before it is sent."""


class HiddenError(Exception):
    """The broker has taken a commit, and what was committed cannot be read; the text names the partitions."""


class BrokerUnreachableError(Exception):
    """No broker answered in time; the text names the address."""


def connection_options(settings: Settings) -> dict[str, Any]:
    """Give what every client of aiokafka's is made with. Raises SettingsError."""
    return {
        "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
        "metadata_max_age_ms": round(settings.metadata_age * 1000),
        **settings.kafka_security.aiokafka(),
    }


def faststream_options(settings: Settings) -> dict[str, Any]:
    """Give the same to FastStream's broker, which has words of its own for it. Raises SettingsError."""
    options, given = connection_options(settings), settings.kafka_security
    kept = {name: options[name] for name in ("bootstrap_servers", "metadata_max_age_ms")}
    if given.security_protocol != "PLAINTEXT":
        secured: dict[str, Any] = {"ssl_context": options.get("ssl_context"), "use_ssl": given.encrypts}
        name: dict[str, Any] = {"username": given.sasl_username, "password": given.sasl_password}
        kept["security"] = _SASL[given.sasl_mechanism](**name, **secured) if given.signs_in else BaseSecurity(**secured)
    return kept


def make_producer(settings: Settings, *, client_id: str, transactional_id: str | None = None) -> AIOKafkaProducer:
    """Make an idempotent producer that waits for all in-sync replicas; with a transactional id also fenced."""
    transactional = {}
    if transactional_id is not None:
        transactional = {
            "transactional_id": transactional_id,
            "transaction_timeout_ms": round(settings.transaction_timeout * 1000),
        }
    return AIOKafkaProducer(
        **connection_options(settings),
        client_id=client_id,
        enable_idempotence=True,
        acks="all",
        max_request_size=MAX_RECORD_BYTES,
        max_batch_size=256 * 1024,
        **transactional,
    )


async def discard(producer: AIOKafkaProducer, *, seconds: float = 2.0) -> None:
    """Close a producer, also one that hangs: aiokafka would wait for the broker, and try for ever."""
    try:
        await asyncio.wait_for(producer.stop(), seconds)
    except (TimeoutError, KafkaError, AssertionError):
        await producer.client.close()
        if (task := producer._sender.sender_task) is not None:  # noqa: SLF001  there is no public way to end it
            task.cancel()
            await asyncio.wait({task}, timeout=seconds)


@lru_cache(maxsize=50_000)
def partition_of(key: str, partitions: int) -> int:
    """Tell the partition that Java's and aiokafka's default partitioners give this key."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions


async def unread(settings: Settings, topic: str, group: str) -> int:
    """Count the records of a topic that a consumer group has not acknowledged; with a client of its own.

    Markers of Kafka transactions count too: some more than there are records, never fewer. The caller bounds the wait
    (``asyncio.timeout``). Raises aiokafka's KafkaError where the broker, the topic's or the group's, does not answer.
    """
    consumer = AIOKafkaConsumer(
        **connection_options(settings), group_id=group, enable_auto_commit=False, isolation_level="read_committed"
    )
    try:
        await consumer.start()
        numbers = await consumer._client._wait_on_metadata(topic)  # noqa: SLF001  there is no public way
        partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
        consumer.assign(partitions)
        begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        done = [max(await consumer.committed(each) or 0, begins[each]) for each in partitions]
        return sum(max(0, ends[each] - offset) for each, offset in zip(partitions, done, strict=True))
    finally:
        await consumer.stop()


def make_reader_of_all(settings: Settings) -> AIOKafkaConsumer:
    """Make a consumer without a group, for reading whole topics: committed records, from the beginning.

    From the beginning by itself: a newly assigned partition is set to where the consumer starts by default, and that
    may overtake a ``seek_to_beginning``.
    """
    return AIOKafkaConsumer(
        **connection_options(settings),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )


async def until_readable(reader: AIOKafkaConsumer, last: Mapping[TopicPartition, int], *, seconds: float) -> None:
    """Wait until who reads committed records only can read up to these offsets, after their commit.

    A broker that is shutting down takes a commit and may count it as ended without having written its markers (seen
    with Kafka 4.4): readers of those partitions then wait, whatever others write, until the same producer's next commit
    there. A commit is seen after milliseconds; after ``seconds`` it will not be by itself. Raises HiddenError.
    """
    deadline, pause = 0.0, 0.001
    while last:
        ends = await reader.end_offsets(list(last))
        last = {partition: offset for partition, offset in last.items() if ends[partition] <= offset}
        deadline = deadline or time.monotonic() + seconds  # from the first answer: that may take long by itself
        if last and time.monotonic() > deadline:
            raise HiddenError(", ".join(sorted(f"{each.topic}/{each.partition}" for each in last)))
        await asyncio.sleep(pause if last else 0)
        pause = min(2 * pause, 0.1)


async def all_partitions(
    consumer: AIOKafkaConsumer, topics: Collection[str], *, seconds: float = 20.0
) -> list[TopicPartition]:
    """Tell all partitions of some topics. Raises BrokerUnreachableError where one of them is not there."""
    deadline = time.monotonic() + seconds
    while True:
        # A consumer without a group knows of no topic by itself.
        known = await consumer._client.fetch_all_metadata()  # noqa: SLF001  aiokafka has no public way
        found = {topic: known.partitions_for_topic(topic) for topic in topics}
        if all(found.values()):
            return [TopicPartition(topic, number) for topic in topics for number in sorted(found[topic])]
        if time.monotonic() > deadline:
            missing = sorted(topic for topic in topics if not found[topic])
            raise BrokerUnreachableError(f"Kafka has no topic {missing[0]}")
        await asyncio.sleep(0.3)


async def wait_for_broker(settings: Settings, *, seconds: float = 30.0) -> None:
    """Return once a broker answers. Raises BrokerUnreachableError."""
    deadline = time.monotonic() + seconds
    while True:
        consumer = AIOKafkaConsumer(**connection_options(settings))
        try:
            await asyncio.wait_for(consumer.start(), max(0.1, deadline - time.monotonic()))
        except (KafkaError, OSError, TimeoutError) as error:
            if time.monotonic() > deadline:
                raise BrokerUnreachableError(
                    f"No Kafka broker answers at {settings.kafka_bootstrap_servers} (KAFKA_BOOTSTRAP_SERVERS)"
                ) from error
            await asyncio.sleep(0.3)
        else:
            return
        finally:
            await consumer.stop()
