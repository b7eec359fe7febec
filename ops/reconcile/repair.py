"""Repairing what a comparison found: owners tell again, or erase, what differs; then it is compared again.

Only owners' databases are believed. What is wrong inside one (a ledger that does not add up), what waits among dead
letters or was put aside, is not repaired here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.republishing.republish import Selection
from contracts.envelope import EPOCH
from ops import republish
from ops.errors import UserError
from ops.reconcile.compare import Mark
from ops.reconcile.entities import Entity
from ops.reconcile.errors import CannotCompareError
from ops.reconcile.report import Repaired, Report
from ops.reconcile.run import FOLDERS, Comparison, Patience, compared

ROUNDS = 3
"""The first tells again; those behind it also raise the epoch, where readers have seen higher versions."""

REPAIR_SECONDS = 600.0


@dataclass
class Plan:
    """What one service is to be asked for."""

    keys: set[str] = field(default_factory=set)
    strays: list[Mapping[str, Any]] = field(default_factory=list)
    least_epoch: int | None = None

    def add(self, entity: Entity, key: str, sides: Sequence[Mark | None], *, epoch: int, again: bool) -> None:
        """Add what differs. ``epoch``: the database's; ``again``: it was told again before, which did not help."""
        kept, told, shown = sides
        seen = max((mark.sequence or 0 for mark in (told, shown) if mark is not None), default=0)
        self.keys.add(key)
        if kept is None:
            record = {"topic": entity.topic.name, "type": entity.message.message_type, "key": key, "sequence": seen}
            self.strays.append(record)
        ahead = kept is not None and kept.sequence is not None and seen > epoch * EPOCH + kept.sequence
        if ahead or again:
            self.least_epoch = max(self.least_epoch or 0, seen // EPOCH + 1)


def plan(comparison: Comparison, *, again: bool) -> dict[str, Plan]:
    """Tell what each service has to do about the findings. ``again``: it has told them again, and they differ still."""
    plans: dict[str, Plan] = {}
    for owner, entity in comparison.entities():
        epoch = comparison.databases[owner.name].epoch()
        snapshot = comparison.snapshots[entity.name]
        for finding in comparison.findings[entity.name]:
            sides = snapshot.sides(finding.key)
            plans.setdefault(owner.name, Plan()).add(entity, finding.key, sides, epoch=epoch, again=again)
        if entity.name == FOLDERS:
            # What the owner tells stands; only in a later epoch does a reader that has passed it by take it.
            for key in comparison.copied_apart():
                sides = *snapshot.sides(key)[:2], comparison.copied.get(key)
                plans.setdefault(owner.name, Plan()).add(entity, key, sides, epoch=epoch, again=True)
    return plans


def repair(
    variables: Mapping[str, str], patience: Patience, tell: Callable[[str], None] = lambda _what: None
) -> Report:
    """Compare, have repaired what differs, and compare again. Raises CannotCompareError."""
    done: list[Repaired] = []
    for number in range(ROUNDS + 1):
        with compared(variables, patience, tell) as (comparison, report):
            plans = plan(comparison, again=number > 0)
        if not plans or number == ROUNDS:
            break
        done += _carry_out(variables, plans, tell)
    return report.after(done)


def _carry_out(
    variables: Mapping[str, str], plans: Mapping[str, Plan], tell: Callable[[str], None]
) -> Iterator[Repaired]:
    try:
        asked = {name: republish.ask(variables, name, _asked(each)) for name, each in plans.items()}
        for name, number in asked.items():
            tell(f"{name} repairs")
            outcome = republish.follow(variables, name, number, REPAIR_SECONDS, lambda _now: None)
            if outcome.error:
                raise CannotCompareError(f"{name} could not tell again what differs: {outcome.error}; its log has more")
            yield Repaired(name, outcome.told, outcome.erased, plans[name].least_epoch)
    except UserError as error:
        raise CannotCompareError(str(error)) from None


def _asked(each: Plan) -> republish.Asked:
    strays: Sequence[Mapping[str, Any]] = each.strays
    return republish.Asked(Selection(keys=sorted(each.keys)), each.least_epoch, strays)
