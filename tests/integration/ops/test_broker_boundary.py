"""The broker as a boundary: everybody tries what is not theirs, and a whole stack runs with no more than its rights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from contracts.access import PRINCIPALS, Operation, Resource, Right, readers
from contracts.topics import DISTRIBUTION_ANSWERS, DISTRIBUTION_COMMANDS, GATEWAY, IMDI, SERVICES, TOPICS, Topic
from ops.embedded.waiting import wait_until
from ops.testing.stacks import RunningStack, fordeling, running_stack
from ops.topics.access import PRINCIPAL, binding
from tests.integration.ops.secured import Secured, secured_kafka
from tests.integration.ops.systems import System

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]

SECONDS = 60.0
LIST, STAVANGER = "FL-2026-770001", "964965226"


@contextmanager
def held_to_rights(folder: Path) -> Iterator[Secured]:
    """Start a broker with our topics and the rights that the registry asks for, both given by the command line."""
    with secured_kafka(folder) as broker:
        operations = broker.variables("operations")
        for command in ("create", "access"):
            done = fordeling("topics", command, environment=operations)
            assert done.returncode == 0, done.stderr
        assert wait_until(lambda: _agrees(operations), SECONDS)
        yield broker


@pytest.fixture(scope="module")
def secured(scratch: Path) -> Iterator[Secured]:
    """Start one on which whatever is tried."""
    with held_to_rights(scratch / "boundary") as broker:
        yield broker


@pytest.fixture(scope="module")
def clean(scratch: Path) -> Iterator[Secured]:
    """Start one that has only what processes of ours write."""
    with held_to_rights(scratch / "clean") as broker:
        yield broker


def _agrees(operations: Mapping[str, str]) -> bool:
    told = json.loads(fordeling("topics", "check", "--json", environment=operations).stdout)
    return bool(told["agree"] and told["rights_checked"])


def client(secured: Secured, who: str, **more: Any) -> dict[str, Any]:
    given = {"bootstrap.servers": secured.bootstrap_servers, "log_level": 0, **secured.security(who)}
    return given | {name.replace("_", "."): value for name, value in more.items()}


def written(secured: Secured, who: str) -> set[str]:
    """Try to write each topic. Returns those that took the record; the others have refused it for want of a right."""
    outcomes = dict[str, KafkaError | None]()
    producer = Producer(client(secured, who))
    for topic in TOPICS:
        producer.produce(
            topic.name, b"{}", "k", on_delivery=lambda error, _, name=topic.name: outcomes.update({name: error})
        )
    assert producer.flush(SECONDS) == 0
    assert {error.name() for error in outcomes.values() if error is not None} <= {"TOPIC_AUTHORIZATION_FAILED"}
    return {name for name, error in outcomes.items() if error is None}


def read(secured: Secured, who: str) -> set[str]:
    """Try to read each topic's first partition. Returns those that gave it.

    Who has no right at all on a topic is not told where it is; who may write it is refused when fetching.
    """
    consumer = Consumer(client(secured, who, group_id=f"{who}.test", enable_partition_eof=True))
    found = {topic.name: consumer.list_topics(topic.name, timeout=SECONDS).topics[topic.name].error for topic in TOPICS}
    assert {error.name() for error in found.values() if error is not None} <= {"TOPIC_AUTHORIZATION_FAILED"}
    told = {name for name, error in found.items() if error is None}
    consumer.assign([TopicPartition(name, 0, OFFSET_BEGINNING) for name in told])
    allowed, refused = set[str](), set[str]()

    def heard() -> bool:
        for record in consumer.consume(100, timeout=0.5):
            error, name = record.error(), record.topic()
            if error is None or error.code() == KafkaError._PARTITION_EOF:
                allowed.add(name)
            elif error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                refused.add(name)
        return allowed | refused == told

    assert wait_until(heard, SECONDS), told - allowed - refused
    consumer.close()
    assert not allowed & refused
    return allowed


@pytest.mark.parametrize("who", PRINCIPALS)
def test_topics_are_written_and_read_by_their_own_only(secured: Secured, who: str) -> None:
    """Each writes the topics it produces and reads those it consumes or owns states on; every other try is refused."""
    assert written(secured, who) == {topic.name for topic in TOPICS if who in topic.producers}
    assert read(secured, who) == {topic.name for topic in TOPICS if who in readers(topic)}


@pytest.mark.parametrize("who", PRINCIPALS)
def test_nobody_reads_in_anothers_name_or_ends_anothers_transactions(secured: Secured, who: str) -> None:
    """A group and a transactional id are their owner's: a foreign one could move its place, or fence its relay."""
    admin = AdminClient(client(secured, who))
    for owner in PRINCIPALS:
        place = TopicPartition(_readable(who).name, 0, 0)
        group = ConsumerGroupTopicPartitions(f"{owner}.{TOPICS[0].name}", [place])
        [asked] = admin.alter_consumer_group_offsets([group], request_timeout=SECONDS).values()
        try:
            asked.result()
            outcome = "allowed"
        except KafkaException as error:
            outcome = error.args[0].name()
        assert outcome == ("allowed" if who == owner else "GROUP_AUTHORIZATION_FAILED"), owner
    for owner in (*SERVICES, GATEWAY):
        producer = Producer(client(secured, who, transactional_id=f"{owner}.outbox"))
        try:
            producer.init_transactions(SECONDS)
            outcome = "allowed"
        except KafkaException as error:
            outcome = error.args[0].name()
        assert outcome == ("allowed" if who == owner else "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"), owner


