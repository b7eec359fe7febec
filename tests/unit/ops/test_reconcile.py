"""What a comparison finds, on invented marks, rows and records; and when it stops looking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest

from contracts.codes import NoticeKind
from contracts.envelope import EPOCH
from contracts.notification.v1 import NoticeState
from contracts.topics import BY_NAME, Kind as TopicKind
from ops.reconcile.compare import Finding, Kind, Mark, Side, Snapshot, compare
from ops.reconcile.databases import COPIED_FOLDERS, LEDGER_PLACES, LIST_PLACES, Queues
from ops.reconcile.entities import UNREADABLE, Check, Entity, Owner, digest
from ops.reconcile.owners import OWNERS
from ops.reconcile.report import Checked, Compared, Report
from ops.reconcile.run import FOLDERS, Comparison, Patience, settle

KEPT = Mark(3, held=b"a")
TOLD = Mark(3, held=b"a", whole=b"A")
SHOWN = Mark(3, whole=b"A")
AGREED = ({"x": KEPT}, {"x": TOLD}, {"x": SHOWN})


@pytest.mark.parametrize(
    ("kept", "told", "shown", "expected"),
    [
        pytest.param(KEPT, TOLD, SHOWN, [], id="all agree"),
        pytest.param(None, None, None, [], id="gone everywhere"),
        pytest.param(Mark(None, b"a"), TOLD, SHOWN, [], id="a database without the record's version"),
        pytest.param(
            KEPT,
            Mark(EPOCH + 3, b"a", b"A"),
            Mark(EPOCH + 3, whole=b"A"),
            [],
            id="an epoch is on the wire only",
        ),
        pytest.param(
            KEPT, None, None, [(Side.TOPIC, Kind.MISSING)], id="never told"
        ),
        pytest.param(
            None, TOLD, SHOWN, [(Side.TOPIC, Kind.EXTRA)], id="row gone from the database"
        ),
        pytest.param(
            Mark(4, b"b"), TOLD, SHOWN, [(Side.TOPIC, Kind.BEHIND)], id="topic behind"
        ),
        pytest.param(
            Mark(2, b"b"), TOLD, SHOWN, [(Side.DATABASE, Kind.BEHIND)], id="database restored to before"
        ),
        pytest.param(
            Mark(3, b"b"), TOLD, SHOWN, [(Side.TOPIC, Kind.DIFFERENT)], id="same version, other content"
        ),
        pytest.param(
            KEPT, TOLD, None, [(Side.READ_MODEL, Kind.MISSING)], id="not projected"
        ),
        pytest.param(
            None, None, SHOWN, [(Side.READ_MODEL, Kind.EXTRA)], id="shown though erased"
        ),
        pytest.param(
            KEPT, TOLD, Mark(2, whole=b"B"), [(Side.READ_MODEL, Kind.BEHIND)], id="read model behind"
        ),
        pytest.param(
            KEPT, TOLD, Mark(3, whole=b"B"), [(Side.READ_MODEL, Kind.DIFFERENT)], id="another body shown"
        ),
        pytest.param(
            KEPT, TOLD, Mark(4, whole=b"A"), [(Side.READ_MODEL, Kind.DIFFERENT)], id="read model ahead"
        ),
        pytest.param(
            Mark(3, UNREADABLE), TOLD, SHOWN, [(Side.TOPIC, Kind.DIFFERENT)], id="a row that is no state"
        ),
    ],
)  # fmt: skip
def test_each_difference_is_named(
    kept: Mark | None, told: Mark | None, shown: Mark | None, expected: list[tuple[Side, Kind]]
) -> None:
    """Missing, extra, behind and different are told apart, and where each shows."""
    places = [{} if mark is None else {"x": mark} for mark in (kept, told, shown)]
    assert list(compare(Snapshot(*places))) == [Finding("x", *one) for one in expected]


def test_what_the_read_model_does_not_show_is_not_missed_there() -> None:
    """Without a table in the read model, database and topic are compared alone."""
    assert list(compare(Snapshot({"x": KEPT}, {"x": TOLD}))) == []


def test_some_keys_can_be_compared_alone() -> None:
    """Only the keys that are asked for are looked at."""
    snapshot = Snapshot({"x": KEPT, "y": KEPT}, {}, {})
    assert [found.key for found in compare(snapshot, ["y"])] == ["y"]


def test_a_digest_sees_content_and_not_the_zone_it_is_written_in() -> None:
    """The same moment in another zone is the same; another moment, or an unreadable body, is not."""
    posted = datetime(2026, 11, 24, 12, tzinfo=UTC)
    notice = NoticeState(
        notice_id="n", municipality_id="k-0301", kind=NoticeKind.LIST_RECEIVED, list_id="FL-2026-1", posted_at=posted
    )  # fmt: skip
    elsewhere = notice.model_copy(update={"posted_at": posted.astimezone(timezone(timedelta(hours=1)))})
    later = notice.model_copy(update={"posted_at": posted + timedelta(microseconds=1)})
    assert digest(notice) == digest(elsewhere) != digest(later)
    assert digest(notice, ["list_id"]) == digest(later, ["list_id"])
    assert digest(None) == UNREADABLE


def test_every_state_message_is_compared_by_its_owner() -> None:
    """No state topic of the registry, and no message on one, is left out."""
    compared = {(entity.topic.name, entity.message) for owner in OWNERS for entity in owner.entities}
    told = {
        (topic.name, message)
        for topic in BY_NAME.values()
        if topic.kind is TopicKind.STATE
        for message in topic.messages
    }
    assert compared == told
    assert all(entity.topic.owner == owner.name for owner in OWNERS for entity in owner.entities)


class FakeDatabase:
    """Answers with what it is given; ``later`` replaces the rows once they are asked for by key."""

    def __init__(self, marks: dict[str, Mark], later: Mapping[str, Mark] | None = None, outbox: int = 0) -> None:
        self.marks, self.later, self.outbox = marks, later, outbox
        self.account = {"FL-1": (1, 2, 3)}
        self.copied: dict[str, Mark] = {}
        self.broken: list[str] = []

    def shown(self, _entity: Entity, keys: Sequence[str] | None = None) -> dict[str, Mark]:
        if keys is not None and self.later is not None:
            self.marks = dict(self.later)
        return {key: mark for key, mark in self.marks.items() if keys is None or key in keys}

    kept = shown

    def failing(self, _check: Check) -> list[str]:
        return self.broken

    def places(self, statement: str) -> dict[str, tuple[int, int, int]]:
        assert statement in {LEDGER_PLACES, LIST_PLACES}
        return self.account

    def copies(self, statement: str) -> dict[str, Mark]:
        assert statement == COPIED_FOLDERS
        return self.copied

    def queues(self) -> Queues:
        return Queues(self.outbox, 0, 0)


class FakeTopics:
    """Has all at once; ``later``: what comes with each further look."""

    def __init__(self, told: dict[str, Mark], later: Sequence[tuple[str, Mark]] = ()) -> None:
        self.told = {"notices": told}
        self.later = [*later]
        self.looks = 0

    def advance(self) -> set[tuple[str, str]]:
        self.looks += 1
        if self.looks == 1 or not self.later:
            return set()
        key, mark = self.later.pop(0)
        self.told["notices"][key] = mark
        return {("notices", key)}


def comparison(database: FakeDatabase, topics: FakeTopics, gateway: FakeDatabase) -> Comparison:
    """Compare one kind of thing of one owner."""
    entity = next(entity for owner in OWNERS for entity in owner.entities if entity.name == "notices")
    owner = Owner("notification", "", (entity,), (Check("it adds up", ""),))
    databases = dict.fromkeys(("notification", "municipality", "distribution", "letters"), database)
    snapshots = {"notices": Snapshot(dict(database.marks), topics.told["notices"]), FOLDERS: Snapshot({}, {})}
    found = Comparison([owner], databases | {"gateway": gateway}, topics, snapshots)  # type: ignore[arg-type]
    found.look()
    return found


HASTE = Patience(quiet=0.05, longest=10, pause=0)
ENDLESS = Patience(quiet=60, longest=10, pause=0)
"""For what ends by itself, or by the time that was given: a quiet moment never ends it."""


def test_what_is_on_its_way_is_no_difference() -> None:
    """A record that comes late, and its row in the read model, are waited for."""
    topics = FakeTopics({}, [("x", TOLD)])
    looked = comparison(FakeDatabase({"x": KEPT}), topics, FakeDatabase({}, later={"x": SHOWN}))
    assert looked.findings["notices"]
    assert settle(looked, ENDLESS, float("inf"), lambda _what: None) is False
    assert looked.report(moving=False, seconds=0).clean


def test_what_changes_while_one_looks_is_looked_at_too() -> None:
    """A key that agreed at first and moves meanwhile is compared again with all its places."""
    newer = Mark(4, held=b"b", whole=b"B")
    topics = FakeTopics({"x": TOLD, "y": TOLD}, [("x", newer)])
    rows = {"x": Mark(4, held=b"b"), "y": KEPT, "z": KEPT}
    database = FakeDatabase({"x": KEPT, "y": KEPT, "z": KEPT}, later=rows)
    looked = comparison(database, topics, FakeDatabase({"x": SHOWN, "y": SHOWN}, later={"x": Mark(4, whole=b"B")}))
    assert settle(looked, HASTE, float("inf"), lambda _what: None) is False
    assert looked.findings["notices"] == [Finding("z", Side.TOPIC, Kind.MISSING)]


def test_what_does_not_move_is_a_difference() -> None:
    """A difference that stays as it is ends the waiting and is reported."""
    looked = comparison(FakeDatabase({"x": KEPT}), FakeTopics({}), FakeDatabase({}))
    assert settle(looked, HASTE, float("inf"), lambda _what: None) is False
    assert looked.report(moving=False, seconds=0).compared[0].count(Kind.MISSING) == 1


def test_the_waiting_is_bounded() -> None:
    """Where something moves on and on, the time that was given ends it, and that is told."""
    endless = [("x", Mark(number, b"b", b"B")) for number in range(4, 100_000)]
    looked = comparison(FakeDatabase({"x": KEPT}), FakeTopics({"x": TOLD}, endless), FakeDatabase({"x": SHOWN}))
    looked.look_again()
    assert settle(looked, ENDLESS, 0, lambda _what: None) is True


def test_checks_and_queues_count_as_well() -> None:
    """A ledger that does not add up, places or folders that distribution does not know, an unsent row: not clean."""
    database = FakeDatabase(*AGREED[:1])
    assert comparison(database, FakeTopics(AGREED[1]), FakeDatabase(AGREED[2])).settled()
    database.broken = ["k-0301/2026"]
    looked = comparison(database, FakeTopics(AGREED[1]), FakeDatabase(AGREED[2]))
    assert not looked.settled()
    assert looked.report(moving=False, seconds=0).document()["checks"][0]["failing"] == ["k-0301/2026"]
    database.broken, database.copied = [], {"FL-1/1": KEPT}
    assert not comparison(database, FakeTopics(AGREED[1]), FakeDatabase(AGREED[2])).settled()
    database.copied, database.outbox = {}, 1
    assert not comparison(database, FakeTopics(AGREED[1]), FakeDatabase(AGREED[2])).settled()


@pytest.mark.parametrize("queues", [Queues(1, 0, 0), Queues(0, 1, 0), Queues(0, 0, 1)])
def test_whatever_waits_is_not_clean(queues: Queues) -> None:
    """Something to be sent, put aside or parked is told by the exit status."""
    compared = [Compared("letters", "letters", 1, 1, 1, [])]
    assert Report(compared, [Checked("municipality", "adds up", [])], {}, moving=False, seconds=0).clean
    assert not Report(compared, [], {"letters": queues}, moving=False, seconds=0).clean
