"""What has been handled is told to the broker, late at most."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from chassis.reading import acknowledging
from chassis.reading.acknowledging import Acknowledgements

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


class Broker:
    """Takes commits, or refuses them, or lets them wait."""

    def __init__(self) -> None:
        self.told: list[Mapping[TopicPartition, int]] = []
        self.refuses = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self._news: asyncio.Queue[None] = asyncio.Queue()

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        await self.answers.wait()
        if self.refuses:
            self.refuses -= 1
            raise KafkaConnectionError
        self.told.append(dict(positions))
        self._news.put_nowait(None)

    async def has_been_told(self, commits: int) -> None:
        """Wait for so many commits."""
        async with asyncio.timeout(10):
            for _ in range(commits):
                await self._news.get()


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledging, "EVERY", 0.01)
    monkeypatch.setattr(acknowledging, "FAILED", 0.01)


async def test_what_comes_within_the_time_is_told_together() -> None:
    """One commit, of the last position in each partition."""
    broker = Broker()
    telling = Acknowledgements(broker.commit)
    telling.handled({A: 1, B: 7})
    telling.handled({A: 2})
    await broker.has_been_told(1)
    assert broker.told == [{A: 2, B: 7}]


async def test_what_comes_while_the_broker_is_being_told_is_told_then() -> None:
    """Nothing has to come behind it for that."""
    broker = Broker()
    broker.answers.clear()
    telling = Acknowledgements(broker.commit)
    telling.handled({A: 1})
    await asyncio.sleep(0.05)
    telling.handled({A: 2})
    broker.answers.set()
    await broker.has_been_told(2)
    assert broker.told == [{A: 1}, {A: 2}]


async def test_what_the_broker_refuses_is_told_again() -> None:
    """With what came since; a later position counts, not the refused one."""
    broker = Broker()
    broker.refuses = 2
    telling = Acknowledgements(broker.commit)
    telling.handled({A: 1, B: 1})
    with pytest.raises(KafkaError):
        await telling.flush()
    telling.handled({A: 2})
    await broker.has_been_told(1)
    assert broker.told == [{A: 2, B: 1}]


async def test_who_leaves_tells_all_and_waits_for_nobody_without_end() -> None:
    """What a broker does not take in time is forgotten: it is another's then."""
    broker = Broker()
    telling = Acknowledgements(broker.commit)
    telling.handled({A: 1})
    await telling.leave(5)
    assert broker.told == [{A: 1}]
    broker.answers.clear()
    telling.handled({A: 2})
    await asyncio.sleep(0.05)
    await telling.leave(0.05)
    broker.answers.set()
    await telling.flush()
    assert broker.told == [{A: 1}]