def _readable(who: str) -> Topic:
    return next(topic for topic in TOPICS if who in topic.consumers)


@pytest.mark.parametrize("who", PRINCIPALS)
def test_nobody_changes_the_broker(secured: Secured, who: str) -> None:
    """Topics are made and rights are given by operations alone: a process that is taken over stays where it was."""
    admin = AdminClient(client(secured, who))
    [asked] = admin.create_topics([NewTopic("imdi.mine.v1", 1, 1)]).values()
    with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
        asked.result()
    [deleted] = admin.delete_topics([_readable(who).name]).values()
    with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
        deleted.result()
    refused = fordeling("topics", "access", "--prune", environment=secured.variables(who))
    assert refused.returncode != 0
    assert "uthorization" in refused.stderr
    assert _agrees(secured.variables("operations"))


def test_a_right_too_many_is_taken(secured: Secured) -> None:
    """What was given beside the registry is told by ``check``, left by ``access``, and taken by ``access --prune``."""
    operations = secured.variables("operations")
    admin = AdminClient(client(secured, "operations"))
    too_much = binding(Right(IMDI, Resource.TOPIC, DISTRIBUTION_COMMANDS.name, Operation.WRITE), PRINCIPAL)
    [asked] = admin.create_acls([too_much]).values()
    asked.result()
    assert wait_until(lambda: not _agrees(operations), SECONDS)
    left = fordeling("topics", "access", environment=operations)
    assert "User:imdi WRITE TOPIC distribution.commands.v1" in left.stderr
    assert wait_until(lambda: DISTRIBUTION_COMMANDS.name in written(secured, IMDI), SECONDS)
    assert fordeling("topics", "access", "--prune", environment=operations).returncode == 0
    assert wait_until(lambda: _agrees(operations), SECONDS)
    assert wait_until(lambda: DISTRIBUTION_COMMANDS.name not in written(secured, IMDI), SECONDS)


@pytest.fixture(scope="module")
def over_it(clean: Secured, scratch: Path) -> Iterator[RunningStack]:
    """Run a whole stack on that broker, each process signed in under its own name."""
    signed_in = clean.variables("operations")
    for name in (*SERVICES, GATEWAY):
        own = clean.variables(name)
        signed_in |= {f"{name.upper()}_{key}": own[key] for key in ("KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD")}
    with running_stack(scratch / "over-it", "--no-demo", environment=signed_in) as started:
        yield started


def test_a_whole_stack_needs_no_more(clean: Secured, over_it: RunningStack) -> None:
    """With these rights alone IMDi publishes, a municipality answers, letters are made, and all agree afterwards."""
    where = ("--data-dir", str(over_it.data_dir))
    message = over_it.data_dir / "list.json"
    message.write_text(fordeling("demo", "list", "--municipality", "1103", "--persons", "2", "--id", LIST).stdout)
    sent = fordeling("publish", str(message), *where, environment=clean.variables(IMDI))
    assert sent.returncode == 0, sent.stderr
    system = System(over_it.url, over_it.environment["MASKINPORTEN_ISSUER"], STAVANGER)
    place = f"/distribution-lists/{LIST}"
    shown = system.until(place, lambda body: body["status"] == "received")
    body = {"decisions": [{"running_number": one["running_number"]} for one in shown.body["persons"]]}
    approved = system.write("PUT", f"{place}/approval", body, etag=shown.etag)
    assert system.write("PUT", f"{place}/answer", etag=approved.etag).status == 200
    system.until(f"{place}/letters", lambda body: body["items"] and all(one["pdf"] for one in body["items"]))
    heard = fordeling(
        "watch", "--json", "--from-beginning", "--count", "1", "--list", LIST, "--seconds", "60", *where,
        environment=clean.variables(IMDI),
    )  # fmt: skip
    assert json.loads(heard.stdout)["topic"] == DISTRIBUTION_ANSWERS.name, heard.stderr
    operations = clean.variables("operations")
    for command in (("rebuild",), ("republish", "all"), ("reconcile", "--wait", "120")):
        done = fordeling(*command, *where, environment=operations)
        assert done.returncode == 0, done.stdout + done.stderr
    logs = "".join(file.read_text(encoding="utf-8") for file in sorted((over_it.data_dir / "logs").glob("*.log")))
    assert "AuthorizationFailed" not in logs
