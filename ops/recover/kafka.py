"""Kafka was lost: make its topics anew, and have every service tell again what it had told."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg
from confluent_kafka import KafkaException

from chassis.relaying.cluster import KNOW, LOST
from contracts.topics import GATEWAY, IMDI, SERVICES, TOPICS
from ops import kafka_client
from ops.errors import UserError
from ops.recover import stopped
from ops.stack import topics
from ops.stack.environment import KAFKA

LAST_RECEIVED = "SELECT max(received_at) FROM inbox WHERE reader = %s"
REQUEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was done. last_received: of each topic of IMDi's, when its last message was handled; None: there was none.

    groups: consumer groups whose offsets were forgotten. topics: those made.
    """

    topics: int
    groups: int
    last_received: Mapping[str, datetime | None]
    seconds: float


def prepare(variables: Mapping[str, str]) -> Prepared:
    """Make a Kafka ready that has lost what it held. No process of ours may run. Raises UserError.

    May be done again. What each service told it sends once it runs: from ``outbox_sent``, and its state anew.
    """
    begun = time.monotonic()
    bootstrap = variables.get(KAFKA)
    if not bootstrap:
        raise UserError(f"{KAFKA} is not set: name the broker, or the stack's folder with --data-dir.")
    urls = stopped.databases(variables)
    stopped.check(urls)
    kafka_client.admin(bootstrap)
    groups = _forget_groups(bootstrap)
    for name, url in urls.items():
        _call_it_lost(name, url)
    created = topics.create(bootstrap).created
    return Prepared(len(created), groups, _last_received(urls), time.monotonic() - begun)


def _forget_groups(bootstrap: str) -> int:
    """Delete our groups: offsets that outlived their topics would skip what is told anew."""
    client = kafka_client.admin(bootstrap)
    try:
        listed = client.list_consumer_groups(request_timeout=REQUEST_SECONDS).result()
        ours = [group.group_id for group in listed.valid if group.group_id.split(".", 1)[0] in {*SERVICES, GATEWAY}]
        if ours:
            for deleted in client.delete_consumer_groups(ours, request_timeout=REQUEST_SECONDS).values():
                deleted.result()
    except KafkaException as error:
        raise UserError(f"The consumer groups could not be deleted: {error.args[0].str()}") from None
    return len(ours)


def _call_it_lost(name: str, url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.execute(KNOW.replace("$1", "%s"), [LOST])
    except psycopg.errors.UndefinedTable:
        raise UserError(f"The database of {name} has not the tables this release knows: fordeling migrate") from None


def _last_received(urls: Mapping[str, str]) -> dict[str, datetime | None]:
    found: dict[str, datetime | None] = {}
    for topic in TOPICS:
        if topic.owner == IMDI:
            [consumer] = topic.consumers
            with psycopg.connect(urls[consumer], connect_timeout=10) as connection:
                row = connection.execute(LAST_RECEIVED, [f"{consumer}.{topic.name}"]).fetchone()
            found[topic.name] = row[0] if row else None
    return found
