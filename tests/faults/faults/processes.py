"""Faults of processes: killed, stopped, out of memory, started again, at every step of their work."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil

from tests.faults.fault import Fault, Group
from tests.faults.stage import Stage

FROZEN_SECONDS = 60.0
OUT_OF_MEMORY_SECONDS = 10.0
BURST = 150
HANDLED = (
    "municipality.distribution.events.v1.handled",
    "distribution.distribution.commands.v1.handled",
    "letters.distribution.events.v1.handled",
)


def _killed_before_sending(stage: Stage) -> None:
    for service in ("distribution", "municipality"):
        stage.strike(f"{service}.relay.read", "kill")


def _killed_before_deleting(stage: Stage) -> None:
    for service in ("distribution", "letters"):
        stage.strike(f"{service}.relay.sent", "kill")


def _killed_before_acknowledging(stage: Stage) -> None:
    for place in HANDLED:
        stage.strike(place, "kill")


def _killed_before_committing(stage: Stage) -> None:
    for place in ("distribution.imdi.distribution-lists.v1.applied", "notification.distribution.events.v1.applied"):
        stage.strike(place, "kill")


def _frozen_leader(stage: Stage) -> None:
    """Stop the leader with rows in its hands, let the other process lead, and wake the old leader up again."""
    with stage.replica("distribution") as replica:
        armed = stage.place("distribution.relay.read", "stop")
        stage.wait(lambda: armed.fired, "a leader that stops")
        pids = (replica.pid, stage.pid("distribution"))
        frozen = stage.wait(lambda: next(filter(is_stopped, pids), None), "a stopped process")
        try:
            stage.hold(FROZEN_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.kill(frozen, signal.SIGCONT)
        # Long enough for the old leader to try to send what it had in hand, while the other still leads.
        stage.hold(5)


def _terminated_mid_batch(stage: Stage) -> None:
    """Let a batch of many chunks begin, and ask the process to end after the first of them."""
    armed = stage.place("distribution.imdi.distribution-lists.v1.batch", "end")
    old = stage.pid("distribution")
    for _ in range(3):
        stage.imdi.publish_many(stage.plan.wrong_ones(BURST), expects="rejected")
        if armed.fired:
            break
    stage.wait(lambda: armed.fired, "a batch of more than one chunk")
    stage.wait(lambda: stage.pid("distribution") not in (None, old), "another distribution")


def _out_of_memory(stage: Stage) -> None:
    """Give a letters process that has made no letter yet no more memory than it began with, until it feels it.

    One that has made letters has room left over from them, and may feel nothing.
    """
    log = stage.machine.stack.layout.log("letters")
    for _ in range(2):
        stage.restart("letters")
        stage.wait_ready("letters")
        begin = log.stat().st_size
        letters = psutil.Process(stage.wait(lambda: stage.pid("letters"), "letters running"))
        before = resource.prlimit(letters.pid, resource.RLIMIT_AS)
        try:
            resource.prlimit(letters.pid, resource.RLIMIT_AS, (letters.memory_info().vms // 2, before[1]))
            stage.wait(partial(_felt_in, log, begin), "letters failing for want of memory")
            stage.hold(OUT_OF_MEMORY_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                resource.prlimit(letters.pid, resource.RLIMIT_AS, before)


def _felt_in(log: Path, begin: int) -> bool:
    """Whether a log tells of any of the ways in which a want of memory shows: threads cannot be made, nor objects."""
    with log.open("rb") as lines:
        lines.seek(begin)
        text = lines.read()
    return any(sign in text for sign in (b"MemoryError", b"store unavailable", b"memory allocation"))


def _gateway_killed(stage: Stage) -> None:
    for _ in range(2):
        stage.strike("gateway.command.sent", "kill")
        stage.wait_ready("gateway")


def _rolling(stage: Stage) -> None:
    for process in ("municipality", "notification", "letters", "gateway", "distribution"):
        stage.restart(process)


def is_stopped(pid: int | None) -> bool:
    """Whether a process stands still by SIGSTOP."""
    try:
        return pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


FAULTS: Sequence[Fault] = (
    Fault(
        "relay-killed-before-sending",
        Group.PROCESS,
        "SIGKILL between the commit and sending: distribution, municipality",
        _killed_before_sending,
        core=True,
    ),
    Fault(
        "relay-killed-before-deleting",
        Group.PROCESS,
        "SIGKILL between Kafka's acknowledgement and the deletion from the outbox: distribution, letters",
        _killed_before_deleting,
        core=True,
    ),
    Fault(
        "reader-killed-before-acknowledging",
        Group.PROCESS,
        "SIGKILL between a batch's commit and the commit of its offsets: municipality, distribution, letters",
        _killed_before_acknowledging,
        core=True,
    ),
    Fault(
        "reader-killed-before-committing",
        Group.PROCESS,
        "SIGKILL with a chunk handled and not committed: distribution, notification",
        _killed_before_committing,
    ),
    Fault(
        "relay-frozen",
        Group.PROCESS,
        f"SIGSTOP of the leading relay for {FROZEN_SECONDS:.0f} s with rows in its hands, a second replica beside it",
        _frozen_leader,
    ),
    Fault(
        "terminated-mid-batch",
        Group.PROCESS,
        "SIGTERM between two chunks of a batch: distribution",
        _terminated_mid_batch,
    ),
    Fault(
        "out-of-memory",
        Group.PROCESS,
        "No more memory for letters, twice, while PDFs are made",
        _out_of_memory,
    ),
    Fault(
        "gateway-killed",
        Group.PROCESS,
        "SIGKILL of the gateway with a command sent and nobody told, twice",
        _gateway_killed,
        core=True,
    ),
    Fault(
        "rolling-restart",
        Group.PROCESS,
        "Every service and the gateway started again in turn",
        _rolling,
    ),
)
