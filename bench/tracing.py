"""What tracing costs: processor time a list of a stack that sends its spans to a receiver, and of one that does not."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.country import LOOK, OURS, PATIENCE, Country, body, country
from bench.frame.alternating import Taken, alternate
from bench.frame.bench import Bench, Options
from bench.frame.figures import Line
from ops.inbound import Inbound
from ops.testing.spans import Receiver, receiver

FLOOR = (
    "the same stack with no receiver named, beside the other and loaded in turn with it; letters are stopped in both. "
    "The receiver runs in the bench and is not counted. Spans leave each process twice a second."
)
LISTS, REPEATS, WARM = 200, 5, 20
TRACED, PLAIN = "traced", "not traced"
SETTINGS = {"OTEL_BSP_SCHEDULE_DELAY": "500", "OTEL_BSP_MAX_QUEUE_SIZE": "50000"}
"""Of the library: a list's last spans are waited for, so they leave soon; none is dropped in a burst."""
LAST = {
    "distribution": "handle distribution.send-answer.v1",
    "municipality": "handle distribution.persons-placed.v1",
    "notification": "handle distribution.list-answered.v1",
    "gateway": "handle distribution.person-folder-state.v1",
}
"""A late span of each service: one a list, the gateway's one a person."""


def spent(made: Country, some: Sequence[Inbound], whole: Callable[[Sequence[Inbound]], None]) -> Mapping[str, float]:
    """Have lists received and answered; gives the ms of processor time a list, by process and for all of them.

    whole: returns once nothing of these lists is still to be sent.
    """
    before = made.cpu()
    made.receive(some)
    made.answer(some)
    whole(some)
    after = made.cpu()
    ms = {name: 1000 * (after[name] - before[name]) / len(some) for name in before}
    return {"all": sum(ms.values()), "ours": sum(ms[name] for name in OURS), **{name: ms[name] for name in OURS}}


def arrived(told: Receiver, some: Sequence[Inbound], patience: float = PATIENCE) -> None:
    """Wait until the receiver has the last spans of these lists. Raises TimeoutError where some are lost."""
    wanted = dict.fromkeys(LAST, len(some)) | {"gateway": sum(len(body(one).persons) for one in some)}
    end = time.monotonic() + patience
    while True:
        found = Counter((one.service.removeprefix("fordeling-"), one.name) for one in list(told.spans))
        missing = {name: wanted[name] - found[name, last] for name, last in LAST.items()}
        if all(number <= 0 for number in missing.values()):
            return
        if time.monotonic() > end:
            lost = [f"{number} × {LAST[name]}" for name, number in missing.items() if number > 0]
            raise TimeoutError("; ".join(lost))
        time.sleep(LOOK)


async def measure(options: Options) -> Sequence[Line]:
    """Load two stacks in turn."""
    lists, repeats = options.sized(LISTS, 5), options.repeats or REPEATS
    supply = WARM + lists * repeats
    folder: Path = options.folder
    with receiver() as told:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": told.endpoint, **SETTINGS}
        with country(folder / "plain", supply) as plain, country(folder / "traced", supply, environment=settings) as on:

            def nothing(_: Sequence[Inbound]) -> None:
                """No spans, so none to wait for."""

            def whole(some: Sequence[Inbound]) -> None:
                arrived(told, some)

            async def traced(number: int = lists) -> Mapping[str, float]:
                told.spans.clear()
                found = await asyncio.to_thread(spent, on, on.take(number), whole)
                return {**found, "spans": len(told.spans) / number}

            async def untraced(number: int = lists) -> Mapping[str, float]:
                return await asyncio.to_thread(spent, plain, plain.take(number), nothing)

            for warm in (untraced, traced):
                await warm(WARM)
            taken = await alternate({PLAIN: untraced, TRACED: traced}, repeats, options.tell)
            memory = {PLAIN: plain.memory(), TRACED: on.memory()}
    return lines(taken, {kind: sum(found[name] for name in OURS) for kind, found in memory.items()})


def lines(taken: Taken, memory: Mapping[str, float]) -> list[Line]:
    """Lay the figures out."""
    return [
        Line("processor time a list, our four processes: traced, of not traced", "%",
             taken.ratio(TRACED, PLAIN, "ours", of=100)),
        Line("processor time a list, all processes: traced, of not traced", "%",
             taken.ratio(TRACED, PLAIN, "all", of=100)),
        *(
            Line(f"processor time a list, {what}: {kind}", "ms", taken.of(kind, figure))
            for figure, what in {"all": "all processes", "ours": "our four processes"}.items()
            for kind in (TRACED, PLAIN)
        ),
        *(
            Line(f"processor time a list, {name}: {kind}", "ms", taken.of(kind, name))
            for name in OURS
            for kind in (TRACED, PLAIN)
        ),
        Line("spans a list", "", taken.of(TRACED, "spans")),
        *(Line(f"memory of our four processes: {kind} (PSS)", "MiB", [value]) for kind, value in memory.items()),
    ]  # fmt: skip


BENCH = Bench("tracing", FLOOR, measure)
