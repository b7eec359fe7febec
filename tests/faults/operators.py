"""What operations do to Kafka and to what waits for them: the hands by which faults break and mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, TopicPartition

# As in ops/stack/topics.py.
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    OffsetSpec,
    ResourceType,
)

from chassis.storage import outbox
from ops.embedded.kafka import answers_metadata
from tests.faults.machine import SERVICES
from tests.faults.stage import Stage

REQUEST_SECONDS = 20.0
KAFKA_SECONDS = 120.0
REDRIVE_SECONDS = 90.0
WAITING = "SELECT DISTINCT reader, subject FROM dead_letter ORDER BY reader, subject"


def admin(stage: Stage) -> AdminClient:
    """Speak to the stage's Kafka as an operator. To be held as long as an answer is waited for: it ends with it."""
    return AdminClient({"bootstrap.servers": stage.bootstrap, "log_level": 0})


def wait_kafka(stage: Stage) -> None:
    """Wait until Kafka answers."""
    stage.wait(lambda: answers_metadata(stage.bootstrap), "Kafka answering", KAFKA_SECONDS)


def groups_of(stage: Stage, service: str) -> Sequence[str]:
    """Name a service's consumer groups."""
    client = admin(stage)
    listed = client.list_consumer_groups(request_timeout=REQUEST_SECONDS).result()
    return sorted(one.group_id for one in listed.valid if one.group_id.partition(".")[0] == service)


def rewind(stage: Stage, group: str) -> int:
    """Have a group, whose members must have gone, read all there is once more. Gives how many partitions it reads."""
    client = admin(stage)
    stage.wait(lambda: _is_empty(client, group), f"{group} without members")
    kept = client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=REQUEST_SECONDS)
    places = [TopicPartition(one.topic, one.partition) for one in kept[group].result().topic_partitions or ()]
    if places:
        first = client.list_offsets({place: OffsetSpec.earliest() for place in places}, request_timeout=REQUEST_SECONDS)
        begin = [TopicPartition(place.topic, place.partition, found.result().offset) for place, found in first.items()]
        [altered] = client.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, begin)]).values()
        altered.result()
    return len(places)


def _is_empty(client: AdminClient, group: str) -> bool:
    [described] = client.describe_consumer_groups([group], request_timeout=REQUEST_SECONDS).values()
    return bool(described.result().state is ConsumerGroupState.EMPTY)


def configure(stage: Stage, topic: str, settings: Mapping[str, str | None]) -> None:
    """Set a topic's configuration; None takes a setting back."""
    entries = [
        ConfigEntry(
            name,
            value or "",
            incremental_operation=AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET,
        )
        for name, value in settings.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    client = admin(stage)
    [done] = client.incremental_alter_configs([resource]).values()
    done.result()


def delete_topic(stage: Stage, topic: str) -> None:
    """Delete a topic, and wait until it is gone."""
    client = admin(stage)
    [done] = client.delete_topics([topic], operation_timeout=REQUEST_SECONDS).values()
    done.result()
    stage.wait(lambda: topic not in client.list_topics(timeout=REQUEST_SECONDS).topics, f"{topic} gone")


def waiting_rows(stage: Stage, service: str) -> int:
    """Count what a service has put aside."""
    return int(stage.sql(service, "SELECT count(*) AS count FROM outbox_aside")[0]["count"])


def release_all(stage: Stage) -> None:
    """Have sent what Kafka refused: what was put aside first goes first, and is gone before the next is released."""
    for service in SERVICES:
        while rows := stage.sql(service, "SELECT id FROM outbox_aside ORDER BY id LIMIT 1"):
            _once(stage, service, outbox.RELEASE.replace("$1", "%s"), rows[0]["id"])


def redrive_all(stage: Stage) -> None:
    """Have every parked message handled, its subject's in their order. What still fails is left where it is."""
    for service in SERVICES:
        for row in stage.sql(service, WAITING):
            asked = _once(
                stage,
                service,
                "INSERT INTO redrive_request (reader, subject, dry_run, requested_by) VALUES (%s, %s, false, 'rig') "
                "RETURNING id",
                row["reader"],
                row["subject"],
            )
            stage.wait(_finished(stage, service, asked), f"redrive of {row['subject']}", REDRIVE_SECONDS)


def _once(stage: Stage, service: str, statement: str, *values: object) -> int:
    [row] = stage.sql(service, statement, *values)
    return int(row["id"])


def _finished(stage: Stage, service: str, request: int) -> Callable[[], bool]:
    done = "SELECT id FROM redrive_request WHERE id = %s AND finished_at IS NOT NULL"
    return lambda: bool(stage.sql(service, done, request))
