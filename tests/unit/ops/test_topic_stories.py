"""Stories across topics, pace and moves: what is told of them, without a broker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.topics import DISTRIBUTION_EVENTS, GATEWAY, SERVICES
from ops.commands.doctor import together
from ops.commands.topic_lag import duration
from ops.doctor.findings import Finding, State
from ops.errors import UserError
from ops.topics import lag, names, registry, seek, trace
from ops.topics.lag import GroupLag, PartitionLag
from ops.topics.records import Record
from ops.topics.registry import Look, OnBroker
from ops.topics.seek import Move
from ops.topics.selecting import Selection, same_type
from ops.topics.trace import Step

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


def step(identity: str, cause: str = "", after: int = 0, subject: str = "FL-1", **more: object) -> Step:
    values: dict[str, object] = {
        "id": identity,
        "type": "distribution.x.v1",
        "subject": subject,
        "topic": "distribution.events.v1",
        "partition": 0,
        "offset": after,
        "at": NOW + timedelta(seconds=after),
        "correlation": "c",
        "causation": cause,
        "erased": False,
        "again": False,
    }
    return Step(**{**values, **more})  # type: ignore[arg-type]


def outline(steps: list[Step]) -> list[object]:
    return [(each.id, outline(each.effects)) if each.effects else each.id for each in steps]


def test_each_record_stands_under_its_cause() -> None:
    """Whatever order topics are read in, effects stand under what caused them, by time; the rest are roots."""
    steps = [step("d", "b", 4), step("c", "a", 3), step("a", "gone", 1), step("b", "a", 2), step("e", "", 5)]
    assert outline(trace.forest(steps)) == [("a", [("b", ["d"]), "c"]), "e"]


def test_records_that_contradict_each_other_are_all_told() -> None:
    """Two that name each other as the cause, and one that names itself, do not hide anything nor run for ever."""
    found = trace.forest([step("a", "b", 1), step("b", "a", 2), step("c", "c", 3)])

    def count(steps: list[Step]) -> int:
        return sum(1 + count(each.effects) for each in steps)

    assert count(found) == 3


def test_what_a_timer_did_stands_under_what_began_it() -> None:
    """A mail that was sent later, without a cause, is told under its notice; what is about a list is a root."""
    steps = [step("a", "", 1), step("notice", "a", 2, "n-1"), step("mail", "", 3, "n-1"), step("late", "", 4)]
    assert outline(trace.forest(steps)) == [("a", [("notice", ["mail"])]), "late"]


def test_what_was_told_again_is_left_out() -> None:
    """A record that was told again since somebody asked for it is no part of the story, unless it is asked for."""
    steps = [step("a", "", 1), step("a2", "a", 2, again=True)]
    assert outline(trace.forest(steps)) == ["a"]
    assert outline(trace.forest(steps, again=True)) == [("a", ["a2"])]


def test_many_of_a_kind_are_one_line() -> None:
    """Sixty persons' states are one line; a tombstone and what has effects of its own keep theirs."""
    effects = [step("1"), step("2"), step("3", erased=True), step("4", topic="other")]
    effects.append(step("5"))
    effects[4].effects = [step("6")]
    assert [(each.id, count) for each, count in trace.bundled(effects)] == [("1", 2), ("3", 1), ("4", 1), ("5", 1)]


def record(*headers: tuple[str, str], key: str = "k", value: bytes | None = b"{}") -> Record:
    return Record("t", 0, 0, NOW, key.encode(), [(name, text.encode()) for name, text in headers], value)


def test_a_list_is_known_by_its_records() -> None:
    """What is about a list has it, or a person of it, as the subject, or names it in its body; not one like it."""
    takes = trace.of_list("FL-2026-1")
    assert takes(record(("ce_subject", "FL-2026-1")))
    assert takes(record(("ce_subject", "FL-2026-1/2"), value=None))
    assert takes(record(("ce_subject", "n-1"), value=b'{"list_id": "FL-2026-1"}'))
    assert not takes(record(("ce_subject", "FL-2026-11"), value=b'{"list_id":"FL-2026-11"}'))


def test_a_selection_holds_all_its_conditions() -> None:
    """Key, type, subject, correlation and headers are all asked for; a correlation is also its first message's id."""
    one = record(
        ("ce_type", "distribution.list-received.v1"), ("ce_id", "m"), ("ce_subject", "FL-1"), ("own", "x"), key="k"
    )
    assert Selection(key="k", type="list-received", subject="FL-1", correlation="m", headers={"own": "x"}).takes(one)
    assert Selection(headers={"subject": "FL-1"}).takes(one)
    for other in (Selection(key="l"), Selection(type="list"), Selection(subject="FL-2"), Selection(correlation="n")):
        assert not other.takes(one)
    assert not Selection(headers={"own": "y"}).takes(one)
    assert Selection().everything


@pytest.mark.parametrize(("wanted", "is_it"), [("a.b.v1", True), ("a.b", True), ("b", True), ("a", False), ("", False)])
def test_a_type_may_be_written_short(wanted: str, *, is_it: bool) -> None:
    """A type is meant by its whole name, without its version, or by its last part."""
    assert same_type("a.b.v1", wanted) is is_it


