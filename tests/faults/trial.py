"""One fault from its beginning to its result: load, fault, quiet, comparison."""

from __future__ import annotations

import re
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from contracts.topics import TOPICS, Kind as TopicKind
from tests.faults import operators, topics
from tests.faults.audit.audit import Audit, audit
from tests.faults.audit.findings import Finding, Kind
from tests.faults.audit.gather import aside, differing, gather, parked
from tests.faults.audit.outside import waiting
from tests.faults.fault import Fault, Step
from tests.faults.load import Load
from tests.faults.plan import Case
from tests.faults.preparing import WRITERS
from tests.faults.quiet import until_quiet
from tests.faults.stage import Stage

WARM_UP_SECONDS = 2.0
AFTERWARDS_SECONDS = 1.0
"""For how long the load goes on before a fault strikes, and after all is well again."""
INJECT_SECONDS = 240.0
FAILURES = [topic.name for topic in TOPICS if topic.kind is TopicKind.FAILURES]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one fault. lists: that went to their end; broken_off: those that did not.

    held_seconds: how long it lasted. recovery_seconds: from its end until a list had gone from IMDi to its answer; None
    where none did. quiet_seconds: from the end of the load until nothing moved any more.
    """

    fault: Fault
    audit: Audit
    findings: Sequence[Finding]
    alarms: int
    lists: int
    broken_off: int
    held_seconds: float
    recovery_seconds: float | None
    quiet_seconds: float
    total_seconds: float

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""
        return not any(finding.breaks for finding in self.findings)


def try_out(stage: Stage, fault: Fault, load: Load, probe: Case) -> Result:
    """Inject the fault while the load goes on, and compare."""
    began, start = time.monotonic(), topics.ends(stage.bootstrap)
    load.start()
    stage.hold(WARM_UP_SECONDS)
    struck = time.monotonic()
    findings = _done(stage, fault.inject, "inject", INJECT_SECONDS)
    healed = time.monotonic()
    recovered = load.desks[probe.municipality.id].do(probe)
    recovery = time.monotonic() - healed
    if not recovered:
        findings.append(Finding(Kind.SILENT, probe.list_id, "a list that came afterwards was not answered"))
    stage.hold(AFTERWARDS_SECONDS)
    load.stop(2 * load.patience)
    quiet = until_quiet(stage, load.patience)
    waiting = _announced(stage, start)
    findings += waiting
    tidy = fault.tidy or (operators.redrive_all if waiting else None)
    if tidy is not None:
        findings += _done(stage, tidy, "tidy", INJECT_SECONDS)
        quiet = replace(quiet, left=until_quiet(stage).left)
    load.ask_again()  # what waited for operations has its outcome only now
    facts = replace(gather(stage, load, start, quiet.left), differing=differing(stage))
    known = [*load.cases, probe]
    found = audit(
        stage.told.lines(),
        facts,
        {case.list_id: case.scenario for case in known},
        WRITERS,
    )
    alarms = stage.alarms()
    findings += [*found.findings, *_clients(load), *_unseen(fault, [alarm.text() for alarm in alarms])]
    return Result(
        fault,
        found,
        list(dict.fromkeys(findings)),
        len(alarms),
        len(load.done),
        len(load.broken_off),
        held_seconds=healed - struck,
        recovery_seconds=recovery if recovered else None,
        quiet_seconds=quiet.seconds,
        total_seconds=time.monotonic() - began,
    )


def both(one: Step, other: Step) -> Step:
    """Give a step that does two at once."""

    def inject(stage: Stage) -> None:
        errors: list[BaseException] = []

        def run(step: Step) -> None:
            try:
                step(stage)
            except BaseException as error:  # noqa: BLE001 - told by the thread that waits
                errors.append(error)

        threads = [threading.Thread(target=run, args=(step,), daemon=True) for step in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    return inject


def _done(stage: Stage, step: Step, name: str, seconds: float) -> list[Finding]:
    """Do a step in a thread of its own, bounded; tells what went wrong with it."""
    failures: list[Finding] = []

    def run() -> None:
        try:
            step(stage)
        except Exception:  # noqa: BLE001 - a fault that did not happen is a failed run, and is told as one
            failures.append(Finding(Kind.RIG, name, traceback.format_exc(limit=-4)))

    thread = threading.Thread(target=run, daemon=True, name=f"{name} {stage.name}")
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        failures.append(Finding(Kind.RIG, name, f"has not ended within {seconds:.0f} s"))
    return failures


def _announced(stage: Stage, start: topics.Marks) -> list[Finding]:
    """Tell what waits for a human before it is put away, and whether one was told."""
    records = topics.read(stage.bootstrap, start, FAILURES)
    return list(waiting(list(parked(stage, records)), list(aside(stage))))


def _clients(load: Load) -> Iterator[Finding]:
    for error in load.errors:
        yield Finding(Kind.RIG, "load", error)


def _unseen(fault: Fault, alarms: Sequence[str]) -> Iterator[Finding]:
    for pattern in fault.alarms:
        if not any(re.search(pattern, alarm) for alarm in alarms):
            yield Finding(Kind.UNSEEN, fault.name, f"no alarm matches {pattern}")
