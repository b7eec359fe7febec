"""Lists and commands: what was published is there, what was accepted holds, what was refused has a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from tests.faults.audit.facts import Facts, ListFact
from tests.faults.audit.findings import Finding, Kind
from tests.faults.audit.history import Asked, History
from tests.faults.plan import Scenario

REJECTION = "distribution.rejection.v1"
CAME_SECOND = frozenset({"version-conflict", "already-answered", "wrong-status", "not-approved"})
EXPLAINED: Mapping[Scenario, frozenset[str]] = {
    Scenario.RACE: CAME_SECOND,
    Scenario.WITHDRAWN_MEANWHILE: frozenset({"list-withdrawn"}),
}
"""What a refusal may say, by scenario: elsewhere nobody is in anybody's way, so nothing is to be refused."""


def findings(found: Mapping[str, History], facts: Facts, scenarios: Mapping[str, Scenario]) -> Iterator[Finding]:
    """Yield what is wrong with lists and commands."""
    held_up = {one.subject for one in facts.parked} | {one.subject for one in facts.aside}
    rejected = returned(facts)
    for history in found.values():
        fact = facts.lists.get(history.list_id)
        if history.list_id in held_up:
            continue  # what waits is judged as stuck, not as lost
        names = {history.list_id, *(line.key for line in history.published)}
        yield from _publication(history, fact, was_rejected=bool(names & rejected))
        if fact is not None:
            yield from _commands(history, fact, scenarios.get(history.list_id))
            yield from _shown(history, fact, facts)


def returned(facts: Facts) -> set[str]:
    """Tell what came back: the ids of lists, and of messages of which no list could be read."""
    found = set()
    for record in facts.records:
        if record.type == REJECTION and record.value is not None:
            body = json.loads(record.value)
            found |= {str(body.get("list_id")), str(body.get("message_id"))}
    return found


def _publication(history: History, fact: ListFact | None, *, was_rejected: bool) -> Iterator[Finding]:
    if history.good:
        if was_rejected:
            yield Finding(Kind.UNEXPLAINED, history.list_id, "a valid list came back as rejected")
        elif fact is None:
            yield Finding(Kind.LOST, history.list_id, "published, and neither here nor rejected")
        elif frozenset(fact.persons) != history.persons:
            yield Finding(Kind.LOST, history.list_id, "its persons are others than those published")
        elif _is_withdrawn(history, fact) != (fact.status == "withdrawn"):
            told = "withdrawn" if history.withdrawn else "not withdrawn"
            yield Finding(Kind.LOST, history.list_id, f"was {told} by IMDi, and is {fact.status}")
    elif history.published:
        if fact is not None:
            yield Finding(Kind.UNEXPLAINED, history.list_id, "a wrong list was taken")
        if not was_rejected:
            yield Finding(Kind.LOST, history.list_id, "a wrong list was published and never came back")


def _is_withdrawn(history: History, fact: ListFact) -> bool:
    """Tell whether a list has to be withdrawn: whom the municipality has declined is nobody to take back."""
    nobody_left = fact.answered and not any(person.accept for person in fact.persons.values())
    return history.withdrawn and not nobody_left


def _commands(history: History, fact: ListFact, scenario: Scenario | None) -> Iterator[Finding]:
    explained = EXPLAINED.get(scenario, frozenset()) if scenario is not None else frozenset()
    for one in history.commands.values():
        yield from _outcome(history, one, fact, explained)
    if history.sent is True:
        yield from _answered(history, fact)
    elif history.sent is False and fact.answered:
        yield Finding(Kind.DOUBLED, history.list_id, "answered, though every sending was refused or none was asked for")
    sends = [one for one in history.asked("send") if one.accepted]
    if len(sends) > 1:
        yield Finding(Kind.DOUBLED, history.list_id, f"{len(sends)} sendings were accepted")


def _outcome(history: History, one: Asked, fact: ListFact, explained: frozenset[str]) -> Iterator[Finding]:
    about = f"{history.list_id} {one.action}"
    if not one.outcomes:
        yield Finding(Kind.SILENT, about, "its client was never told what became of it")
    if one.accepted and one.refused:
        yield Finding(Kind.DOUBLED, about, "told as accepted, and as refused")
    versions = {line.details["version"] for line in one.outcomes if line.details.get("version")}
    if one.accepted and len(versions) > 1:
        yield Finding(Kind.DOUBLED, about, f"told as accepted at versions {sorted(versions)}")
    if one.accepted and one.version is not None and one.version > fact.version:
        yield Finding(Kind.LOST, about, f"accepted at version {one.version}, the list is at {fact.version}")
    if unexplained := one.problems - explained:
        yield Finding(Kind.UNEXPLAINED, about, f"refused: {', '.join(sorted(unexplained))}")


def _answered(history: History, fact: ListFact) -> Iterator[Finding]:
    if not fact.answered:
        yield Finding(Kind.LOST, history.list_id, f"the answer was accepted, the list is {fact.status}")
        return
    approval = history.approval
    if approval is None:
        yield Finding(Kind.UNEXPLAINED, history.list_id, "answered without an approval that was accepted")
        return
    accepted = frozenset(number for number, person in fact.persons.items() if person.accept)
    declined = {number: str(person.reason) for number, person in fact.persons.items() if not person.accept}
    if (accepted, declined) != (approval.approves, approval.declines):
        yield Finding(Kind.LOST, history.list_id, "the decisions are not those that were approved")
    settled = {int(one.details["number"]) for one in history.asked("settle") if one.accepted}
    unsure = {int(one.details["number"]) for one in history.asked("settle") if not one.outcomes}
    for number in accepted:
        status = fact.persons[number].status
        wanted = "withdrawn" if history.withdrawn else "settled" if number in settled else "placed"
        if number not in unsure and status != wanted:
            yield Finding(Kind.LOST, f"{history.list_id}/{number}", f"is {status}")


def _shown(history: History, fact: ListFact, facts: Facts) -> Iterator[Finding]:
    shown = facts.shown.get(history.list_id)
    if shown is None:
        yield Finding(Kind.LOST, history.list_id, "is not shown")
        return
    accepted = frozenset(number for number, person in fact.persons.items() if person.accept)
    if (shown.version, shown.status, shown.accepted) != (fact.version, fact.status, accepted):
        yield Finding(
            Kind.DIFFERENT,
            history.list_id,
            f"is shown as {shown.status} at version {shown.version}, and is {fact.status} at {fact.version}",
        )
    if shown.on_page is not None and shown.on_page != fact.status:
        yield Finding(
            Kind.DIFFERENT, history.list_id, f"its page says {shown.on_page or 'nothing'}, it is {fact.status}"
        )
