"""How the invented owner brings together what colleagues save: as distribution does, in few lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.codes import ListChangeKind
from contracts.distribution.history import ChangedDecision, ListChangeState
from contracts.distribution.households import DraftSplit
from contracts.distribution.v1 import ApproveList, DraftDecision, SaveDecisions
from tests.browser.stage import world
from tests.browser.stage.world import OneList


@dataclass
class Drafts:
    """When each person, household and message was last changed, by list."""

    changed: dict[tuple[str, str], int] = field(default_factory=dict)

    def conflict(self, one: OneList, body: SaveDecisions) -> dict[str, str] | None:
        """Tell what both touched, as the refusal's parameters; None where nothing."""
        assert body.touched is not None
        before, after = _now(one), self._merged(one, body)
        both = [
            what
            for what in sorted(set(before) | set(after))
            if self.changed.get((one.state.list_id, what), 0) > body.expected_version
            and before.get(what) != after.get(what)
        ]
        told = {
            "running_numbers": ", ".join(what[1:] for what in both if what.startswith("p")),
            "households": ", ".join(what[1:] for what in both if what.startswith("h")),
            "message": "true" if "m" in both else "",
        }
        return {name: text for name, text in told.items() if text} or None

    def keep(self, one: OneList, body: SaveDecisions | ApproveList, version: int) -> ListChangeState:
        """Put what the form says on the list, and tell what that changed."""
        before, after = _now(one), self._merged(one, body)
        changed = {what for what in set(before) | set(after) if before.get(what) != after.get(what)}
        self.changed |= {(one.state.list_id, what): version for what in changed}
        decisions: list[DraftDecision] = [after[f"p{person.running_number}"] for person in one.persons]
        declined: dict[int, Any] = {
            said.running_number: (said.reason, said.reason_text or "") for said in decisions if not said.accept
        }
        world.decide(one, declined)
        splits = [split for what, split in sorted(after.items()) if what.startswith("h")]
        one.state = one.state.model_copy(update={"message": after["m"], "splits": splits})
        return self.change(
            one,
            version,
            ListChangeKind.APPROVED if isinstance(body, ApproveList) else ListChangeKind.SAVED,
            decisions=[
                ChangedDecision(running_number=said.running_number, accept=said.accept, reason=said.reason)
                for said in decisions
                if f"p{said.running_number}" in changed
            ],
            households=[int(what[1:]) for what in sorted(changed) if what.startswith("h")],
            message="m" in changed,
        )

    def change(self, one: OneList, version: int, kind: ListChangeKind, **what: Any) -> ListChangeState:
        """Make a step; who did it is filled in by whoever tells it."""
        return ListChangeState(
            list_id=one.state.list_id,
            municipality_id=one.state.municipality_id,
            version=version,
            kind=kind,
            by=world.act(world.now()),
            **what,
        )

    def _merged(self, one: OneList, body: SaveDecisions | ApproveList) -> dict[str, Any]:
        said = {
            "m": body.message,
            **{f"p{decision.running_number}": _draft(decision) for decision in body.decisions},
            **{f"h{split.household}": DraftSplit(**split.model_dump()) for split in body.splits},
        }
        touched = body.touched if isinstance(body, SaveDecisions) else None
        if touched is not None:
            named = {f"p{number}" for number in touched.persons} | {f"h{number}" for number in touched.households}
            said = {what: value for what, value in said.items() if what in named or (what == "m" and touched.message)}
        return _now(one) | said


def _draft(decision: DraftDecision) -> DraftDecision:
    return DraftDecision(**decision.model_dump())


def _now(one: OneList) -> dict[str, Any]:
    return {
        "m": one.state.message,
        **{f"p{person.running_number}": person.decision for person in one.persons},
        **{f"h{split.household}": split for split in one.state.splits},
    }
