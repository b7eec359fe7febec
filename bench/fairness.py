"""Does one municipality at a hundred times the load of the others make them wait? Measured on a stack of its own.

    python -m bench.fairness [--seconds 120] [--rate 0.02] [--factor 100] [--data-dir D]

Two dozen municipalities work through the API as their systems do: a list is published, waited for, approved and sent,
about ``rate`` times a second each. In every other phase one more is sent ``factor`` times as many lists, in bursts of a
second, and a command for each. What counts are ratios within the run: the p99 of published → visible and of Send svar →
receipt of the others, with that one loud over with it silent; told apart for those whose records share its partition.
How busy the cores were is told beside it: where they are full while it is silent, whatever comes on top makes all wait.
Exit status 1 where a ratio is above 2. With ``--data-dir``: on a running stack.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from uuid import UUID

import psutil
from confluent_kafka import Producer

from bench.system import PATIENCE, Client
from chassis.broker.kafka import partition_of
from contracts.codes import Role
from contracts.distribution.v1 import DraftDecision, SaveDecisions
from contracts.envelope import Envelope, encode_headers
from contracts.fields import Actor
from contracts.topics import DISTRIBUTION_COMMANDS, IMDI_LISTS
from ops import broker
from ops.demo.lists import distribution_list
from ops.demo.spread import DIVISION, OSLO as ZONE
from ops.inbound import Inbound
from ops.stack.opening import variables
from ops.testing.stacks import running_stack

QUIET = 24
SILENT, LOUD = "silent", "loud"
PHASES = (SILENT, LOUD, SILENT, LOUD)
VISIBLE, RECEIPT = "published → visible", "Send svar → receipt"
GOAL = 2.0
WARM_UP = 10.0


@dataclass
class Figures:
    """Milliseconds by what was measured, whether the noisy one was loud, and whether the partition was shared."""

    taken: dict[tuple[str, str, bool], list[float]] = field(default_factory=dict)
    busy: dict[str, list[float]] = field(default_factory=lambda: {SILENT: [], LOUD: []})
    """Percent of all cores, by phase."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, phase: str, shared: bool, seconds: float) -> None:
        with self.lock:
            self.taken.setdefault((name, phase, shared), []).append(seconds * 1000)

    def of(self, name: str, phase: str, shared: Sequence[bool] = (False, True)) -> list[float]:
        return [value for one in shared for value in self.taken.get((name, phase, one), [])]


@dataclass
class Bench:
    producer: Producer
    noisy: Client
    figures: Figures
    seed: int
    run: str
    phase: str = SILENT
    measuring: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    failed: list[str] = field(default_factory=list)

    def publish(self, random: Random, number: str, list_id: str) -> int:
        """Publish a list; returns how many are on it."""
        today = datetime.now(ZONE)
        body = distribution_list(random, municipality_number=number, persons=3, today=today.date(), list_id=list_id)
        message = Inbound(0, IMDI_LISTS, body)
        self.producer.produce(message.topic.name, message.value(), message.key, headers=dict(message.headers(today)))
        return len(body.persons)

    def work(self, client: Client, rate: float) -> None:
        """Work as a municipality does, one list after the other."""
        try:
            pauses, people = Random(f"{self.seed}/{client.number}"), Random(f"{self.seed}/{self.run}/{client.number}")
            shared = partition(client.number) == partition(self.noisy.number)
            due, count = time.monotonic() + pauses.uniform(0, 1 / rate), 0
            while not self.over.wait(max(0.0, due - time.monotonic())):
                due += pauses.uniform(0.5, 1.5) / rate
                self._one(client, people, f"FL-{self.run}-{client.number}-{count}", shared)
                count += 1
        except Exception as error:  # noqa: BLE001  told by the main thread
            self.failed.append(f"{client.number}: {type(error).__name__}: {error}")
            self.over.set()

    def _one(self, client: Client, people: Random, list_id: str, shared: bool) -> None:
        phase, measured = self.phase, self.measuring.is_set()
        begun = time.monotonic()
        self.publish(people, client.number, list_id)
        self.producer.flush(PATIENCE)
        found = client.shown(list_id)
        visible = time.monotonic() - begun
        decisions = [{"running_number": person["running_number"]} for person in found["persons"]]
        body = {"message": "", "decisions": decisions}
        version = client.write(list_id, "approval", found["version"], f"{list_id}-approve", body)
        begun = time.monotonic()
        client.write(list_id, "answer", version, f"{list_id}-send")
        receipt = time.monotonic() - begun
        if measured:
            self.figures.add(VISIBLE, phase, shared, visible)
            self.figures.add(RECEIPT, phase, shared, receipt)

    def shout(self, random: Random, per_second: int, seconds: float, index: int) -> str:
        """Publish in bursts of a second, and a command for each list of the burst before; returns the last list."""
        before: list[tuple[str, int]] = []
        begun = time.monotonic()
        for second in range(int(seconds)):
            for list_id, persons in before:
                self._command(random, list_id, persons)
            burst = [f"FL-{self.run}-N{index}-{second}-{number}" for number in range(per_second)]
            before = [(list_id, self.publish(random, self.noisy.number, list_id)) for list_id in burst]
            self.producer.flush(PATIENCE)
            self.over.wait(max(0.0, begun + second + 1 - time.monotonic()))
        return before[-1][0]

    def _command(self, random: Random, list_id: str, persons: int) -> None:
        municipality_id = f"k-{self.noisy.number}"
        body = SaveDecisions(
            list_id=list_id,
            municipality_id=municipality_id,
            expected_version=1,
            actor=Actor(user_id="bench", display_name="Bench", role=Role.SETTLEMENT_WRITER),
            decisions=[DraftDecision(running_number=number) for number in range(1, persons + 1)],
        )
        identity = str(UUID(int=random.getrandbits(128), version=4))
        envelope = Envelope(identity, "/fordeling/gateway", body.message_type, list_id, datetime.now(ZONE))
        value = body.model_dump_json().encode()
        headers: dict[str, str | bytes | None] = dict(encode_headers(envelope))
        self.producer.produce(DISTRIBUTION_COMMANDS.name, value, municipality_id, headers=headers)


