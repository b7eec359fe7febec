"""Letters a second on one core: ours in worker processes, bare Typst with a reused compiler, and WeasyPrint."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Mapping, Sequence
from functools import partial

from bench.frame.alternating import Taken, alternate
from bench.frame.bench import Bench, Options
from bench.frame.figures import Line, at_least
from bench.frame.side import side
from bench.sides.inputs import SETS
from chassis.storage.migrate import migrate
from ops.embedded.launch import running
from ops.embedded.ports import free_ports
from ops.embedded.postgres import Postgres
from ops.testing.databases import Databases

FLOOR = (
    "one Typst compiler a template, kept, in a loop in one process; the same sheets, standards and dates, and so the "
    "same bytes (compared). Processor time counts the worker's and its parent's; of the press PostgreSQL is elsewhere."
)
WEASY = "weasyprint"
NAMES = {
    "bare": "bare Typst",
    "ours": "in worker processes",
    "press": "claimed, set, stored, recorded",
    WEASY: "WeasyPrint, PDF/UA-1",
}
LETTERS = {"bare": 125, "ours": 125, "press": 125, WEASY: 10}


async def make(kind: str, letters: int, core: int, database: str = "") -> Mapping[str, float]:
    """Have one contestant make so many letters. Raises ValueError where they are others than the first one made."""
    async with side("bench.sides.setters", kind=kind, letters=letters, core=core, database=database) as contestant:
        made = await contestant.hear()
    return {name: made[name] for name in ("rate", "per_core", "mib", "sum")}


def weasyprint_is_here(options: Options) -> bool:
    """Tell whether it can be compared with: it needs Pango, a library of the system."""
    try:
        importlib.import_module(WEASY)
    except (ImportError, OSError) as error:
        options.tell(f"without WeasyPrint, which needs Pango ({type(error).__name__})")
        return False
    return True


async def measure(options: Options) -> Sequence[Line]:
    """Let all make the same letters."""
    sizes = {kind: options.sized(letters, min(letters, 2 * SETS)) for kind, letters in LETTERS.items()}
    # The last one: the first is where most else of a machine happens.
    core = max(os.sched_getaffinity(0))
    [port] = free_ports(1)
    cluster = Postgres(options.folder / "postgres", port, password="bench", durable=True)
    with running(cluster, options.folder / "postgres.log"):
        databases = Databases(cluster)
        template = databases.new()
        await asyncio.to_thread(migrate, template, "services.letters.migrations")

        async def press() -> Mapping[str, float]:
            return await make("press", sizes["press"], core, databases.new(template))

        kinds = ["bare", "ours", *([WEASY] if weasyprint_is_here(options) else [])]
        contestants = {kind: partial(make, kind, sizes[kind], core) for kind in kinds}
        taken = await alternate({**contestants, "press": press}, options.repeats or 3, options.tell)
    if len({*taken.of("bare", "sum"), *taken.of("ours", "sum")}) != 1:
        raise ValueError("ours are other letters than the bare ones")
    return lines(taken)


def lines(taken: Taken) -> list[Line]:
    """Lay the figures out."""
    names = {kind: name for kind, name in NAMES.items() if (kind, "rate") in taken.values}
    per_core = {kind: taken.ratio(kind, "bare", "per_core", of=100) for kind in ("ours", "press")}
    return [
        Line("letters a core in worker processes, of bare Typst", "%", per_core["ours"], at_least(80)),
        Line("letters a core by the whole press, of bare Typst", "%", per_core["press"], at_least(80)),
        *(
            [Line("letters a core in worker processes, of WeasyPrint", "x", taken.ratio("ours", WEASY, "per_core"))]
            if WEASY in names
            else []
        ),
        *(
            Line(f"letters a second of processor time: {name}", "1/s", taken.of(kind, "per_core"))
            for kind, name in names.items()
        ),
        *(
            Line(f"letters a second, pinned to one core: {name}", "1/s", taken.of(kind, "rate"))
            for kind, name in names.items()
        ),
        Line("memory of a worker", "MiB", taken.of("ours", "mib")),
        Line("memory of the bare process", "MiB", taken.of("bare", "mib")),
    ]


BENCH = Bench("letters", FLOOR, measure)
