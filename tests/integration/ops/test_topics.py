"""``fordeling topics`` and ``fordeling doctor`` over a whole stack, as an operator uses them."""

from __future__ import annotations

import json
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from contracts.topics import MUNICIPALITY_REJECTIONS, TOPICS
from ops import kafka_client
from ops.embedded.waiting import wait_until
from ops.testing.stacks import RunningStack
from ops.topics.records import Range, Reading, Start
from tests.integration.ops.tampering import SETTLED
from tests.integration.ops.test_dead_letters import Told, command, one_line

pytestmark = pytest.mark.heavy

WHY = ("--why", "a test, case 1234", "--as", "Tester")
SECONDS = 60
Run = Callable[..., Told]


@pytest.fixture
def run(stack: RunningStack, answered: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run commands against a stack on whose topics six lists have left their traces."""
    assert answered
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: command(*arguments, "--data-dir", str(stack.data_dir))


@pytest.fixture
def bootstrap(stack: RunningStack) -> str:
    """Tell where the stack's Kafka is."""
    return stack.environment["KAFKA_BOOTSTRAP_SERVERS"]


@pytest.fixture
def moved(bootstrap: str) -> Iterator[str]:
    """Make a topic with five records in two partitions, and a group of its name that has read them all."""
    name = f"test.{secrets.token_hex(4)}"
    admin = AdminClient(kafka_client.options(bootstrap))
    [made] = admin.create_topics([NewTopic(name, 2, 1)]).values()
    made.result()
    producer = Producer(kafka_client.options(bootstrap))
    for number, partition in enumerate((0, 0, 0, 1, 1)):
        producer.produce(name, str(number), partition=partition)
    assert producer.flush(30) == 0
    commit(bootstrap, name, [TopicPartition(name, 0, 3), TopicPartition(name, 1, 2)])
    yield name
    [gone] = admin.delete_topics([name]).values()
    gone.result()


def consumer(bootstrap: str, group: str) -> Consumer:
    return Consumer(kafka_client.options(bootstrap, group_id=group, enable_auto_commit=False))


def commit(bootstrap: str, group: str, places: Sequence[TopicPartition]) -> None:
    with closing(consumer(bootstrap, group)) as reader:
        reader.commit(offsets=list(places), asynchronous=False)


def told(done: Told) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def lines(done: Told) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_topic_is_listed_and_described(run: Run) -> None:
    """The registry's topics are told with what the broker holds; one of them with messages, offsets and groups."""
    listed = told(run("topics", "list", "--json"))
    assert [one["topic"] for one in listed] == [topic.name for topic in TOPICS]
    assert {one["topic"]: one["offsets"] for one in listed}["imdi.distribution-lists.v1"] >= 6
    one = told(run("topics", "describe", "distribution.events", "--json"))
    assert "distribution.list-received.v1" in one["messages"]
    assert {"municipality.distribution.events.v1"} <= {group["group"] for group in one["groups"]}
    assert [place["partition"] for place in one["offsets"]] == list(range(6))
    assert one["drift"] == []


def test_what_differs_from_the_registry_is_told_and_mended(run: Run, bootstrap: str) -> None:
    """A topic whose retention somebody changed is named with both values; making the topics sets it right."""
    assert run("topics", "check").returncode == 0
    changed = ConfigEntry("retention.ms", "1000000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, MUNICIPALITY_REJECTIONS.name, incremental_configs=[changed])
    admin = AdminClient(kafka_client.options(bootstrap))
    [done] = admin.incremental_alter_configs([resource]).values()
    done.result()
    # What the controller has taken, the broker hears of a moment later.
    assert wait_until(lambda: run("topics", "check").returncode == 3, SECONDS)
    [drift] = json.loads(run("topics", "check", "--json").stdout)["drift"]
    assert (drift["topic"], drift["what"], drift["found"]) == (MUNICIPALITY_REJECTIONS.name, "retention.ms", "1000000")
    assert told(run("topics", "create", "--json"))["reconfigured"] == [MUNICIPALITY_REJECTIONS.name]
    assert wait_until(lambda: run("topics", "check").returncode == 0, SECONDS)


def test_records_are_found_by_what_they_are_about(run: Run) -> None:
    """Subject, type, key and header choose; the last so many are the newest, the oldest of them first."""
    of_list = lines(run("topics", "tail", "distribution.events", "--subject", SETTLED, "--json"))
    kinds = [one["headers"]["ce_type"].split(".")[1] for one in of_list]
    assert kinds[0] == "list-received"
    assert {"list-answered", "persons-placed", "person-settled"} <= set(kinds)
    assert [one["at"] for one in of_list] == sorted(one["at"] for one in of_list)
    answered = lines(
        run("topics", "tail", "distribution.events", "--subject", SETTLED, "--type", "list-answered", "--json")
    )
    assert len(answered) == 1
    header = f"type={answered[0]['headers']['ce_type']}"
    by_header = ("--key", answered[0]["key"], "--header", header, "--from-beginning", "--json")
    assert answered[0] in lines(run("topics", "tail", "distribution.events", *by_header))
    last = lines(run("topics", "tail", "distribution.events", "--last", "3", "--json"))
    everything = lines(run("topics", "tail", "distribution.events", "--from-beginning", "--json"))
    assert last == everything[-3:]
    since = everything[-2]["at"]
    assert lines(run("topics", "tail", "distribution.events", "--since", since, "--json"))[-2:] == everything[-2:]


def test_names_are_shown_for_a_kept_reason_only(run: Run, stack: RunningStack) -> None:
    """Masked, no person's name is told; unmasked it is, and who saw it and why is kept where nobody can change it."""
    tail = (
        "topics",
        "tail",
        "imdi.distribution-lists",
        "--subject",
        SETTLED,
        "--type",
        "publish-distribution-list",
        "--json",
    )
    assert "--why is missing" in one_line(run(*tail, "--unmask"))
    [whole] = lines(run(*tail, "--unmask", *WHY))
    people = [person["identity"] for person in whole["body"]["persons"]]
    masked = run(*tail)
    assert len(lines(masked)) == 1
    for name in ("given_name", "family_name", "duf_number"):
        assert not [person for person in people if str(person[name]) in masked.stdout]
    act = told(run("topics", "history", "--json"))[0]
    assert (act["act"], act["target"], act["reason"]) == ("shown", "imdi.distribution-lists.v1", "a test, case 1234")
    assert act["by"].startswith("Tester (")
    assert act["selection"]["subject"] == SETTLED
    with psycopg.connect(stack.environment["GATEWAY_DATABASE_URL"], autocommit=True) as connection:
        for change in ("UPDATE gateway.operator_act SET reason = 'another one'", "DELETE FROM gateway.operator_act"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(change.encode())


def test_what_cannot_be_kept_is_not_shown(run: Run, bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the database that keeps the reason, nothing is unmasked and no group is made: one line, status 2."""
    assert run("topics", "tail", "distribution.answers", "-n", "1").returncode == 0
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", bootstrap)
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "postgresql://gateway@127.0.0.1:1/gateway")
    shown = command("topics", "tail", "distribution.answers", "-n", "1", "--unmask", *WHY)
    assert (shown.returncode, "The database of gateway" in one_line(shown)) == (2, True)
    made = command("topics", "replay", "distribution.events", "--to-group", "ops.never", *WHY)
    assert (made.returncode, "The database of gateway" in one_line(made)) == (2, True)
    assert "There is no group" in one_line(command("topics", "lag", "ops.never"))


def test_following_gives_each_new_record_once(bootstrap: str, moved: str) -> None:
    """What comes while what is there is still read, and after it, is given once each and in its order."""
    with closing(Reading(bootstrap, Range([moved], Start()))) as reading:
        producer = Producer(kafka_client.options(bootstrap))
        producer.produce(moved, "5", partition=0)
        assert producer.flush(30) == 0
        assert sorted(record.value or b"" for record in reading.held()) == [b"0", b"1", b"2", b"3", b"4"]
        producer.produce(moved, "6", partition=0)
        assert producer.flush(30) == 0
        end, came = time.monotonic() + SECONDS, list[bytes | None]()
        for record in reading.new(lambda: len(came) == 2 or time.monotonic() > end):
            if record is not None:
                came.append(record.value)
        assert came == [b"5", b"6"]


def test_lag_is_told_for_each_group_and_partition(run: Run, bootstrap: str, moved: str) -> None:
    """What a group has not read is counted by partition; markers of transactions are not; too much is status 3."""
    [group] = told(run("topics", "lag", moved, "--over", "0", "--json"))
    assert (group["lag"], group["members"], group["caught_up_in_seconds"]) == (0, 0, 0.0)
    commit(bootstrap, moved, [TopicPartition(moved, 0, 1)])
    [group] = told(run("topics", "lag", moved, "--over", "0", "--json"))
    assert [(place["partition"], place["lag"]) for place in group["partitions"]] == [(0, 2), (1, 0)]
    assert group["caught_up_in_seconds"] is None
    assert run("topics", "lag", moved, "--over", "0", "--max", "1").returncode == 3
    assert run("topics", "lag", moved, "--over", "0", "--max", "2").returncode == 0

    def settled() -> bool:
        return not [each for each in told(run("topics", "lag", "municipality", "--over", "0", "--json")) if each["lag"]]

    assert wait_until(settled, SECONDS)
    [municipality] = told(run("topics", "lag", "municipality.distribution.events.v1", "--over", "0", "--json"))
    assert municipality["members"] >= 1


def test_only_a_stopped_group_is_moved(run: Run, bootstrap: str, moved: str) -> None:
    """A running group is refused; of a stopped one a dry run moves nothing, then each way to say where to is done."""
    with closing(consumer(bootstrap, moved)) as reader:
        reader.subscribe([moved])
        assert wait_until(lambda: reader.poll(0.2) is None and bool(reader.assignment()), SECONDS)
        refused = run("topics", "seek", moved, "--to", "beginning", "--yes", *WHY)
        assert (refused.returncode, f"The group {moved} runs (1 members)" in one_line(refused)) == (1, True)
    dry = told(run("topics", "seek", moved, "--to", "beginning", "--dry-run", "--json"))
    assert [(place["at"], place["to"], place["read_again"]) for place in dry["partitions"]] == [(3, 0, 3), (2, 0, 2)]
    assert positions(run, moved) == [3, 2]
    assert "--why is missing" in one_line(run("topics", "seek", moved, "--to", "end", "--yes"))
    for to, partition, expected in (
        ("beginning", (), [0, 0]),
        ("1", (), [1, 1]),
        ("end", ("-p", "1"), [1, 2]),
        ("1h", (), [0, 0]),
    ):
        options = [part for number in partition[1:] for part in ("--partition", number)]
        assert run("topics", "seek", moved, "--to", to, *options, "--yes", *WHY).returncode == 0
        assert positions(run, moved) == expected, to
    assert told(run("topics", "history", "--json"))[0]["target"] == moved
    for wrong, said in (
        (("nobody", "--to", "end"), "There is no group nobody"),
        ((moved, "--to", "x"), "--to: 'x' is neither"),
    ):
        assert said in one_line(run("topics", "seek", *wrong, "--dry-run"))


def positions(run: Run, group: str) -> list[int]:
    [found] = told(run("topics", "lag", group, "--over", "0", "--json"))
    return [place["committed"] for place in found["partitions"]]


def test_a_replay_has_no_effect(run: Run, tmp_path: Path) -> None:
    """A range goes masked to a file that is the owner's and cannot be published, or to a new group that nobody has."""
    file = tmp_path / "story.ndjson"
    chosen = ("--subject", SETTLED, "--to-file", str(file))
    count = told(run("topics", "replay", "imdi.distribution-lists", *chosen, "--json"))["records"]
    written = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(written) == count >= 1
    assert written[0]["data"]["persons"][0]["identity"]["family_name"] == "•••"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    published = run("publish", str(file), "--dry-run")
    assert (published.returncode, "fordelingreplay" in published.stderr) == (1, True)
    assert "is there already" in one_line(run("topics", "replay", "imdi.distribution-lists", *chosen))
    group = f"ops.{secrets.token_hex(4)}"
    to_group = ("topics", "replay", "distribution.events", "--since", "1h", *WHY, "--to-group")
    made = told(run(*to_group, group, "--json"))
    assert [place["to"] for place in made["partitions"]] == positions(run, group)
    assert "there is a group" in one_line(run(*to_group, group))
    assert "could be a service's own" in one_line(run(*to_group, "letters.new"))


def test_a_list_is_traced_across_all_topics(run: Run) -> None:
    """From IMDi's message through what each service did because of it, by the list's id and by a correlation id."""
    roots = told(run("topics", "trace", SETTLED, "--json"))
    published = roots[0]
    assert published["type"] == "imdi.publish-distribution-list.v1"
    kinds = {each["type"] for each in published["effects"]}
    assert {"distribution.list-received.v1", "distribution.list-state.v1", "distribution.person-state.v1"} <= kinds
    [received] = [each for each in published["effects"] if each["type"] == "distribution.list-received.v1"]
    assert {"municipality.places-moved.v1"} <= {each["type"] for each in received["effects"]}
    assert {"distribution.save-decisions.v1", "distribution.send-answer.v1"} <= {root["type"] for root in roots}
    by_correlation = told(run("topics", "trace", published["correlation"], "--json"))
    assert [root["type"] for root in by_correlation] == ["imdi.publish-distribution-list.v1"]
    shown = run("topics", "trace", SETTLED).stdout
    assert "imdi.publish-distribution-list" in shown
    assert " × distribution.person-state" in shown
    assert (run("topics", "trace", "FL-NOT-THERE").returncode, run("topics", "trace", "x y").returncode) == (1, 1)


def test_the_doctor_finds_a_sound_stack_well(run: Run) -> None:
    """Every kind of thing is looked at, and of a stack that works none is bad."""
    examined: dict[str, Any] = {}

    def well() -> bool:
        done = run("doctor", "--json")
        examined.update(json.loads(done.stdout))
        return done.returncode == 0 and "bad" not in {each["state"] for each in examined["findings"]}

    assert wait_until(well, SECONDS), examined  # who is busy may answer a look too late
    looked_at = {"environment", "processes", "broker", "topics", "groups", "database", "migrations", "roles", "clock"}
    assert looked_at | {"outbox", "dead letters", "decisions", "disk", "erasure"} == {
        each["check"] for each in examined["findings"]
    }
    assert {each["state"] for each in examined["findings"] if each["check"] == "erasure"} == {"well"}
    assert not [each for each in examined["findings"] if each["state"] in ("look", "bad") and not each["todo"]]
