"""Outbox to Kafka: messages a second, and the time from commit to a reader, with and without the fence."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import asyncpg
from aiokafka import AIOKafkaConsumer

from bench.frame.alternating import Taken, alternate
from bench.frame.bench import Bench, Options
from bench.frame.figures import Line, at_least, at_most, percentile
from bench.frame.side import side
from bench.parts import Parts, parts
from bench.sides.filler import PARTITIONS, outgoing
from chassis.storage.database import prepare_connection
from chassis.storage.migrate import migrate
from chassis.storage.outbox import insert

FLOOR = (
    "bare aiokafka in a process of its own: the same keys, headers and bodies from memory, idempotent, acks=all, "
    "`send` in windows of 500 that are awaited; the same broker and the same reader of committed records."
)
ROWS, TRIES, GAP, WARM_UP = 30_000, 200, 0.05, 10
LEAST = 6_000
"""Several windows of the relay: what is timed begins with the second."""
SIDE = "bench.sides.relays"
OURS = ("fenced", "unfenced")
BARE = ("bare", "bare fenced", "bare batches")
PATIENCE = 300.0


@dataclass
class Reading:
    """What a reader of committed records has seen: keys, numbers, and when."""

    consumer: AIOKafkaConsumer
    keys: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    async def more(self, seconds: float = 1.0) -> int:
        """Read what comes next; returns how many."""
        batches = await self.consumer.getmany(timeout_ms=round(seconds * 1000))
        now, before = time.monotonic(), len(self.keys)
        for batch in batches.values():
            for record in batch:
                self.keys.append(record.key)
                self.numbers.append(int(dict(record.headers)["ce_id"]))
                self.times.append(now)
        return len(self.keys) - before

    async def until(self, count: int) -> None:
        """Read until there are so many. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while len(self.keys) < count:
            await self.more()
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.keys)} of {count} records came")

    def check(self, count: int) -> None:
        """Raise ValueError unless every record came once, those of a key in their order."""
        if sorted(self.numbers) != list(range(count)):
            raise ValueError("records are missing or doubled")
        last: dict[bytes, int] = {}
        for key, number in zip(self.keys, self.numbers, strict=True):
            if last.get(key, -1) > number:
                raise ValueError("the order of a key is broken")
            last[key] = number


@contextlib.asynccontextmanager
async def reading(bootstrap: str, topic: str) -> AsyncIterator[Reading]:
    """Keep a reader of a topic, from its beginning."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        yield Reading(consumer)
    finally:
        await consumer.stop()


async def fill(database_url: str, topic: str, rows: int) -> None:
    """Write the outbox."""
    connection = await asyncpg.connect(database_url)
    try:
        await prepare_connection(connection)
        for first in range(0, rows, 5000):
            await insert(connection, outgoing(topic, first, min(5000, rows - first)))
    finally:
        await connection.close()


async def rate(on: Parts, template: str, kind: str, rows: int) -> Mapping[str, float]:
    """Have a full outbox sent, or the same records from memory. Timed at the reader, first batch to last."""
    database = on.databases.new(template)
    async with on.topic(PARTITIONS) as topic:
        if kind in OURS:
            await fill(database, topic, rows)
        async with reading(on.bootstrap, topic) as seen:
            given = {"kafka": on.bootstrap, "database": database, "topic": topic, "rows": rows}
            async with side(SIDE, kind=kind, **given) as contestant:
                before = await contestant.hear()
                await seen.until(rows)
                contestant.say(do="end")
                after = await contestant.hear()
        seen.check(rows)
    first = seen.times.count(seen.times[0])
    return {
        "rate": (rows - first) / (seen.times[-1] - seen.times[0]),
        "cpu": 1e6 * (after["cpu"] - before["cpu"]) / rows,
        "memory": after["peak_mib"],
    }


async def latency(on: Parts, template: str, kind: str, tries: int) -> Mapping[str, float]:
    """Write single rows, some 20 a second, and time each from its commit to its reader."""
    database = on.databases.new(template)
    async with on.topic(PARTITIONS) as topic, reading(on.bootstrap, topic) as seen:
        given = {"kafka": on.bootstrap, "database": database, "topic": topic, "rows": 0}
        async with side(SIDE, kind=kind, **given) as contestant:
            await contestant.hear()
            for number in range(tries + WARM_UP):
                contestant.say(do="write", number=number)
                await seen.until(number + 1)
                await asyncio.sleep(GAP)
            contestant.say(do="end")
            committed = (await contestant.hear())["committed"]
    spent = [1000 * (read - at) for read, at in zip(seen.times, committed, strict=True)][WARM_UP:]
    return {"p50": statistics.median(spent), "p99": percentile(spent, 99)}


async def measure(options: Options) -> Sequence[Line]:
    """Measure rates, then latencies."""
    rows, tries = options.sized(ROWS, LEAST), options.sized(TRIES, 10)
    with parts(options.folder) as on:
        template = on.databases.new()
        await asyncio.to_thread(migrate, template)
        rates = await alternate(
            {kind: partial(rate, on, template, kind, rows) for kind in (*OURS, *BARE)},
            options.repeats or 3, lambda what: options.tell(f"rate {what}"),
        )  # fmt: skip
        waits = await alternate(
            {kind: partial(latency, on, template, kind, tries) for kind in (*OURS, "bare")},
            options.repeats or 3, lambda what: options.tell(f"wait {what}"),
        )  # fmt: skip
    return lines(rates, waits, small=options.small)


def lines(rates: Taken, waits: Taken, *, small: bool) -> list[Line]:
    """Lay the figures out. A small run's p99 is its slowest try, so it gets no verdict."""
    of = partial(rates.ratio, figure="rate", of=100)
    made = [
        Line("the relay as it runs (fenced), of bare aiokafka", "%", of("fenced", "bare"), at_least(75)),
        Line("the relay without its fence, of bare aiokafka", "%", of("unfenced", "bare"), at_least(75)),
        Line("fenced, of bare aiokafka with the same transactions", "%", of("fenced", "bare fenced")),
        Line("bare aiokafka's `send_batch`, of its `send`", "%", of("bare batches", "bare")),
    ]
    made += [Line(f"rate: {kind}", "msg/s", rates.of(kind, "rate")) for kind in (*OURS, *BARE)]
    made += [Line(f"processor time a message: {kind}", "µs", rates.of(kind, "cpu")) for kind in (*OURS, "bare")]
    made += [
        Line("commit → received, fenced: p50", "ms", waits.of("fenced", "p50")),
        Line("commit → received, fenced: p99", "ms", waits.of("fenced", "p99"), at_most(30), small),
        Line("commit → received, without the fence: p50", "ms", waits.of("unfenced", "p50")),
        Line("commit → received, without the fence: p99", "ms", waits.of("unfenced", "p99"), at_most(15), small),
        Line("bare: given away → received: p50", "ms", waits.of("bare", "p50")),
        Line("bare: given away → received: p99", "ms", waits.of("bare", "p99")),
        Line("the relay's process at its largest", "MiB", rates.of("fenced", "memory"), at_most(120)),
    ]
    return made


BENCH = Bench("relay", FLOOR, measure)
