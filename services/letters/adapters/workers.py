"""Letters set by worker processes: beside the event loop, on as many cores as there are, each with bounded memory.

Processes and not threads: a text on which Typst runs out of memory, or does not end, takes a worker with it and not
the service; its memory is given back; and it may be told to give way to the reading of messages. What a worker does is
``worker.py``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter, Gauge

from chassis.seeing.metrics import PREFIX
from services.letters.adapters.catalogue import translations
from services.letters.adapters.framing import CANNOT_BE_SET, LENGTH, REPLY
from services.letters.adapters.sheets import sheet_of, template_of
from services.letters.domain.content import Content
from services.letters.use_cases.outside import NotRenderableError, RendererUnavailableError, WorkerDiedError

log = structlog.get_logger(__name__)

DEATHS = Counter(f"{PREFIX}letters_worker_deaths", "Workers that died of a letter, or took too long.")
MEMORY = Gauge(f"{PREFIX}letters_worker_memory_bytes", "Memory of the largest worker after its last letter.")

PROGRAM = (sys.executable, "-m", "services.letters.adapters.worker")
START_SECONDS = 60.0
"""A worker that has not said by then that it is ready is given up."""
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """What workers may use.

    workers: how many there are at most. memory: bytes that one may allocate; beyond that it dies. One that has more
    than half of it resident after a letter is replaced. seconds: how long one may take for a letter.
    """

    workers: int
    memory: int = 512 * MEGABYTE
    seconds: float = 30.0


@dataclass
class Tally:
    """What has been seen of workers since the start. memory: bytes resident after its last letter, by process id."""

    deaths: int = 0
    replaced: int = 0
    most_memory: int = 0
    memory: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Worker:
    process: asyncio.subprocess.Process
    reading: asyncio.StreamReader
    writing: asyncio.StreamWriter

    async def reply(self) -> tuple[int, int, bytes]:
        """Read one: how it went, the bytes it has resident, what it made."""
        length, outcome, memory = REPLY.unpack(await self.reading.readexactly(REPLY.size))
        return outcome, memory, await self.reading.readexactly(length)

    async def set(self, request: bytes) -> tuple[int, int, bytes]:
        self.writing.write(LENGTH.pack(len(request)) + request)
        await self.writing.drain()
        return await self.reply()

    async def end(self) -> int:
        """End it, whatever it does; tells how it ended."""
        if self.process.returncode is None:
            self.process.kill()
        self.writing.close()
        return await self.process.wait()


class WorkerRenderer:
    """Sets letters in worker processes, which are started when there is work. ``close`` when done."""

    def __init__(self, bounds: Bounds, program: Sequence[str] = PROGRAM) -> None:
        self._bounds = bounds
        self._program = program
        self.tally = Tally()
        self._free: asyncio.LifoQueue[_Worker | None] = asyncio.LifoQueue()
        for _ in range(bounds.workers):
            self._free.put_nowait(None)

    @property
    def translations(self) -> frozenset[str]:
        """The languages a person's letter can be in beside the Norwegian text, as BCP 47 tags."""
        return translations()

    async def render(self, content: Content) -> bytes:
        """Make the PDF; the same content gives the same bytes.

        Raises NotRenderableError, WorkerDiedError, RendererUnavailableError.
        """
        request = json.dumps({"template": template_of(content), "sheet": sheet_of(content)}).encode()
        worker = await self._free.get()
        left: _Worker | None = None
        try:
            worker = worker or await self._start()
            outcome, memory, pdf = await self._ask(worker, request)
            left = await self._kept(worker, memory)
        except asyncio.CancelledError:
            if worker is not None:
                await asyncio.shield(self._end(worker))
            raise
        finally:
            self._free.put_nowait(left)
        if outcome == CANNOT_BE_SET:
            raise NotRenderableError
        return pdf

    async def _ask(self, worker: _Worker, request: bytes) -> tuple[int, int, bytes]:
        try:
            async with asyncio.timeout(self._bounds.seconds):
                return await worker.set(request)
        except (OSError, EOFError, TimeoutError) as error:
            code = await self._end(worker)
            self.tally.deaths += 1
            DEATHS.inc()
            # What it wrote may quote the letter: how it ended is all that is told.
            log.error("a worker died of a letter", error=type(error).__name__, code=code)  # noqa: TRY400
            raise WorkerDiedError from None

    async def _kept(self, worker: _Worker, memory: int) -> _Worker | None:
        """Keep the worker for the next letter, unless it has grown."""
        self.tally.memory[worker.process.pid] = memory
        self.tally.most_memory = max(self.tally.most_memory, memory)
        MEMORY.set(max(self.tally.memory.values()))
        if memory <= self._bounds.memory // 2:
            return worker
        await self._end(worker)
        self.tally.replaced += 1
        log.info("worker replaced", megabytes=memory // MEGABYTE)
        return None

    async def _start(self) -> _Worker:
        began = time.monotonic()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._program,
                str(self._bounds.memory),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=MEGABYTE,
                env=os.environ,
            )
        except OSError as error:
            log.error("no worker can be started", error=type(error).__name__)  # noqa: TRY400
            raise RendererUnavailableError from None
        assert process.stdin is not None, "a pipe was asked for"
        assert process.stdout is not None, "a pipe was asked for"
        worker = _Worker(process, process.stdout, process.stdin)
        try:
            async with asyncio.timeout(START_SECONDS):
                await worker.reply()
        except (OSError, EOFError, TimeoutError):
            log.error("a worker did not start", code=await self._end(worker))  # noqa: TRY400
            raise RendererUnavailableError from None
        except asyncio.CancelledError:
            await asyncio.shield(self._end(worker))
            raise
        log.info("worker started", pid=process.pid, seconds=round(time.monotonic() - began, 2))
        return worker

    async def _end(self, worker: _Worker) -> int:
        self.tally.memory.pop(worker.process.pid, None)
        return await worker.end()

    async def close(self) -> None:
        """End the workers that have no letter in hand; the others end with the service, as nobody reads them."""
        while not self._free.empty():
            worker = self._free.get_nowait()
            if worker is not None:
                await self._end(worker)
