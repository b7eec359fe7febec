"""The audit of one fault: the clients' ledger against the facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.audit import history, lists, outside, topics
from tests.faults.audit.facts import Facts
from tests.faults.audit.findings import Finding
from tests.faults.plan import Scenario
from tests.faults.told import Line


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found. sent: messages and commands that clients sent; applied: those that took effect, as is so.

    refused: with a reason that explains it; repeats: records that lie on a topic once more, known by their ids;
    unsure: mails of which nobody can know, and which say so.
    """

    sent: int
    applied: int
    refused: int
    repeats: int
    unsure: int
    findings: Sequence[Finding]


def audit(lines: Iterable[Line], facts: Facts, scenarios: Mapping[str, Scenario], writers: int) -> Audit:
    """Compare. ``writers``: how many people of each municipality are written to."""
    found = history.histories(lines)
    findings = [
        *lists.findings(found, facts, scenarios),
        *topics.findings(found, facts),
        *outside.findings(found, facts, writers),
    ]
    commands = [one for each in found.values() for one in each.commands.values()]
    published = {line.key for each in history.good(found) for line in each.published if each.list_id in facts.lists}
    back = lists.returned(facts)
    returned = [line for each in found.values() for line in each.published if {line.key, each.list_id} & back]
    return Audit(
        sent=len(history.keys(found)),
        applied=len(published) + sum(one.accepted for one in commands),
        refused=sum(one.refused for one in commands) + len(returned),
        repeats=topics.repeats(facts.records),
        unsure=sum(mail.state == "unsure" for mail in facts.mails),
        findings=findings,
    )
