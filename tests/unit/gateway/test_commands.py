from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from aiokafka.errors import KafkaConnectionError

from contracts.envelope import Envelope
from gateway.commands.publisher import BrokerUnavailableError, Publisher
from gateway.commands.wakeups import Wakeups
from tests.unit.gateway.samples import NOW


@dataclass
class FakeProducer:
    """``fails``: what the next send meets; "silent" never answers."""

    fails: str = ""
    unreachable: bool = False
    sent: list[str] = field(default_factory=list)
    stopped: bool = False

    async def start(self) -> None:
        if self.unreachable:
            raise KafkaConnectionError

    async def stop(self) -> None:
        self.stopped = True

    async def send(self, topic: str, _key: str, _envelope: Envelope, _value: bytes | None) -> None:
        if self.fails == "silent":
            await asyncio.Event().wait()
        if self.fails:
            raise KafkaConnectionError
        self.sent.append(topic)


ENVELOPE = Envelope("id", "/test", "type", "subject", NOW)


async def test_a_command_is_handed_over() -> None:
    """It is sent once, and the producer is stopped with the gateway."""
    producer = FakeProducer()
    sending = Publisher(producer)
    await sending.connect()
    await sending.publish("topic", "key", ENVELOPE, b"{}")
    await sending.close()
    assert (producer.sent, producer.stopped) == (["topic"], True)


@pytest.mark.parametrize("fails", ["error", "silent"])
async def test_a_broker_that_does_not_take_it_is_told_within_bounds(fails: str) -> None:
    """Refused or silent: the page is told, and the next command is tried anew."""
    producer = FakeProducer(fails)
    sending = Publisher(producer, send_seconds=0.05)
    with pytest.raises(BrokerUnavailableError):
        await sending.publish("topic", "key", ENVELOPE, b"{}")
    producer.fails = ""
    await sending.publish("topic", "key", ENVELOPE, b"{}")
    assert producer.sent == ["topic"]


async def test_no_broker_at_start_is_no_reason_to_fail() -> None:
    """Pages are served without one."""
    await Publisher(FakeProducer(unreachable=True)).connect()


async def test_waiting_ends_with_the_word_and_not_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits looks again as soon as anything is announced."""
    monkeypatch.setattr("gateway.commands.wakeups.BACKSTOP", 600)
    wakeups, there = Wakeups(), asyncio.Event()

    async def look() -> bool | None:
        return there.is_set() or None

    waiting = asyncio.create_task(wakeups.until(look, 600))
    await asyncio.sleep(0)
    there.set()
    wakeups.announce()
    assert await asyncio.wait_for(waiting, 60)


async def test_waiting_is_bounded() -> None:
    """Nothing comes: None after the bound, and at least one look even without time."""
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1

    assert await Wakeups().until(look, 0.05) is None
    assert await Wakeups().until(look, 0) is None
    assert looks >= 2


async def test_a_lost_word_is_made_up_for() -> None:
    """Listening may be down: a look now and then finds what nobody announced."""
    looks = 0

    async def look() -> bool | None:
        nonlocal looks
        looks += 1
        return looks > 1 or None

    assert await Wakeups().until(look, 5)
