"""Every fault there is, in the order of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.faults.fault import Fault
from tests.faults.faults import kafka, messages, outside, postgres, processes, sending

FAULTS: Sequence[Fault] = (
    *processes.FAULTS,
    *kafka.FAULTS,
    *postgres.FAULTS,
    *messages.FAULTS,
    *outside.FAULTS,
    *sending.FAULTS,
)

BY_NAME: Mapping[str, Fault] = {fault.name: fault for fault in FAULTS}
assert len(BY_NAME) == len(FAULTS), "two faults have the same name"
