"""A run: stacks are started as faults need them, and stay up from the first of their faults to the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from ops.demo.identity import UniqueNumbers
from tests.faults.clients.caseworker import PATIENCE_SECONDS
from tests.faults.clients.commands import Replies
from tests.faults.clients.imdi import Imdi, Sender
from tests.faults.fault import Fault
from tests.faults.faults import BY_NAME, FAULTS
from tests.faults.load import load_of
from tests.faults.machine import Kind, Machine
from tests.faults.machines import MACHINES
from tests.faults.plan import Plan
from tests.faults.preparing import OSLO, AllMunicipalities, prepare
from tests.faults.stage import Municipality, Stage
from tests.faults.told import Told
from tests.faults.trial import Result, both, try_out

CASES = 150
"""So many lists are drawn up for a fault; how many are begun follows from how long it lasts."""


@dataclass
class Running:
    """A machine in use, with what all its faults share."""

    machine: Machine
    replies: Replies


@dataclass
class Run:
    """A run.

    folder: for stacks and ledgers. tell: is told what goes on, in words. patience: seconds after which a client that is
    not told what became of something gives up.
    """

    seed: int
    folder: Path
    tell: Callable[[str], None]
    patience: float = PATIENCE_SECONDS
    numbers: UniqueNumbers = field(default_factory=UniqueNumbers)

    def __post_init__(self) -> None:
        self._country = AllMunicipalities(self.seed)

    def results(self, faults: Sequence[Fault]) -> Iterator[Result]:
        """Inject the faults one after the other, those that need one kind of stack together."""
        for kind in Kind:
            chosen = [fault for fault in faults if fault.stage is kind]
            if chosen:
                with self.running(kind, chosen) as running:
                    for fault in chosen:
                        yield self.one(running, fault)

    @contextmanager
    def running(self, kind: Kind, faults: Sequence[Fault]) -> Iterator[Running]:
        """Keep a stack of a kind, prepared for these faults."""
        with ExitStack() as exits:
            self._say(f"starting a {kind} stack")
            machine = exits.enter_context(MACHINES[kind](self.folder / kind.value))
            prepare(machine, [one for fault in faults for one in self._municipalities(fault)])
            replies = Replies(machine.environment["KAFKA_BOOTSTRAP_SERVERS"])
            replies.start()
            exits.callback(replies.stop)
            yield Running(machine, replies)

    def one(self, running: Running, fault: Fault) -> Result:
        """Inject one fault under load and compare."""
        self._say(f"{fault.name}: {fault.says}")
        told = Told(self.folder / "told" / f"{fault.name}.jsonl")
        name = f"{self.seed}/{fault.name}"
        plan = Plan(
            Random(f"{name}/plan"),
            f"{_place(fault):02d}",
            self._municipalities(fault),
            datetime.now(OSLO).date(),
            self.numbers,
        )
        imdi = Imdi(Sender(running.machine.environment["KAFKA_BOOTSTRAP_SERVERS"]), told)
        stage = Stage(running.machine, fault.name, Random(name), plan, told, imdi)
        drawn, probe = plan.cases(CASES), plan.probe()
        try:
            with load_of(stage, drawn, running.replies, self.patience) as load:
                return try_out(stage, fault, load, probe)
        finally:
            stage.close()
            told.close()

    def _municipalities(self, fault: Fault) -> Sequence[Municipality]:
        return self._country.of(_place(fault))

    def _say(self, words: str) -> None:
        self.tell(f"{datetime.now(OSLO):%H:%M:%S} {words}")


def pair(one: Fault, other: Fault) -> Fault:
    """Make a fault of two at once, on the stack that the more demanding of them needs."""
    stage = other.stage if one.stage is Kind.PLAIN else one.stage
    return Fault(
        name=f"{one.name}-and-{other.name}"[:40].rstrip("-"),
        group=one.group,
        says=f"{one.says}; at once: {other.says}",
        inject=both(one.inject, other.inject),
        stage=stage,
        tidy=both(one.tidy, other.tidy) if one.tidy and other.tidy else one.tidy or other.tidy,
        alarms=(*one.alarms, *other.alarms),
    )


def _place(fault: Fault) -> int:
    """Tell a fault's place in the list of all; a pair's is behind them all."""
    return FAULTS.index(fault) if BY_NAME.get(fault.name) is fault else len(FAULTS)
