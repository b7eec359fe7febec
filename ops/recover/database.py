"""One database was restored from a backup: raise its epoch, read the lost time again, and tell what differs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition

from contracts.envelope import EPOCH, EnvelopeError, decode_headers
from contracts.topics import TOPICS, Kind as TopicKind, Topic
from ops import kafka_client
from ops.errors import UserError
from ops.paths import ROOT
from ops.reconcile.compare import Kind, Snapshot, compare
from ops.reconcile.databases import Database
from ops.reconcile.errors import CannotCompareError
from ops.reconcile.owners import OWNERS
from ops.reconcile.topics import StateTopics
from ops.recover import stopped
from ops.stack.environment import KAFKA
from ops.stack.programs import PROGRAMS

SILENCE_SECONDS = 15.0
TOLD_IN = (TopicKind.STATE, TopicKind.EVENTS)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    epoch: what it was raised to, at least. records: read again; handled: those that the database lacked.
    parked: those that failed. differs: keys that others were told of otherwise than the database has them now.
    """

    epoch: int
    records: int
    handled: int
    parked: int
    differs: Sequence[str]
    seconds: float


def restore(variables: Mapping[str, str], name: str, since: datetime | None) -> Restored:
    """Bring a restored database to where the topics are. No process of the service may run. Raises UserError."""
    begun = time.monotonic()
    bootstrap = variables.get(KAFKA)
    if not bootstrap:
        raise UserError(f"{KAFKA} is not set: name the broker, or the stack's folder with --data-dir.")
    if name not in {program.name for program in PROGRAMS}:
        raise UserError(f"There is no {name}: choose among {', '.join(program.name for program in PROGRAMS)}.")
    stopped.check(stopped.databases(variables, [name]))
    kafka_client.admin(bootstrap)
    told = [topic for topic in TOPICS if topic.owner == name and topic.kind in TOLD_IN]
    epoch = highest_sequence(bootstrap, told) // EPOCH + 1
    done = _replay(variables, name, epoch, since)
    differs = list(_differing(variables, name, bootstrap))
    return Restored(epoch, done["records"], done["handled"], done["parked"], differs, time.monotonic() - begun)


def highest_sequence(bootstrap: str, topics: Iterable[Topic]) -> int:
    """Read topics whole and tell the highest sequence on them, erased records included; 0 where there is none."""
    consumer = kafka_client.reader(bootstrap, enable_partition_eof=True)
    with closing(consumer):
        places = [(topic.name, number) for topic in topics for number in range(topic.partitions)]
        consumer.assign([TopicPartition(name, number, OFFSET_BEGINNING) for name, number in places])
        highest, left, last = 0, set(places), time.monotonic()
        while left:
            for record in consumer.consume(1000, timeout=0.5):
                last = time.monotonic()
                error = record.error()
                if error is None:
                    highest = max(highest, _sequence(record))
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name
                    left.discard((record.topic(), record.partition()))
            if time.monotonic() - last > SILENCE_SECONDS:
                raise UserError(f"Kafka at {bootstrap} stopped answering while topics were read.")
    return highest


def _sequence(record: Any) -> int:  # noqa: ANN401 - the client's own message type is untyped
    try:
        return decode_headers((name, value or b"") for name, value in record.headers() or ()).sequence or 0
    except EnvelopeError:
        return 0


def _replay(variables: Mapping[str, str], name: str, epoch: int, since: datetime | None) -> dict[str, int]:
    """Have the service's own program read again."""
    [program] = [program for program in PROGRAMS if program.name == name]
    command = [sys.executable, "-m", program.module, "restore", "--epoch", str(epoch)]
    if since is not None:
        command += ["--since", since.isoformat()]
    done = subprocess.run(
        command, env={**os.environ, **variables}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        said = done.stderr.strip().splitlines()
        raise UserError(said[-1] if said else f"{name} did not read its topics again (status {done.returncode})")
    found: dict[str, int] = json.loads(lines[-1])
    return found


def _differing(variables: Mapping[str, str], name: str, bootstrap: str) -> Iterable[str]:
    """Tell where the database and what was told before differ, before anything new is told."""
    owner = next((owner for owner in OWNERS if owner.name == name), None)
    if owner is None:
        return  # the gateway tells nothing
    try:
        with (
            closing(Database(name, variables[owner.database])) as database,
            closing(StateTopics(bootstrap, owner.entities)) as topics,
        ):
            topics.advance()
            for entity in owner.entities:
                snapshot = Snapshot(database.kept(entity), topics.told[entity.name])
                for found in compare(snapshot):
                    if found.kind is not Kind.MISSING:  # that one nobody was told of: it came meanwhile
                        yield f"{entity.name} {found.key}: {found.kind.value}"
    except CannotCompareError as error:
        raise UserError(str(error)) from None
