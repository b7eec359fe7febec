"""What it costs to have it: starts, memory of each process idle and loaded, processor time a list, with its letters."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.country import OURS, PAPERS_A_LIST, body, country
from bench.frame.alternating import alternate
from bench.frame.bench import Bench, Options
from bench.frame.figures import Line
from ops.embedded.ports import free_ports
from ops.errors import UserError
from ops.testing.stacks import fordeling

FLOOR = (
    "none: these are figures of their own, without a goal. A cold start makes databases, topics and keys in an empty "
    "folder, packages installed; a warm one finds them. A list is answered once its letters are made and sent."
)
LISTS = 150
REPEATS = 2
LETTERS = "letters"
"""The service with its worker processes."""
SETTLING = 3.0
"""Seconds after a start until memory is looked at: what starts has ended."""


def started(folder: Path, port: int) -> float:
    """Start a stack, until all of it is ready; gives the seconds. Raises UserError."""
    begun = time.monotonic()
    done = fordeling("up", "--detach", "--no-demo", "--port", str(port), "--data-dir", str(folder))
    if done.returncode != 0:
        raise UserError(f"fordeling up failed: {done.stderr.strip()}")
    return time.monotonic() - begun


def starts(folder: Path) -> Mapping[str, float]:
    """Start in an empty folder, stop, start again."""
    [port] = free_ports(1)
    spent = {}
    for name in ("cold", "warm"):
        try:
            spent[name] = started(folder, port)
        finally:
            fordeling("down", "--data-dir", str(folder))
    return spent


async def measure(options: Options) -> Sequence[Line]:
    """Start some stacks, one after the other; then load one."""
    numbers = iter(range(1_000))

    async def once() -> Mapping[str, float]:
        return await asyncio.to_thread(starts, options.folder / f"start-{next(numbers)}")

    taken = await alternate({"stack": once}, options.repeats or REPEATS, options.tell)
    lists = options.sized(LISTS, 10)
    options.tell(f"{lists} lists received and answered")
    with country(options.folder / "stack", lists, with_letters=True) as made:
        await asyncio.sleep(SETTLING)
        idle, before = made.memory(), made.cpu()
        some = made.take(lists)
        await asyncio.to_thread(made.receive, some)
        received = made.cpu()
        await asyncio.to_thread(made.answer, some)
        loaded, answered = made.memory(), made.cpu()
    letters = sum(len(body(one).persons) + PAPERS_A_LIST for one in some)
    line = partial(_lines, lists=lists)
    return [
        Line("start of a whole stack, cold", "s", taken.of("stack", "cold")),
        Line("start of a whole stack, warm", "s", taken.of("stack", "warm")),
        Line("memory of all processes, idle (PSS)", "MiB", [sum(idle.values())]),
        Line("memory of all processes, loaded (PSS)", "MiB", [sum(loaded.values())]),
        *(Line(f"memory, idle: {name}", "MiB", [value]) for name, value in idle.items()),
        *(Line(f"memory, loaded: {name}", "MiB", [loaded[name]]) for name in idle),
        *line("processor time a list, received", before, received),
        *line("processor time a list, answered", received, answered),
        Line("letters a list, the kept answer among them", "", [letters / lists]),
        Line("processor time a letter: letters", "ms", [1000 * (answered[LETTERS] - received[LETTERS]) / letters]),
    ]


def _lines(what: str, before: Mapping[str, float], after: Mapping[str, float], *, lists: int) -> list[Line]:
    spent = {name: 1000 * (after[name] - before[name]) / lists for name in before}
    ours = {name: spent[name] for name in OURS}
    parts = {"all processes": sum(spent.values()), "our four processes": sum(ours.values()), **ours}
    parts |= {name: spent[name] for name in (LETTERS, "svarut", "kafka", "postgres")}
    return [Line(f"{what}: {name}", "ms", [value]) for name, value in parts.items()]


BENCH = Bench("cost", FLOOR, measure)
