"""Faults of processes: killed, stopped, out of memory, started again, at every step of their work."""

from __future__ import annotations

from collections.abc import Sequence

from tests.faults.fault import Fault, Group
from tests.faults.stage import Stage


def _killed_before_sending(stage: Stage) -> None:
    for _ in range(2):
        stage.strike("distribution.relay.read", "kill")


FAULTS: Sequence[Fault] = (
    Fault(
        "relay-killed-before-sending",
        Group.PROCESS,
        "SIGKILL between the commit and sending, twice",
        _killed_before_sending,
        core=True,
    ),
)
