"""Faults of Kafka: away, frozen, with topics that are missing or too small, and on three nodes with one lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psutil

from contracts.topics import BY_NAME, DISTRIBUTION_ANSWERS, DISTRIBUTION_EVENTS, LETTERS_EVENTS
from ops.stack import topics as stack_topics
from ops.testing.kafka_cluster import KafkaCluster
from tests.faults import operators, topics
from tests.faults.fault import Fault, Group
from tests.faults.machine import SERVICES, Kind
from tests.faults.stage import Stage

FROZEN_SECONDS = 20.0
AWAY_SECONDS = 8.0
ZOMBIE_SECONDS = 14.0
"""Longer than a consumer's session lasts (10 s): its partitions are given away meanwhile."""
LOST_SECONDS = 30.0
MISSING_SECONDS = 10.0
REFUSED_SECONDS = 90.0
TOO_SMALL = "200"
LIMIT = "max.message.bytes"


def _frozen(stage: Stage) -> None:
    with stage.frozen("kafka"):
        stage.hold(FROZEN_SECONDS)
    operators.wait_kafka(stage)


def _restarted(stage: Stage) -> None:
    stage.stop("kafka")
    stage.hold(AWAY_SECONDS)
    stage.start("kafka")
    operators.wait_kafka(stage)


def _killed(stage: Stage) -> None:
    stage.kill("kafka")
    operators.wait_kafka(stage)


def _rebalanced(stage: Stage) -> None:
    """Have a second process join; freeze one of the two behind a handler until its partitions are given away."""
    service = stage.random.choice(("distribution", "municipality", "letters"))
    with stage.replica(service) as replica:
        with _zombie(stage, f"{service}.{_read_by(service)}.handled", {replica.pid, stage.pid(service) or 0}):
            stage.hold(ZOMBIE_SECONDS)
        stage.hold(AWAY_SECONDS)


def _read_by(service: str) -> str:
    return {"distribution": "imdi.distribution-lists.v1"}.get(service, DISTRIBUTION_EVENTS.name)


@contextmanager
def _zombie(stage: Stage, place: str, processes: set[int]) -> Iterator[None]:
    """Freeze whichever of the processes comes by the place next, for as long as the block lasts."""
    stage.strike(place, "stop")
    frozen = stage.wait(lambda: [pid for pid in processes if _is_stopped(pid)], f"a process stopped at {place}")
    try:
        yield
    finally:
        for pid in frozen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    with suppress(psutil.Error):
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    return False


def _offsets_reset(stage: Stage) -> None:
    """Stop a service, set all its groups back to the beginning, and start it: all it ever read comes again."""
    service = stage.random.choice(SERVICES)
    stage.stop(service)
    try:
        partitions = sum(operators.rewind(stage, group) for group in operators.groups_of(stage, service))
        assert partitions, f"{service} has read nothing yet"
    finally:
        stage.start(service)
    stage.wait_ready(service)


def _topic_missing(stage: Stage) -> None:
    """Delete a topic when all its records have been read; its owner's new ones wait until it is there again."""
    topic, owner = LETTERS_EVENTS, LETTERS_EVENTS.owner
    stage.stop(owner)
    try:
        stage.wait(lambda: not topics.behind(stage.bootstrap, lambda name: name.endswith(topic.name)), "all read")
        operators.delete_topic(stage, topic.name)
        try:
            stage.start(owner)
            stage.wait_ready(owner)
            stage.wait(lambda: _missed(stage, topic.name), "somebody missing the topic", REFUSED_SECONDS)
            stage.hold(MISSING_SECONDS)
        finally:
            stack_topics.create(stage.bootstrap, [BY_NAME[topic.name]])
    finally:
        if stage.pid(owner) is None:
            stage.start(owner)
    stage.wait_ready(owner)


def _missed(stage: Stage, topic: str) -> bool:
    return any(alarm.line.get("topic") == topic for alarm in stage.alarms())


