"""The rig sees what it is there to see: with a promise switched off, the same faults lead to findings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.audit.findings import Kind
from tests.faults.fault import Fault, Group
from tests.faults.machine import Kind as StackKind
from tests.faults.run import Run, Running
from tests.faults.stage import Stage
from tests.faults.trial import Result

PATIENCE_SECONDS = 25.0
"""What is lost does not come, however long clients wait."""


def _without_outbox(stage: Stage) -> None:
    """Kill distribution between the commit and sending, as the relay's fault does, but with nothing stored."""
    with stage.switch("no-outbox"):
        for _ in range(2):
            stage.strike("distribution.relay.read", "kill")
            stage.wait_ready("distribution")


def _acknowledging_first(stage: Stage) -> None:
    """Kill distribution with a batch that has come and is not handled, its offsets being committed already."""
    with stage.switch("ack-first"):
        for _ in range(2):
            stage.strike("distribution.imdi.distribution-lists.v1.taken", "kill")
            stage.wait_ready("distribution")


WITHOUT_OUTBOX = Fault("no-outbox", Group.PROCESS, "Nothing is stored to be sent; SIGKILL", _without_outbox)
ACKNOWLEDGING_FIRST = Fault("ack-first", Group.PROCESS, "Offsets come before the work; SIGKILL", _acknowledging_first)
PROVOKED = (ACKNOWLEDGING_FIRST, WITHOUT_OUTBOX)


@pytest.fixture(scope="module")
def run(scratch: Path) -> Run:
    """Make a run whose clients give up soon."""
    return Run(1, scratch / "rig", print, patience=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def running(run: Run) -> Iterator[Running]:
    """Keep a stack for both."""
    with run.running(StackKind.PLAIN, PROVOKED) as started:
        yield started


def _lost(result: Result) -> int:
    return sum(finding.kind is Kind.LOST for finding in result.findings)


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_acknowledging_first_is_seen_as_loss(run: Run, running: Running) -> None:
    """With offsets committed before the work, a killed reader loses lists, and the rig says so."""
    result = run.one(running, ACKNOWLEDGING_FIRST)
    assert not result.holds
    assert _lost(result) > 0, [str(finding) for finding in result.findings]


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_a_missing_outbox_is_seen_as_loss(run: Run, running: Running) -> None:
    """With nothing stored to be sent, a process killed after its commit loses records, and the rig says so."""
    result = run.one(running, WITHOUT_OUTBOX)
    assert not result.holds
    assert _lost(result) > 0, [str(finding) for finding in result.findings]