@pytest.mark.parametrize(
    ("behind", "done", "new", "seconds"),
    [(0, 0.0, 5.0, 0.0), (100, 30.0, 10.0, 5.0), (100, 10.0, 10.0, None), (100, 0.0, 0.0, None)],
)
def test_a_group_catches_up_if_it_is_faster(behind: int, done: float, new: float, seconds: float | None) -> None:
    """The time to catch up is that of the difference between both paces; at the same pace there is none."""
    assert lag.eta(behind, done, new) == seconds


def test_a_groups_lag_is_that_of_its_partitions() -> None:
    """Sums are over the partitions, and the group has caught up when all of it has."""
    group = GroupLag(
        "g", "stable", 1, [PartitionLag("t", 0, 5, 15, 10, 4.0, 2.0), PartitionLag("t", 1, 5, 5, 0, 2.0, 2.0)]
    )
    assert (group.lag, group.rates, group.eta) == (10, (6.0, 4.0), 5.0)
    assert group.document()["partitions"][0]["caught_up_in_seconds"] == 5.0


def test_every_reader_of_the_registry_has_a_group() -> None:
    """Groups are named after their service and topic; operations and IMDi have groups of their own."""
    groups = lag.expected()
    assert groups["letters.distribution.events.v1"] == "distribution.events.v1"
    assert {group.split(".", 1)[0] for group in groups} == {*SERVICES, GATEWAY}


@pytest.mark.parametrize(("text", "kind"), [("beginning", "text"), ("end", "text"), ("17", "offset"), ("15m", "time")])
def test_where_to_is_a_word_an_offset_or_a_time(text: str, kind: str) -> None:
    """Each way to say where a group goes is understood as what it is."""
    found = seek.goal(text)
    assert {"offset": found.offset, "time": found.time, "text": found.text}[kind] not in (None, "")
    assert (found.offset is None) is (kind != "offset")


def test_what_a_move_skips_is_told() -> None:
    """Forward, offsets are skipped; back, read again; where there was no position, neither."""
    assert (Move("t", 0, 5, 9, 9).skipped, Move("t", 0, 5, 9, 9).again) == (4, 0)
    assert (Move("t", 0, 5, 2, 9).skipped, Move("t", 0, 5, 2, 9).again) == (0, 3)
    assert (Move("t", 0, None, 2, 9).skipped, Move("t", 0, None, 2, 9).again) == (0, 0)


def test_a_topics_name_may_lack_its_version() -> None:
    """With or without its version a topic is found; what is nearly one is proposed."""
    assert names.topic("imdi.requests") == names.topic("imdi.requests.v1") == "imdi.requests.v1"
    with pytest.raises(UserError, match=r"imdi\.requests\?"):
        names.topic("imdi.request")


def test_a_moment_is_so_long_ago_or_with_its_offset() -> None:
    """Fifteen minutes ago is counted from now; a time without an offset from UTC is refused."""
    assert names.moment("15m", "--since", NOW) == NOW - timedelta(minutes=15)
    assert names.moment("2026-01-02T13:00:00+01:00", "--since") == NOW
    with pytest.raises(UserError, match="needs its offset"):
        names.moment("2026-01-02T13:00:00", "--since")


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0.4 s"), (75, "1.2 min"), (7200, "2 h"), (315360000, "3650 d")])
def test_a_time_is_told_in_its_own_unit(seconds: float, text: str) -> None:
    """Seconds, minutes, hours or days: whichever says it best."""
    assert duration(seconds) == text


def on_broker(**changes: object) -> OnBroker:
    values: dict[str, object] = {"partitions": 6, "copies": 3, "lagging": 0, "config": dict(DISTRIBUTION_EVENTS.config)}
    values["config"] = {**DISTRIBUTION_EVENTS.config, "min.insync.replicas": "2"}
    return OnBroker(**{**values, **changes})  # type: ignore[arg-type]


def drift(there: OnBroker | None, brokers: int = 3, **others: OnBroker) -> set[str]:
    found = {**({} if there is None else {DISTRIBUTION_EVENTS.name: there}), **others}
    return {each.what for each in registry.drift(Look(brokers, found, None), topics=[DISTRIBUTION_EVENTS])}


def test_each_difference_from_the_registry_is_named() -> None:
    """Missing topics, other partitions, settings and copies are told; a topic of a foreign owner is none of ours."""
    assert drift(on_broker()) == set()
    assert drift(None) == {"topic"}
    assert drift(on_broker(partitions=3)) == {"partitions"}
    assert drift(on_broker(config={**DISTRIBUTION_EVENTS.config, "min.insync.replicas": "1"})) == {
        "min.insync.replicas"
    }
    assert drift(on_broker(config={"cleanup.policy": "delete", "min.insync.replicas": "2"})) == {"retention.ms"}
    assert drift(on_broker(copies=1)) == {"copies"}
    assert drift(on_broker(lagging=2)) == {"copies in step"}
    assert drift(on_broker(), **{"somebody.else": on_broker()}) == set()
    assert drift(on_broker(), **{"letters.old.v1": on_broker()}) == {"topic"}


def test_what_is_well_is_one_line_and_what_is_not_keeps_its_own() -> None:
    """Of one check all that is well is told together; what is bad stays by itself, in the order of the checks."""
    found = [
        Finding("a", "1", State.WELL, "x"),
        Finding("b", "1", State.WELL, "x"),
        Finding("a", "2", State.WELL, "x"),
        Finding("a", "3", State.BAD, "no", "do"),
    ]
    told = [(each.check, each.what, each.said) for each in together(found)]
    assert told == [("a", "2 of them", "1, 2"), ("a", "3", "no"), ("b", "1", "x")]