def _too_large(stage: Stage) -> None:
    """Let a topic take next to nothing for a while: what is too large for it goes aside, and waits for operations."""
    topic = stage.random.choice((DISTRIBUTION_EVENTS, DISTRIBUTION_ANSWERS))
    operators.configure(stage, topic.name, {LIMIT: TOO_SMALL})
    try:
        refused = f"a record refused by {topic.name}"
        stage.wait(lambda: operators.waiting_rows(stage, topic.owner), refused, REFUSED_SECONDS)
        stage.hold(stage.random.uniform(1, 5))
    finally:
        operators.configure(stage, topic.name, {LIMIT: None})


def _cluster(stage: Stage) -> KafkaCluster:
    cluster = stage.machine.parts["kafka"]
    assert isinstance(cluster, KafkaCluster)
    return cluster


def _leader_killed(stage: Stage) -> None:
    """Kill the node that leads some partition, and later the one that leads it then."""
    cluster = _cluster(stage)
    topic = stage.random.choice((DISTRIBUTION_EVENTS.name, "__transaction_state", "__consumer_offsets"))
    for _ in range(2):
        leader = cluster.leader(topic)
        cluster.nodes[leader].kill()
        try:
            stage.wait(lambda old=leader: cluster.leader(topic) not in (old, -1), f"another leader of {topic}")
            stage.hold(AWAY_SECONDS)
        finally:
            cluster.nodes[leader].start()
        cluster.wait_whole()


def _majority_away(stage: Stage) -> None:
    """Kill two nodes at once: nothing can be acknowledged until one of them is back."""
    cluster = _cluster(stage)
    away = stage.random.sample(sorted(cluster.nodes), 2)
    for node in away:
        cluster.nodes[node].kill()
    try:
        stage.hold(FROZEN_SECONDS)
    finally:
        for node in away:
            cluster.nodes[node].start()
    cluster.wait_whole()


def _node_lost(stage: Stage) -> None:
    """Kill a node and delete all it has: the others go on, and an empty one takes its place in the end."""
    cluster = _cluster(stage)
    lost = stage.random.choice(sorted(cluster.nodes))
    cluster.nodes[lost].kill()
    cluster.wipe(lost)
    try:
        stage.hold(LOST_SECONDS)
    finally:
        cluster.nodes[lost].start()
    cluster.wait_whole()


FAULTS: Sequence[Fault] = (
    Fault("kafka-frozen", Group.KAFKA, "The broker stands still for 20 s (SIGSTOP)", _frozen),
    Fault("kafka-restarted", Group.KAFKA, "The broker is stopped, away for 8 s, and started", _restarted),
    Fault("kafka-killed", Group.KAFKA, "SIGKILL of the broker, which recovers its logs", _killed, core=True),
    Fault(
        "rebalance-mid-handler",
        Group.KAFKA,
        "A second process joins; one freezes behind a handler and loses its partitions; one leaves",
        _rebalanced,
    ),
    Fault(
        "offsets-reset",
        Group.KAFKA,
        "A service's consumer groups are set back to the beginning: it reads everything again",
        _offsets_reset,
        core=True,
    ),
    Fault(
        "topic-missing",
        Group.KAFKA,
        f"{LETTERS_EVENTS.name} is deleted and made again later",
        _topic_missing,
        alarms=("topic is not there",),
    ),
    Fault(
        "record-too-large",
        Group.KAFKA,
        "A topic's limit is too small for its records; operations raise it and release what was put aside",
        _too_large,
        tidy=operators.release_all,
        alarms=("row put aside",),
    ),
    Fault(
        "cluster-leader-killed",
        Group.KAFKA,
        "Three nodes: SIGKILL of a partition's leader, and then of its successor",
        _leader_killed,
        stage=Kind.CLUSTER,
    ),
    Fault(
        "cluster-majority-away",
        Group.KAFKA,
        "Three nodes: SIGKILL of two at once, which come back after 20 s",
        _majority_away,
        stage=Kind.CLUSTER,
        alarms=("Kafka does not answer",),
    ),
    Fault(
        "cluster-node-lost",
        Group.KAFKA,
        "Three nodes: one is lost with all its data for 30 s; an empty one takes its place",
        _node_lost,
        stage=Kind.CLUSTER,
    ),
)
