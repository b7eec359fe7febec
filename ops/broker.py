"""The command line's own way to the broker: sending IMDi's messages, reading topics. Uses the librdkafka client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, Producer, TopicPartition

from ops import kafka_client
from ops.errors import UserError
from ops.inbound import Inbound

_CONNECT_SECONDS = 10
_BEFORE_THE_END = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as read from a topic. ``value`` None: a tombstone."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: bytes | None


def publish(
    bootstrap: str,
    messages: Sequence[Inbound],
    now: datetime,
    progress: Callable[[int], None],
    *,
    bulk: str | None = None,
) -> None:
    """Send the messages as IMDi, in order per municipality, and wait until the broker has them all.

    ``bulk``: the id that they are followed by.

    ``progress`` is told how many are acknowledged so far. Raises UserError where the broker cannot be reached or
    refuses one; those told to ``progress`` are safe then, and publishing the same file again doubles nothing.
    """
    # The partitioner of Java and aiokafka: librdkafka's own default would put a key elsewhere.
    producer = Producer(kafka_client.options(bootstrap, partitioner="murmur2_random", enable_idempotence=True))
    done, failures = 0, list[str]()

    def delivered(error: KafkaError | None, _record: object) -> None:
        nonlocal done
        if error is None:
            done += 1
            progress(done)
        else:
            failures.append(error.str())

    check(bootstrap)
    for message in messages:
        headers: dict[str, str | bytes | None] = dict(message.headers(now, bulk))
        while True:
            try:
                producer.produce(
                    message.topic.name,
                    message.value(),
                    message.key,
                    headers=headers,
                    on_delivery=delivered,
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    left = producer.flush(120)
    if failures or left:
        reason = failures[0] if failures else "no answer within two minutes"
        raise UserError(
            f"{done} of {len(messages)} messages are published, then the broker refused: {reason}. Try again."
        )


def check(bootstrap: str) -> None:
    """Raise BrokerError, with what to do, where no broker answers."""
    kafka_client.admin(bootstrap)


def follow(
    bootstrap: str,
    topics: Sequence[str],
    *,
    from_beginning: bool = False,
    since: datetime | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Seen | None]:
    """Read topics from their beginning, a time or their end, committed records only, without a group of their own.

    Yields None whenever there is nothing new for a moment, so that a caller can give up. Ends when ``stop`` says so.
    """
    check(bootstrap)
    consumer = kafka_client.reader(bootstrap, fetch_wait_max_ms=100)
    try:
        metadata = consumer.list_topics(timeout=_CONNECT_SECONDS)
        missing = [topic for topic in topics if topic not in metadata.topics]
        if missing:
            raise UserError(f"The broker has no topic {missing[0]}. Make the topics with: fordeling topics create")
        start = OFFSET_BEGINNING if from_beginning else OFFSET_END
        places = [
            TopicPartition(topic, number, start) for topic in topics for number in metadata.topics[topic].partitions
        ]
        consumer.assign(places if since is None else _places_at(consumer, places, since))
        while not stop():
            record = consumer.poll(0.25)
            if record is None:
                yield None
            elif record.error() is None:
                yield _seen(record)
    finally:
        consumer.close()


def _places_at(consumer: Consumer, places: Sequence[TopicPartition], time: datetime) -> list[TopicPartition]:
    """Find the first record of each partition that is not older.

    Where all are: some before the end, which may be moving at this moment, and in which a transaction may be open.
    """
    milliseconds = int(time.timestamp() * 1000)
    asked = [TopicPartition(place.topic, place.partition, milliseconds) for place in places]
    found = consumer.offsets_for_times(asked, timeout=_CONNECT_SECONDS)
    for place in found:
        if place.offset == OFFSET_END:
            low, high = consumer.get_watermark_offsets(place, timeout=_CONNECT_SECONDS)
            place.offset = max(low, high - _BEFORE_THE_END)
    return list(found)


def deadline(seconds: float | None) -> Callable[[], bool]:
    """Say, when asked, whether that many seconds have gone by; never where there is no limit."""
    end = None if seconds is None else time.monotonic() + seconds
    return lambda: end is not None and time.monotonic() > end


def _seen(record: Any) -> Seen:  # noqa: ANN401 - the client's own message type is untyped
    return Seen(
        topic=str(record.topic()),
        partition=int(record.partition()),
        offset=int(record.offset()),
        key=(record.key() or b"").decode(errors="replace"),
        headers={name: (value or b"").decode(errors="replace") for name, value in record.headers() or []},
        value=record.value(),
    )
