"""A range of records once more, without any effect: to a new group that nobody of ours reads with, or to a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from contracts.topics import GATEWAY, IMDI, SERVICES
from ops import kafka_client
from ops.errors import UserError
from ops.inbound import MARK
from ops.topics import seek
from ops.topics.lag import SECONDS
from ops.topics.records import Place, Record
from ops.topics.showing import document


def check_group(bootstrap: str, group: str) -> None:
    """Raise UserError unless it is a new group, and none that a process of ours would read with."""
    if group.split(".", 1)[0] in (*SERVICES, GATEWAY, IMDI, kafka_client.GROUP):
        raise UserError(f"--to-group: {group} could be a service's own: give it another first word, as ops.{group}.")
    client = kafka_client.admin(bootstrap)
    [asked] = client.describe_consumer_groups([group], request_timeout=SECONDS).values()
    try:
        there = asked.result().state.name.lower() != "dead"
    except KafkaException as error:
        if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
            raise kafka_client.refused(error) from None
        there = False
    if there:
        raise UserError(f"--to-group: there is a group {group} already: give a new name.")


def make_group(bootstrap: str, group: str, starts: dict[Place, int]) -> None:
    """Make the group, at these offsets. Raises UserError."""
    seek.move(bootstrap, group, starts)


def cloud_event(record: Record, *, unmasked: bool) -> dict[str, Any]:
    """Write a record as a CloudEvent in structured form, marked as a replay."""
    shown = document(record, unmasked=unmasked)
    attributes = {name.removeprefix("ce_"): value for name, value in shown["headers"].items() if name.startswith("ce_")}
    place = {name: shown[name] for name in ("topic", "partition", "offset", "at", "key", "masked")}
    return {**attributes, MARK: place, "data": shown["body"]}


def write(file: Path, records: Iterable[Record], *, unmasked: bool) -> int:
    """Write records as NDJSON to a new file that only its owner may read. Returns how many. Raises UserError."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            count = 0
            for record in records:
                out.write(json.dumps(cloud_event(record, unmasked=unmasked), ensure_ascii=False) + "\n")
                count += 1
            return count
    except FileExistsError:
        raise UserError(f"--to-file: {file} is there already: give a new name.") from None
    except OSError as error:
        raise UserError(f"--to-file: {file} cannot be written: {error.strerror}.") from None
