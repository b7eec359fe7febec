"""The result of a comparison, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ops.reconcile.compare import Finding, Kind
from ops.reconcile.databases import Queues


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of thing: how many there are in each place (``shown`` None: not in the read model), what differs."""

    service: str
    entity: str
    kept: int
    told: int
    shown: int | None
    findings: Sequence[Finding]

    def count(self, kind: Kind) -> int:
        """Count findings of one kind."""
        return sum(finding.kind is kind for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Checked:
    """Something that must hold, and the keys for which it does not."""

    service: str
    name: str
    failing: Sequence[str]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a service told again and erased; ``epoch``: what it was raised to at least, None where it was not."""

    service: str
    told: int
    erased: int
    epoch: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything. ``moving``: it was still changing when the time was up. ``seconds``: how long it took."""

    compared: Sequence[Compared]
    checked: Sequence[Checked]
    queues: Mapping[str, Queues]
    moving: bool
    seconds: float
    repaired: Sequence[Repaired] = ()

    def after(self, repaired: Sequence[Repaired]) -> Report:
        """Give this result as the one that repairing led to."""
        return replace(self, repaired=tuple(repaired))

    @property
    def clean(self) -> bool:
        """Whether all agree, all holds, and nothing waits anywhere."""
        waiting = any(queues.outbox or queues.aside or queues.parked for queues in self.queues.values())
        return not (waiting or any(one.findings for one in self.compared) or any(one.failing for one in self.checked))

    def document(self) -> dict[str, Any]:
        """Write it as JSON's values, with the key of every finding."""
        return {
            "clean": self.clean,
            "moving": self.moving,
            "seconds": round(self.seconds, 2),
            "repaired": [
                {"service": one.service, "told": one.told, "erased": one.erased, "epoch": one.epoch}
                for one in self.repaired
            ],
            "entities": [
                {
                    "service": one.service,
                    "entity": one.entity,
                    "in_database": one.kept,
                    "on_topic": one.told,
                    "in_read_model": one.shown,
                    **{kind.value: one.count(kind) for kind in Kind},
                    "findings": [
                        {"key": found.key, "where": found.side.value, "what": found.kind.value}
                        for found in one.findings
                    ],
                }
                for one in self.compared
            ],
            "checks": [
                {"service": one.service, "check": one.name, "failing": list(one.failing)} for one in self.checked
            ],
            "queues": {
                name: {"outbox": queues.outbox, "aside": queues.aside, "parked": queues.parked}
                for name, queues in self.queues.items()
            },
        }
