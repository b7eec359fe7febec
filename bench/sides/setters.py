"""Who makes letters: our workers, the whole press, bare Typst with a reused compiler, WeasyPrint.

Started by `bench.letters` with {kind, letters, core, database}; says how many a second it made, how many a second of
processor time, what the largest process has resident, and a sum of all their bytes.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from bench.sides.inputs import ANSWERED_ON, OSLO, PLACED_ON, SETS, contents, folder, list_id
from bench.sides.speaking import given, tell
from chassis.clock import SystemClock
from chassis.storage.database import create_pool
from chassis.storage.transaction import Transactions
from services.letters.adapters.object_store import ObstoreObjects
from services.letters.adapters.sheets import sheet_of, template_of
from services.letters.adapters.units import PgUnits
from services.letters.adapters.workers import Bounds, WorkerRenderer
from services.letters.domain.content import Content
from services.letters.domain.planning import Placement
from services.letters.entrypoints.press import Limits, Press
from services.letters.use_cases.keep_answer import keep_answer
from services.letters.use_cases.keep_folder import keep_folder
from services.letters.use_cases.keep_municipality import keep_municipality
from services.letters.use_cases.plan_letters import plan_letters

MEBIBYTE = 1024 * 1024
WARM = SETS
"""Letters before the clock runs: what is kept is kept by then."""
IN_HAND = 16
"""As the service has by default."""
VERSION = 6
LEFT = "SELECT count(*) FROM letter_queue WHERE stage <> 'settled'"


@dataclass(frozen=True, slots=True)
class Made:
    """rate, per_core: letters a second, and a second of processor time. mib: resident. sum: of bytes."""

    rate: float
    per_core: float
    mib: float
    sum: int


class Watch:
    """Seconds, and processor seconds of this process and its workers."""

    def __init__(self, workers: Iterable[int] = ()) -> None:
        self._workers = [psutil.Process(pid) for pid in workers]
        self._begun, self._used = time.perf_counter(), self._processor()

    def _processor(self) -> float:
        times = [worker.cpu_times() for worker in self._workers]
        return time.process_time() + sum(one.user + one.system for one in times)

    def made(self, letters: int, mib: float, total: int = 0) -> Made:
        """Tell what was made since."""
        seconds, used = time.perf_counter() - self._begun, self._processor() - self._used
        return Made(letters / seconds, letters / used, mib, total)


def resident(process: psutil.Process | None = None) -> float:
    """Tell what a process has in memory."""
    return float((process or psutil.Process()).memory_info().rss) / MEBIBYTE


def summed(pdfs: Sequence[bytes]) -> int:
    """Tell letters from others."""
    return zlib.crc32(b"".join(pdfs))


def one_after_another(make: Callable[[Content], bytes], letters: Sequence[Content]) -> Made:
    """Make them in this process."""
    for letter in letters[:WARM]:
        make(letter)
    watch = Watch()
    pdfs = [make(letter) for letter in letters]
    return watch.made(len(letters), resident(), summed(pdfs))


async def bare(letters: Sequence[Content], _database: str) -> Made:
    """Call Typst as its documentation says to, with one compiler for each template."""
    from typst import Compiler  # noqa: PLC0415  each contestant loads what is its own

    from services.letters.adapters.catalogue import FOLDER  # noqa: PLC0415
    from services.letters.adapters.typst_setter import STANDARDS, fonts  # noqa: PLC0415

    compilers = {
        kind: Compiler(FOLDER / f"{kind}.typ", root=FOLDER, font_paths=fonts())
        for kind in set(map(template_of, letters))
    }
    sheets = {id(letter): json.dumps(sheet_of(letter), ensure_ascii=False) for letter in letters}
    at = datetime(PLACED_ON.year, PLACED_ON.month, PLACED_ON.day, tzinfo=UTC)

    def make(letter: Content) -> bytes:
        given_to_it = {"letter": sheets[id(letter)]}
        pdf = compilers[template_of(letter)].compile(
            format="pdf", sys_inputs=given_to_it, pdf_standards=STANDARDS, timestamp=at
        )
        assert isinstance(pdf, bytes)
        return pdf

    return one_after_another(make, letters)


async def weasyprint(letters: Sequence[Content], _database: str) -> Made:
    """Set the same texts from HTML."""
    from bench.sides.pages import make  # noqa: PLC0415

    return one_after_another(make, letters)


async def ours(letters: Sequence[Content], _database: str) -> Made:
    """Have a worker make them."""
    renderer = WorkerRenderer(Bounds(1))
    for letter in letters[:WARM]:
        await renderer.render(letter)
    hands = asyncio.Semaphore(IN_HAND)

    async def make(letter: Content) -> bytes:
        async with hands:
            return await renderer.render(letter)

    watch = Watch(renderer.tally.memory)
    pdfs = await asyncio.gather(*map(make, letters))
    made = watch.made(len(letters), renderer.tally.most_memory / MEBIBYTE, summed(pdfs))
    await renderer.close()
    return made


class CountedObjects(ObstoreObjects):
    """Counts what it has taken."""

    written = 0

    async def put(self, key: str, data: bytes) -> None:
        """Write it, and count it."""
        await super().put(key, data)
        self.written += 1


async def press(letters: Sequence[Content], database: str) -> Made:
    """Have lists placed, and all their letters made, stored and recorded as the service does it."""
    pool = await create_pool(database, name="bench")
    units = PgUnits(Transactions(pool, "/bench", SystemClock()))
    renderer = WorkerRenderer(Bounds(1))
    for letter in letters[:WARM]:
        await renderer.render(letter)
    async with units.begin() as unit:
        await keep_municipality(OSLO, 1, unit)
        for number in range(len(letters) // SETS):
            persons = tuple(range(1, SETS))
            await keep_answer(list_id(number), VERSION - 1, ANSWERED_ON, unit, persons)
            for person in persons:
                await keep_folder(folder(number, person), VERSION, unit)
            placed = Placement(list_id(number), OSLO.municipality_id, VERSION, persons, PLACED_ON)
            await plan_letters(placed, unit)
    with tempfile.TemporaryDirectory() as objects:
        limits = Limits(IN_HAND, timedelta(seconds=60), 60.0)
        store = CountedObjects(Path(objects).as_uri())
        machine = Press(units, renderer, store, limits)
        watch = Watch(renderer.tally.memory)
        await machine.start()
        # Asked only at the end: where the core is wanted by others too, the asking would cost more than the letters.
        while store.written < len(letters) or await pool.fetchval(LEFT):  # noqa: ASYNC110  neither sends word
            await asyncio.sleep(0.05)
        made = watch.made(len(letters), renderer.tally.most_memory / MEBIBYTE)
        await machine.stop(10)
    await renderer.close()
    await pool.close()
    return made


KINDS: dict[str, Callable[[Sequence[Content], str], Awaitable[Made]]] = {
    "bare": bare, "ours": ours, "press": press, "weasyprint": weasyprint
}  # fmt: skip


async def main(wanted: Any) -> None:  # noqa: ANN401  what the bench has given
    """Be one of them, on one core."""
    os.sched_setaffinity(0, {wanted["core"]})
    count = max(1, wanted["letters"] // SETS) * SETS
    tell(**asdict(await KINDS[wanted["kind"]](contents(count), wanted["database"])))


if __name__ == "__main__":
    asyncio.run(main(given()))