def partition(number: str) -> int:
    return partition_of(number, IMDI_LISTS.partitions)


def measure(bench: Bench, clients: Sequence[Client], given: argparse.Namespace) -> None:
    """Alternate; a phase begins once what the one before has left is done."""
    workers = [threading.Thread(target=bench.work, args=(one, given.rate), daemon=True) for one in clients]
    for worker in workers:
        worker.start()
    bench.over.wait(WARM_UP)
    for index, phase in enumerate(PHASES):
        bench.phase = phase
        bench.measuring.set()
        if bench.over.is_set():
            break
        psutil.cpu_percent()  # from here
        if phase == LOUD:
            random = Random(f"{bench.seed}/{bench.run}/{index}")
            last = bench.shout(random, round(given.rate * given.factor), given.seconds, index)
            bench.measuring.clear()
            bench.figures.busy[phase].append(psutil.cpu_percent())
            begun = time.monotonic()
            bench.noisy.shown(last)
            print(f"loud: drained {time.monotonic() - begun:.1f} s after the last", file=sys.stderr)
        else:
            bench.over.wait(given.seconds)
            bench.measuring.clear()
            bench.figures.busy[phase].append(psutil.cpu_percent())
    bench.over.set()
    for worker in workers:
        worker.join(PATIENCE)
    if bench.failed:
        raise SystemExit("; ".join(bench.failed))


def report(figures: Figures, given: argparse.Namespace) -> bool:
    """Print the table and JSON; tells whether the goal is met for all."""
    print(f"{'milliseconds':34}{'tries':>9}{'p50 silent':>12}{'loud':>7}{'p99 silent':>12}{'loud':>7}{'ratio':>7}")
    table = {}
    for name in (VISIBLE, RECEIPT):
        for told, shared in (("all others", (False, True)), ("sharing its partition", (True,))):
            both = [figures.of(name, phase, shared) for phase in (SILENT, LOUD)]
            if min(len(values) for values in both) < 2:
                continue
            p50, p99 = ([_percentile(values, percent) for values in both] for percent in (50, 99))
            ratio = round(p99[1] / p99[0], 2)
            line = f"{f'{name}, {told}':43}"[:43] if shared == (True,) else f"{name:34}"
            tries = f"{len(both[0])}/{len(both[1])}"
            print(f"{line:34}{tries:>9}{p50[0]:12.0f}{p50[1]:7.0f}{p99[0]:12.0f}{p99[1]:7.0f}{ratio:7.2f}")
            table[f"{name}, {told}"] = {
                "tries": [len(values) for values in both], "p50": [round(value) for value in p50],
                "p99": [round(value) for value in p99], "ratio": ratio,
            }  # fmt: skip
    for phase, percent in figures.busy.items():
        print(f"cores busy, {phase}: {', '.join(f'{one:.0f} %' for one in percent)}")
    parameters = {"seconds": given.seconds, "rate": given.rate, "factor": given.factor, "seed": given.seed}
    outcome = {"parameters": parameters, "milliseconds": table, "busy_percent": figures.busy, "goal": GOAL}
    print(json.dumps(outcome, ensure_ascii=False))
    return all(table[f"{name}, all others"]["ratio"] <= GOAL for name in (VISIBLE, RECEIPT))  # type: ignore[operator]


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@contextmanager
def stack(data_dir: Path | None) -> Iterator[Mapping[str, str]]:
    if data_dir is not None:
        yield variables(data_dir)
        return
    folder = tempfile.TemporaryDirectory(prefix="fordeling-fairness-")
    with folder as path, running_stack(Path(path), "--no-demo") as running:
        yield running.environment


def chosen(seed: int, environment: Mapping[str, str]) -> list[Client]:
    """Choose municipalities: the noisy one first."""
    with DIVISION.open(encoding="utf-8", newline="") as rows:
        register = list(csv.DictReader(rows))
    picked = Random(seed).sample(register, QUIET + 1)
    address, issuer = environment["PUBLIC_URL"], environment["MASKINPORTEN_ISSUER"]
    return [Client(address, issuer, row["number"], row["organisation_number"]) for row in picked]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--data-dir", type=Path)
    arguments.add_argument("--seconds", type=float, default=120)
    arguments.add_argument("--rate", type=float, default=0.02)
    arguments.add_argument("--factor", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=2026)
    given = arguments.parse_args()
    with stack(given.data_dir) as environment:
        bootstrap = environment["KAFKA_BOOTSTRAP_SERVERS"]
        broker.check(bootstrap)
        producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 0})
        noisy, *others = chosen(given.seed, environment)
        bench = Bench(producer, noisy, Figures(), given.seed, f"{int(time.time()) % 10**6:06}")
        measure(bench, others, given)
    if not report(bench.figures, given):
        sys.exit(1)


if __name__ == "__main__":
    main()
