"""Who sends: our relay with and without its fence, and bare aiokafka in three ways.

Started by `bench.relay` with {kind, kafka, database, topic, rows}; says what it has done and what it cost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiokafka import AIOKafkaProducer, TopicPartition

from bench.sides.filler import PARTITIONS, outgoing, windows
from bench.sides.speaking import given, hear, tell
from chassis.broker.kafka import make_producer, partition_of
from chassis.relaying.relay import Relay
from chassis.relaying.windows import Window, deliver
from chassis.settings import Settings
from chassis.storage.database import Pool, create_pool
from chassis.storage.outbox import Outgoing, insert
from contracts.envelope import encode_headers


class UnfencedRelay(Relay):
    """The same relay with an idempotent producer and no transactions."""

    def _open(self) -> AIOKafkaProducer:
        return make_producer(self._settings, client_id="unfenced")

    async def _transmit(self, producer: AIOKafkaProducer, window: Window) -> Mapping[TopicPartition, int]:
        await deliver(producer, window)
        return {}


RELAYS: Mapping[str, type[Relay]] = {"fenced": Relay, "unfenced": UnfencedRelay}


async def relay(kind: str, settings: Settings, pool: Pool, topic: str) -> None:
    """Send what the outbox holds; then, as often as asked, write a row, wake the relay, and tell when it committed."""
    running = RELAYS[kind]("bench", settings, pool)
    running.start()
    tell(doing="relaying")
    committed: list[float] = []
    while (said := await hear()).get("do") == "write":
        async with pool.acquire() as connection, connection.transaction():
            await insert(connection, outgoing(topic, said["number"], 1))
        committed.append(time.monotonic())
        running.published()
    tell(committed=committed)
    await running.stop()


async def send(producer: AIOKafkaProducer, window: Sequence[Outgoing]) -> None:
    """Send one by one, and wait for the window."""
    sent = [
        await producer.send(
            each.topic,
            each.value,
            key=each.key.encode(),
            partition=partition_of(each.key, PARTITIONS),
            headers=encode_headers(each.envelope),
        )
        for each in window
    ]
    await asyncio.gather(*sent)


async def send_fenced(producer: AIOKafkaProducer, window: Sequence[Outgoing]) -> None:
    """Send a window in one Kafka transaction."""
    async with producer.transaction():
        await send(producer, window)


async def send_batches(producer: AIOKafkaProducer, window: Sequence[Outgoing]) -> None:
    """Send a window as one batch a partition, as far as they fit."""
    batches: dict[int, list[object]] = {}
    sent = []
    for each in window:
        partition = partition_of(each.key, PARTITIONS)
        building = batches.setdefault(partition, [producer.create_batch()])
        parts = {"key": each.key.encode(), "value": each.value, "headers": encode_headers(each.envelope)}
        if building[-1].append(timestamp=None, **parts) is None:  # type: ignore[attr-defined]
            building.append(producer.create_batch())
            building[-1].append(timestamp=None, **parts)  # type: ignore[attr-defined]
    for partition, building in batches.items():
        sent += [await producer.send_batch(batch, window[0].topic, partition=partition) for batch in building]
    await asyncio.gather(*sent)


BARE: Mapping[str, Callable[[AIOKafkaProducer, Sequence[Outgoing]], Awaitable[None]]] = {
    "bare": send,
    "bare fenced": send_fenced,
    "bare batches": send_batches,
}


async def bare(kind: str, settings: Settings, topic: str, rows: int) -> None:
    """Send the same records from memory; then, as often as asked, one more, telling when it was given away."""
    fence = "bench.bare" if kind == "bare fenced" else None
    producer = make_producer(settings, client_id="bare", transactional_id=fence)
    await producer.start()
    records = outgoing(topic, 0, rows)
    tell(doing="sending")
    for window in windows(records):
        await BARE[kind](producer, window)
    given_away: list[float] = []
    while (said := await hear()).get("do") == "write":
        given_away.append(time.monotonic())
        await BARE[kind](producer, outgoing(topic, said["number"], 1))
    tell(committed=given_away)
    await producer.stop()


async def main() -> None:
    """Be the contestant that was asked for."""
    wanted = given()
    settings = Settings(kafka_bootstrap_servers=wanted["kafka"], database_url=wanted["database"])
    if wanted["kind"] in BARE:
        await bare(wanted["kind"], settings, wanted["topic"], wanted["rows"])
        return
    async with await create_pool(settings.database_url, name="bench") as pool:
        await relay(wanted["kind"], settings, pool, wanted["topic"])


if __name__ == "__main__":
    asyncio.run(main())
