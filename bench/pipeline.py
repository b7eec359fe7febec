"""Lists from IMDi's topic to the read model and the notices, over a whole stack; a national year, and its answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bench.bare_pipeline import bare, ends
from bench.country import OURS, Country, country
from bench.frame.alternating import Taken, alternate
from bench.frame.bench import Bench, Options
from bench.frame.figures import Line, at_least, at_most, ratios
from ops.stack.opening import known

FLOOR = (
    "every record that such a burst leaves on the topics produced once and consumed once by bare aiokafka (idempotent, "
    "acks=all, windows of 500), and all rows of its tables loaded by COPY into copies of them with their indexes; "
    "inbox, outbox and what else the chassis brings left out; one after the other, the seconds added."
)
YEAR, BURST = 10_000, 500
REPEATS = 3
FLAT = 1.25
"""How much the largest process may have grown over a year for its memory to be called flat: caches fill once."""


async def bursts(made: Country, options: Options, size: int) -> Taken:
    """Alternate bursts of lists with their floor, after one burst that the floor is made of."""
    bootstrap = made.stack.environment["KAFKA_BOOTSTRAP_SERVERS"]
    since = ends(bootstrap)
    made.receive(made.take(size))

    async def ours() -> Mapping[str, float]:
        return {"seconds": await asyncio.to_thread(made.receive, made.take(size))}

    async with bare(known(made.stack.data_dir), bootstrap, since) as floor:

        async def theirs() -> Mapping[str, float]:
            return {"seconds": await floor.once()}

        return await alternate({"ours": ours, "bare": theirs}, options.repeats or REPEATS, options.tell)


async def measure(options: Options) -> Sequence[Line]:
    """Measure bursts, then the year once: it is as long as many repeats."""
    burst, year = options.sized(BURST, 10), options.sized(YEAR, 20)
    repeats = options.repeats or REPEATS
    with country(options.folder / "stack", (repeats + 1) * burst + year) as made:
        taken = await bursts(made, options, burst)
        lists, before = made.take(year), made.memory()
        options.tell(f"{year} lists published")
        received = await asyncio.to_thread(made.receive, lists)
        options.tell("answered")
        answered = await asyncio.to_thread(made.answer, lists)
        after = made.memory()
    ours, floor = taken.of("ours", "seconds"), taken.of("bare", "seconds")
    grown = max(after[name] / before[name] for name in OURS)
    return [
        Line("lists through the pipeline, of bare produce, consume and COPY", "%", ratios(floor, ours, of=100),
             at_least(25), options.small),
        Line("rate: ours", "lists/s", [burst / seconds for seconds in ours]),
        Line("rate: bare", "lists/s", [burst / seconds for seconds in floor]),
        Line(f"{year:,} lists received, projected, noticed, mail queued", "s", [received], at_most(60), options.small),
        Line("the same answered, placed, in the ledger", "s", [answered], at_most(60), options.small),
        Line("memory after it, of before: the process that grew most", "x", [grown], at_most(FLAT), options.small),
        Line("memory after it: our four processes", "MiB", [sum(after[name] for name in OURS)]),
    ]  # fmt: skip


BENCH = Bench("pipeline", FLOOR, measure)
