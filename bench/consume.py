"""Topic to effect: messages a second through the inbox, each once, and no more than that."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from functools import partial

import asyncpg

from bench.frame.alternating import Taken, alternate
from bench.frame.bench import Bench, Options
from bench.frame.figures import Line, at_least
from bench.frame.side import side
from bench.parts import Parts, parts
from bench.sides.filler import PARTITIONS, outgoing
from bench.sides.relays import send
from chassis.broker.kafka import make_producer
from chassis.storage.migrate import migrate

FLOOR = (
    "bare aiokafka in batches of 500 and asyncpg's COPY of the same rows (id, subject, number, body), a transaction a "
    "batch, durable, the offsets committed after it; no inbox, no validation, a repeat would be a second row."
)
ROWS = 30_000
KINDS = ("chunk", "each", "bare")
EFFECT = "CREATE TABLE effect (message_id text, subject text, number integer, body text)"
COUNT = "SELECT count(*), count(DISTINCT message_id) FROM effect"


async def prepared(on: Parts) -> str:
    """Make a database with the chassis' tables and a table of effects; gives its URL, to be copied."""
    url = on.databases.new()
    await asyncio.to_thread(migrate, url)
    connection = await asyncpg.connect(url)
    await connection.execute(EFFECT)
    await connection.close()
    return url


async def produce(on: Parts, template: str, topic: str, rows: int) -> None:
    """Fill the topic."""
    producer = make_producer(on.settings(template), client_id="bench")
    await producer.start()
    for first in range(0, rows, 5000):
        await send(producer, outgoing(topic, first, min(5000, rows - first)))
    await producer.stop()


async def read(on: Parts, template: str, topic: str, kind: str, rows: int) -> Mapping[str, float]:
    """Have the whole topic read into a database of its own. Raises ValueError unless every effect is there once."""
    database = on.databases.new(template)
    given = {"kafka": on.bootstrap, "database": database, "topic": topic, "rows": rows}
    async with side("bench.sides.readers", kind=kind, reader=uuid.uuid4().hex[:8], **given) as contestant:
        before = await contestant.hear()
        after = await contestant.hear()
    connection = await asyncpg.connect(database)
    counts = await connection.fetchrow(COUNT)
    await connection.close()
    if counts is None or tuple(counts) != (rows, rows):
        raise ValueError(f"{kind}: {rows} messages had {counts and tuple(counts)} effects")
    (begun, first), (ended, last) = after["steps"][0], after["steps"][-1]
    return {"rate": (last - first) / (ended - begun), "cpu": 1e6 * (after["cpu"] - before["cpu"]) / rows}


async def measure(options: Options) -> Sequence[Line]:
    """Let all read the same topic."""
    rows = options.sized(ROWS, 3000)
    with parts(options.folder) as on:
        template = await prepared(on)
        async with on.topic(PARTITIONS) as topic:
            await produce(on, template, topic, rows)
            taken = await alternate(
                {kind: partial(read, on, template, topic, kind, rows) for kind in KINDS},
                options.repeats or 5, options.tell,
            )  # fmt: skip
    return lines(taken)


def lines(taken: Taken) -> list[Line]:
    """Lay the figures out."""
    names = {"chunk": "one handler a chunk", "each": "a handler a message", "bare": "bare"}
    return [
        *(
            Line(f"inbox and effect, {names[kind]}, of bare aiokafka and COPY", "%",
                 taken.ratio(kind, "bare", "rate", of=100), at_least(35))
            for kind in ("chunk", "each")
        ),
        *(Line(f"rate: {names[kind]}", "msg/s", taken.of(kind, "rate")) for kind in KINDS),
        *(Line(f"processor time a message: {names[kind]}", "µs", taken.of(kind, "cpu")) for kind in KINDS),
    ]  # fmt: skip


BENCH = Bench("consume", FLOOR, measure)
