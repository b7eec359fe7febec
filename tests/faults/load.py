"""The mixed load of a fault: a worker for each of its municipalities takes its cases one after the other."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from tests.faults.clients.commands import Replies, Settlements
from tests.faults.desk import Desk
from tests.faults.plan import Case
from tests.faults.stage import Stage

PAUSES = ((5, (0.2, 1.0)), (12, (1.0, 3.0)), (1000, (3.0, 6.0)))
"""Between two cases of a worker, in seconds: from, to, up to so many cases: dense at first, and there to the end."""


@dataclass
class Load:
    """Runs until it is told to stop, or all cases are done.

    done: lists that went to their end. broken_off: those with whom it could not go on, because a step was refused, or
    its client gave up. errors: of the clients themselves.
    """

    stage: Stage
    cases: Sequence[Case]
    replies: Replies
    patience: float
    done: list[str] = field(default_factory=list)
    broken_off: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    desks: dict[str, Desk] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        imdi = self.stage.imdi
        settlements = Settlements(imdi.sender, self.replies, self.stage.told, self.patience)
        self.desks = {
            one.id: Desk(self.stage, one, imdi, settlements, self.patience) for one in self.stage.municipalities
        }
        self._threads = [
            threading.Thread(target=self._work, args=(desk, index), daemon=True, name=f"load {name}")
            for index, (name, desk) in enumerate(self.desks.items())
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        """Begin no further case, and wait until those begun have ended."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        self.errors += [f"{thread.name} has not ended" for thread in self._threads if thread.is_alive()]

    def ask_again(self) -> None:
        """Ask once more for whatever nobody was told the outcome of: by now it is to be known."""
        for desk in self.desks.values():
            for client, write in desk.unknown:
                client.write(write)

    def _work(self, desk: Desk, index: int) -> None:
        random = Random(f"{self.stage.name}/{index}")
        own = [case for case in self.cases if case.municipality.id == desk.municipality.id]
        for number, case in enumerate(own):
            pause = next(pause for up_to, pause in PAUSES if number < up_to)
            if self._stop.wait(random.uniform(*pause)):
                return
            try:
                (self.done if desk.do(case) else self.broken_off).append(case.list_id)
            except Exception:  # noqa: BLE001 - a client that breaks is a failure of the rig, and is told as one
                self.errors.append(f"{case.list_id} ({case.scenario}): {traceback.format_exc(limit=-3)}")

    def close(self) -> None:
        """Let go of all connections."""
        for desk in self.desks.values():
            desk.close()


@contextmanager
def load_of(stage: Stage, cases: Sequence[Case], replies: Replies, patience: float) -> Iterator[Load]:
    """Keep a load's clients; the caller starts and stops it."""
    load = Load(stage, cases, replies, patience)
    try:
        yield load
    finally:
        load._stop.set()
        load.close()
