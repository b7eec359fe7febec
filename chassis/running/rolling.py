"""Records of nothing, so that what was erased leaves the broker's files too.

A broker rewrites closed segments only, and closes one when a record comes that finds it old: a tombstone that is the
last word of its partition would lie in the open segment, and what it erases stay on the disk. So the leading process
writes, every ``roll_every`` seconds, into each partition of the service's state topics that holds anything, a tombstone
of a key that nothing has. Readers skip it (``decoding``). Why, and how long it takes:
docs/decisions/0036-erased-by-bytes.md.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import lru_cache, partial

from chassis.broker.kafka import all_partitions, make_reader_of_all, partition_of
from chassis.running.timers import Timer, fire
from chassis.settings import Settings
from chassis.storage.transaction import Transaction, Transactions
from contracts.envelope import FILLER

NAME = "roll segments"
LOOKS = 60
"""How often it is looked in each interval whether the time has come: another process may have been the last to lead."""
LOOK_SECONDS = 30.0
VERSION = 1
"""Each is a repeat of the one before, so that readers keep nothing of it."""


class Roller:
    """Writes them for the topics of a service.

    records: the message types on each topic; a tombstone needs one.
    """

    def __init__(self, records: Mapping[str, Collection[str]], transactions: Transactions, settings: Settings) -> None:
        self._types = {topic: min(types) for topic, types in records.items()}
        self._transactions = transactions
        self._settings = settings
        self._rests_until = time.monotonic() + settings.roll_every / LOOKS

    async def work(self) -> None:
        """Do what is due now: by the timer's row once in each interval, whoever leads. Raises where Kafka is away."""
        if not self._types or time.monotonic() < self._rests_until:
            return
        self._rests_until = time.monotonic() + self._settings.roll_every / LOOKS
        async with asyncio.timeout(LOOK_SECONDS):
            keys = await self._keys()
        every = timedelta(seconds=self._settings.roll_every)
        await fire(Timer(NAME, every, partial(self._tell, keys)), self._transactions)

    async def _keys(self) -> dict[str, list[str]]:
        """Give, for each topic, a key that falls into each of its partitions that holds something."""
        consumer = make_reader_of_all(self._settings)
        try:
            await consumer.start()
            places = await all_partitions(consumer, sorted(self._types))
            begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        finally:
            await consumer.stop()  # also where the service stops meanwhile: entering it would leave it open then
        keys: dict[str, list[str]] = {}
        for topic in self._types:
            numbers = [place for place in places if place.topic == topic]
            known = keys_by_partition(len(numbers))
            keys[topic] = [known[place.partition] for place in numbers if ends[place] > begins[place]]
        return keys

    async def _tell(self, keys: Mapping[str, Collection[str]], transaction: Transaction) -> None:
        for topic, chosen in keys.items():
            for key in chosen:
                await transaction.tombstone(topic, key=key, subject=key, sequence=VERSION, type=self._types[topic])


@lru_cache(maxsize=100)
def keys_by_partition(partitions: int) -> tuple[str, ...]:
    """Give the first key of ours for each partition, in the order of their numbers."""
    found: dict[int, str] = {}
    for number in itertools.count():
        if len(found) == partitions:
            break
        key = f"{FILLER}{number}"
        found.setdefault(partition_of(key, partitions), key)
    return tuple(found[number] for number in range(partitions))
