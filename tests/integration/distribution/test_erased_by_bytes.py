"""What was erased leaves the broker's files, on a broker of its own whose compaction is scaled down to seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from chassis.service import running
from contracts import codes, topics
from contracts.distribution import v1
from contracts.envelope import FILLER
from contracts.fields import Actor
from contracts.imdi.v1 import WithdrawPersons
from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS, Kafka
from ops.embedded.launch import running as running_part
from ops.embedded.ports import free_ports
from ops.testing.databases import Databases
from services.distribution.bootstrap import bootstrap
from tests.integration.distribution.desk import DistributionDesk, open_desk
from tests.unit.distribution.samples import AT, body, offered

pytestmark = pytest.mark.heavy

LIST = "FL-2026-004242"
KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
GIVEN, FAMILY, STREET = "Sletterud", "Borteberg", "Utviskergata 7"
MARKS = [mark.encode() for mark in (GIVEN, FAMILY, STREET)]
FOLDERS = topics.PERSON_FOLDERS.name
SCALED = {
    "segment.ms": "1000",
    "max.compaction.lag.ms": "2000",
    "delete.retention.ms": "3000",
    "file.delete.delay.ms": "200",
}
"""The registry's settings with seconds for its hours, and less than Kafka's minute before a rewritten file goes."""
STAY_SECONDS = 8.0
"""Several times what a compaction of a closed segment takes here."""
SECONDS = 120.0


class QuickKafka(Kafka):
    """A broker that looks every fifth of a second what there is to be compacted, not every fifteen seconds."""

    def config(self) -> dict[str, str]:
        return super().config() | {"log.cleaner.backoff.ms": "200"}


@dataclass
class GoingClock:
    """Tells a time that goes on from one that the samples fit."""

    begun: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return AT + timedelta(seconds=time.monotonic() - self.begun)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[QuickKafka]:
    """Start one, whose folder can be looked into."""
    install_jars(JARS)
    port, controller_port = free_ports(2)
    broker = QuickKafka(tmp_path / "kafka", port, controller_port)
    with running_part(broker, tmp_path / "kafka.log", seconds=180):
        yield broker


@asynccontextmanager
async def service(desk: DistributionDesk, roll_every: float) -> AsyncIterator[None]:
    """Run distribution; on leaving, all it had to say is on its topics."""
    settings = desk.settings.model_copy(update={"roll_every": roll_every})
    async with running(bootstrap(settings), settings, clock=GoingClock()):
        yield


async def place(desk: DistributionDesk) -> None:
    """Have two persons placed, of whom the first is marked."""
    await desk.tell_register("0301")
    address = {"lines": [STREET], "postal_code": "9016", "city": "Tromsø"}
    marked = {"given_name": GIVEN, "family_name": FAMILY, "address": address}
    await desk.publish(body(LIST, persons=[offered(1, identity=marked), offered(2)]))
    await desk.hear(lambda heard: [one for one in heard if one.key == LIST])
    at = {"list_id": LIST, "municipality_id": "k-0301", "actor": KARI}
    decisions = [v1.Decision(running_number=number) for number in (1, 2)]
    approved = await desk.ask(v1.ApproveList(**at, expected_version=1, decisions=decisions))
    await desk.ask(v1.SendAnswer(**at, expected_version=approved.version, accepted_at=AT))
    await desk.hear(lambda heard: [one for one in heard if one.topic == FOLDERS])


def scale_down(bootstrap_servers: str) -> None:
    entries = [ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in SCALED.items()]
    resource = ConfigResource(ResourceType.TOPIC, FOLDERS, incremental_configs=entries)
    client = AdminClient({"bootstrap.servers": bootstrap_servers})
    for changed in client.incremental_alter_configs([resource]).values():
        changed.result(30)


def files_with(broker: QuickKafka, *wanted: bytes) -> list[str]:
    """Name the files of the topic that hold any of these bytes, renamed and half-written ones included."""
    found = []
    for path in sorted((broker.home / "logs").glob(f"{FOLDERS}-*/*")):
        try:
            held = path.read_bytes()
        except FileNotFoundError:  # the broker deletes while we look
            continue
        if any(each in held for each in wanted):
            found.append(path.name)
    return found


async def read_all(bootstrap_servers: str) -> list[tuple[str, bytes | None]]:
    """Read every record that any consumer can still get, aborted ones included: key and body."""
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest") as consumer:
        places = [TopicPartition(FOLDERS, number) for number in range(topics.PERSON_FOLDERS.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends, records = await consumer.end_offsets(places), []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += [(record.key.decode(), record.value) for record in batch]
    return records


async def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Look until it holds; False where it did not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.2)
    return True


async def withdraw(desk: DistributionDesk) -> None:
    """Take the marked person back, and hear the tombstone."""
    withdrawal = WithdrawPersons(
        list_id=LIST, municipality_number="0301", persons=[1], reason=codes.WithdrawalReason.SENT_BY_MISTAKE
    )
    await desk.send(topics.IMDI_LISTS, "0301", withdrawal, subject=LIST, message_id="withdrawal", source="/imdi")
    await desk.hear(lambda heard: [one for one in heard if one.topic == FOLDERS and one.body is None])


@pytest.mark.timeout(420)
async def test_who_was_withdrawn_leaves_the_topics_files(broker: QuickKafka, databases: Databases) -> None:
    """Name and address stay while nothing closes their segment, and then are in no file; at last the tombstone is not.

    Who was not withdrawn is still told.
    """
    url = databases.migrated("services.distribution.migrations")
    async with open_desk(broker.bootstrap_servers, url) as desk:
        scale_down(broker.bootstrap_servers)
        async with service(desk, roll_every=3600):
            await place(desk)
            assert files_with(broker, *MARKS)
            await withdraw(desk)
            assert not await within(STAY_SECONDS, lambda: not files_with(broker, *MARKS))
        async with service(desk, roll_every=1):
            assert await within(SECONDS, lambda: not files_with(broker, *MARKS)), files_with(broker, *MARKS)
            read = await read_all(broker.bootstrap_servers)
            assert not [key for key, value in read if value and any(mark in value for mark in MARKS)]
            gone = f"{LIST}/1".encode()
            assert await within(SECONDS, lambda: not files_with(broker, gone)), files_with(broker, gone)
            read = await read_all(broker.bootstrap_servers)
            assert [key for key, value in read if value is not None] == [f"{LIST}/2"]
        rolls = [one for one in await desk.hear_all() if one.topic == FOLDERS and one.key.startswith(FILLER)]
        assert len({one.partition for one in rolls}) == 1, "empty partitions need none"
        assert {(one.body, one.envelope.sequence) for one in rolls} == {(None, 1)}
