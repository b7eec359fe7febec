"""Comparing until it is quiet: what is on its way is looked at again until it has arrived, or does not move."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from ops.reconcile import readmodel
from ops.reconcile.compare import Finding, Mark, Marks, Snapshot, compare
from ops.reconcile.databases import COPIED_FOLDERS, LEDGER_PLACES, LIST_PLACES, Database, Queues
from ops.reconcile.entities import Entity, Owner
from ops.reconcile.errors import CannotCompareError
from ops.reconcile.owners import OWNERS
from ops.reconcile.report import Checked, Compared, Report
from ops.reconcile.topics import StateTopics

GATEWAY = "gateway"
GATEWAY_DATABASE = "GATEWAY_DATABASE_URL"
KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
PLACES_CHECK = "a list's places are those of distribution's persons"
FOLDERS = "person folders"
COPIES_CHECK = "copies of person folders are those that are open"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to look, in seconds.

    quiet: without any change, after which a difference is believed. longest: in all. pause: between two looks.
    """

    quiet: float = 10.0
    longest: float = 60.0
    pause: float = 0.5


@dataclass
class Comparison:
    """One run over open databases and topics."""

    owners: Sequence[Owner]
    databases: Mapping[str, Database]
    topics: StateTopics
    snapshots: Mapping[str, Snapshot]
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    checked: list[Checked] = field(default_factory=list)
    queues: dict[str, Queues] = field(default_factory=dict)
    copied: Marks = field(default_factory=dict)
    """Letters' copies of person folders."""

    def look(self) -> None:
        """Compare everything, once."""
        self.topics.advance()
        for _owner, entity in self.entities():
            snapshot = self.snapshots[entity.name]
            if entity.read_model is not None:
                snapshot.shown = self.databases[GATEWAY].shown(entity)
            self.findings[entity.name] = sorted(compare(snapshot))
        self._look_at_the_rest()

    def look_again(self) -> None:
        """Compare anew what differed, and what has moved since."""
        keys: dict[str, set[str]] = {name: {found.key for found in held} for name, held in self.findings.items()}
        for name, key in self.topics.advance():
            keys[name].add(key)
        for owner, entity in self.entities():
            if again := sorted(keys[entity.name]):
                snapshot = self.snapshots[entity.name]
                _replace(snapshot.kept, again, self.databases[owner.name].kept(entity, again))
                if snapshot.shown is not None:
                    _replace(snapshot.shown, again, self.databases[GATEWAY].shown(entity, again))
                self.findings[entity.name] = sorted(compare(snapshot, again))
        self._look_at_the_rest()

    def settled(self) -> bool:
        """Whether nothing differs and nothing is to be sent."""
        unsent = any(queues.outbox for queues in self.queues.values())
        return not (unsent or any(self.findings.values()) or any(one.failing for one in self.checked))

    def state(self) -> object:
        """Give all that differs as it stands now: equal to an earlier one where nothing has moved."""
        marks = [
            (name, found, self.snapshots[name].sides(found.key))
            for name, held in self.findings.items()
            for found in held
        ]
        return marks, list(self.checked), dict(self.queues)

    def report(self, *, moving: bool, seconds: float) -> Report:
        """Give the result."""
        compared = [
            Compared(
                owner.name,
                entity.name,
                len(self.snapshots[entity.name].kept),
                len(self.snapshots[entity.name].told),
                None if entity.read_model is None else len(self.snapshots[entity.name].shown or {}),
                self.findings[entity.name],
            )
            for owner, entity in self.entities()
        ]
        return Report(compared, self.checked, self.queues, moving, seconds)

    def entities(self) -> Iterable[tuple[Owner, Entity]]:
        """List what is compared, with whose it is."""
        return ((owner, entity) for owner in self.owners for entity in owner.entities)

    def copied_apart(self) -> list[str]:
        """List the person folders that letters has and nobody tells of, or the other way round."""
        return sorted(self.copied.keys() ^ self.snapshots[FOLDERS].told.keys())

    def _look_at_the_rest(self) -> None:
        self.queues = {name: database.queues() for name, database in self.databases.items()}
        self.checked = [
            Checked(owner.name, check.name, self.databases[owner.name].failing(check))
            for owner in self.owners
            for check in owner.checks
        ]
        counted = self.databases["municipality"].places(LEDGER_PLACES)
        true = self.databases["distribution"].places(LIST_PLACES)
        apart = sorted(key for key in counted.keys() | true.keys() if counted.get(key) != true.get(key))
        self.checked.append(Checked("municipality", PLACES_CHECK, apart))
        self.copied = self.databases["letters"].copies(COPIED_FOLDERS)
        self.checked.append(Checked("letters", COPIES_CHECK, self.copied_apart()))
        shown = self.databases[GATEWAY]
        self.checked += [Checked(GATEWAY, check.name, shown.failing(check)) for check in readmodel.CHECKS]


def reconcile(
    variables: Mapping[str, str], patience: Patience, tell: Callable[[str], None] = lambda _what: None
) -> Report:
    """Compare all owners' databases, topics and the read model. Raises CannotCompareError.

    variables: where everything is, by the names the processes use. tell: hears what is being done.
    """
    with compared(variables, patience, tell) as (_comparison, report):
        return report


@contextmanager
def compared(
    variables: Mapping[str, str], patience: Patience, tell: Callable[[str], None]
) -> Iterator[tuple[Comparison, Report]]:
    """Compare as ``reconcile`` does; gives the comparison too, with its databases open. Raises CannotCompareError."""
    begun = time.monotonic()
    with ExitStack() as opened:
        databases = {}
        for name, variable in [*((owner.name, owner.database) for owner in OWNERS), (GATEWAY, GATEWAY_DATABASE)]:
            databases[name] = Database(name, _given(variables, variable))
            opened.callback(databases[name].close)
        tell("reading databases")
        kept = {one.name: databases[owner.name].kept(one) for owner in OWNERS for one in owner.entities}
        entities = [entity for owner in OWNERS for entity in owner.entities]
        topics = StateTopics(_given(variables, KAFKA), entities)
        opened.callback(topics.close)
        snapshots = {name: Snapshot(marks, topics.told[name]) for name, marks in kept.items()}
        comparison = Comparison(OWNERS, databases, topics, snapshots)
        tell("reading topics and read model")
        comparison.look()
        moving = settle(comparison, patience, begun + patience.longest, tell)
        yield comparison, comparison.report(moving=moving, seconds=time.monotonic() - begun)


def settle(comparison: Comparison, patience: Patience, end: float, tell: Callable[[str], None]) -> bool:
    """Look again until nothing differs or nothing moves. Returns whether it still moved when the time was up."""
    state, since = comparison.state(), time.monotonic()
    while not comparison.settled():
        now = time.monotonic()
        if now - since >= patience.quiet:
            return False
        if now >= end:
            return True
        tell("looking again at what differs")
        time.sleep(patience.pause)
        comparison.look_again()
        if (latest := comparison.state()) != state:
            state, since = latest, time.monotonic()
    return False


def _replace(marks: dict[str, Mark], keys: Sequence[str], found: Mapping[str, Mark]) -> None:
    for key in keys:
        marks.pop(key, None)
    marks.update(found)


def _given(variables: Mapping[str, str], name: str) -> str:
    value = variables.get(name)
    if not value:
        raise CannotCompareError(
            f"{name} is not set: start a stack with 'fordeling up', name its folder with --data-dir, or set it."
        )
    return value
