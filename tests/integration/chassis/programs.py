"""Processes that the tests kill, freeze and stop: ``python -m tests.integration.chassis.programs <which>``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from chassis.command import main
from chassis.reading.consumer import Reader
from chassis.reading.subscriptions import Dedupe, Received, Record, Subscription
from chassis.relaying.relay import Relay
from chassis.relaying.windows import Window
from chassis.running.health import HealthServer
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.database import Connection, create_pool
from chassis.storage.transaction import Transaction
from tests.integration.chassis.stage import Counted, keep

FOREVER = 3600


def tell(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


class SentButNotDeleted(Relay):
    """Hangs when Kafka has the window and the outbox still has the rows."""

    async def _transmit(self, producer: AIOKafkaProducer, window: Window) -> Mapping[TopicPartition, int]:
        last = await super()._transmit(producer, window)
        tell("sent")
        await asyncio.sleep(FOREVER)
        return last


class Unaware(Relay):
    """Does not look after its lease while it sends, so that nothing but the fence is in its way."""

    async def _patiently(self, connection: Connection, work: Awaitable[Any], look: object = None) -> Any:
        del connection, look
        return await work


class FreezesBeforeSending(Unaware):
    """Stops itself, as SIGSTOP does, with a window read; sends it when it is woken."""

    async def _transmit(self, producer: AIOKafkaProducer, window: Window) -> Mapping[TopicPartition, int]:
        tell("freezing")
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            last = await super()._transmit(producer, window)
        except BaseException as error:
            tell(f"refused {type(error).__name__}")
            raise
        tell("sent")
        return last


class FreezesBeforeCommitting(Unaware):
    """Stops itself with a window sent and its Kafka transaction open; commits it when it is woken."""

    def _open(self) -> AIOKafkaProducer:
        producer = super()._open()
        commit = producer.commit_transaction

        async def freeze_and_commit() -> None:
            tell("freezing")
            os.kill(os.getpid(), signal.SIGSTOP)
            try:
                await commit()
                tell("sent")
            except BaseException as error:
                tell(f"refused {type(error).__name__}")
                raise

        producer.commit_transaction = freeze_and_commit
        return producer


async def relay(kind: type[Relay]) -> None:
    settings = Settings.for_service("test")
    pool = await create_pool(settings.database_url, name="test")
    kind(os.environ["TEST_NAME"], settings, pool).start()
    await asyncio.sleep(FOREVER)


def bootstrap(settings: Settings) -> Service:
    """Make a service whose handler takes a few milliseconds."""
    del settings

    async def slowly(received: Received[Counted], transaction: Transaction) -> None:
        await asyncio.sleep(0.005)
        await keep(received, transaction)

    name = os.environ["TEST_NAME"]
    return Service(name, f"/test/{name}", [Subscription(os.environ["TEST_TOPIC"], {Counted: slowly}, Dedupe.ID)])


def block() -> None:
    time.sleep(FOREVER)


def bootstrap_hanging(settings: Settings) -> Service:
    """Make a service whose handler never returns: it waits for ever, or holds up the whole process."""
    del settings

    async def hang(*_: object) -> None:
        if os.environ.get("TEST_BLOCKS"):
            block()
        await asyncio.sleep(FOREVER)

    name = os.environ["TEST_NAME"]
    return Service(name, f"/test/{name}", [Subscription(os.environ["TEST_TOPIC"], {Counted: hang}, Dedupe.ID)])


def bootstrap_thrice(settings: Settings) -> Service:
    """Make a service that reads its topic once for each way to know a repeat."""
    del settings
    topic, name = os.environ["TEST_TOPIC"], os.environ["TEST_NAME"]
    readers = [Subscription(topic, {Counted: keep}, dedupe, reader=dedupe.value) for dedupe in Dedupe]
    return Service(name, f"/test/{name}", readers)


def committed_but_not_acknowledged() -> None:
    """Have the reader hang when its transactions are committed and its offsets are not."""
    handle = Reader.handle

    async def handle_and_hang(self: Reader, records: Sequence[Record]) -> None:
        await handle(self, records)
        tell("committed")
        await asyncio.sleep(FOREVER)

    Reader.handle = handle_and_hang  # type: ignore[method-assign]


def tell_health() -> None:
    """Have the health server's port told."""
    start = HealthServer.start

    async def start_and_tell(self: HealthServer) -> None:
        await start(self)
        tell(f"health {self.port}")

    HealthServer.start = start_and_tell  # type: ignore[method-assign]


if __name__ == "__main__":
    which = sys.argv[1]
    if os.environ.get("TEST_TELL_HEALTH"):
        tell_health()
    if which == "service":
        raise SystemExit(main("test", bootstrap, Settings, sys.argv[2:]))
    if which == "hanging":
        raise SystemExit(main("test", bootstrap_hanging, Settings, ["run"]))
    if which == "committed-but-not-acknowledged":
        committed_but_not_acknowledged()
        raise SystemExit(main("test", bootstrap_thrice, Settings, ["run"]))
    relays = {kind.__name__: kind for kind in (SentButNotDeleted, FreezesBeforeSending, FreezesBeforeCommitting)}
    asyncio.run(relay(relays[which]))
