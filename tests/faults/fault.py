"""What a fault is: something that breaks, holds for a while and heals, while clients go on with their work."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.machine import Kind
from tests.faults.stage import Stage

Step = Callable[[Stage], None]


class Group(StrEnum):
    """Where a fault strikes."""

    PROCESS = "process"
    KAFKA = "kafka"
    POSTGRES = "postgres"
    MESSAGES = "messages"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    name: small letters, digits, hyphens: as it is named on the command line. says: a line for the table and the report.
    inject: runs in a thread of its own while the load goes on. It breaks, holds and heals, is bounded by itself, and
        returns once all is healed that it broke. What the supervisor starts again by itself needs no healing.
        Raises where it could not do what it is to do: a fault that did not happen is a failed run.
    core: in the core set. stage: the kind of stack it needs.
    tidy: puts away what the fault left on purpose (discards its poison, redrives what waits behind it); runs after
        stuck messages were looked at and before all is compared.
    alarms: regular expressions; each has to be found in an alarm (see ``Stage.alarms``), else the fault went unseen.
    """

    name: str
    group: Group
    says: str
    inject: Step
    core: bool = False
    stage: Kind = Kind.PLAIN
    tidy: Step | None = None
    alarms: Sequence[str] = ()

    def __post_init__(self) -> None:
        assert re.fullmatch(r"[a-z0-9-]{3,40}", self.name), self.name
        for pattern in self.alarms:
            re.compile(pattern)
