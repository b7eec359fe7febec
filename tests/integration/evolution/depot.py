"""A service in two releases: ``python -m tests.integration.evolution.depot 1|2``.

It counts what it is told per subject, and tells of each count. The second release is made of the first as one of ours
would be: its messages have an optional field more, it tells of a new kind of event, and it writes a column that the
first does not know, which a migration before the deploy has added.
"""

from __future__ import annotations

import os
import sys
from typing import ClassVar

from chassis.command import main
from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.transaction import Transaction
from contracts.envelope import Message
from tests.integration.chassis.stage import Counted

TABLES = """
CREATE TABLE item (subject text PRIMARY KEY, version bigint NOT NULL);
CREATE TABLE told (id bigint GENERATED ALWAYS AS IDENTITY, subject text NOT NULL, number integer NOT NULL);
"""
MIGRATION = "ALTER TABLE told ADD COLUMN release text"
"""Before the deploy of the second release, while the first runs."""

RAISE = """
INSERT INTO item (subject, version) VALUES ($1, 1) ON CONFLICT (subject) DO UPDATE SET version = item.version + 1
RETURNING version
"""


class Tallied(Message):
    """As the first release tells it."""

    message_type: ClassVar[str] = "test.tallied.v1"
    number: int


class TalliedLater(Tallied):
    """As the second tells it: the next minor version."""

    release: str | None = None


class Checked(Message):
    """Told by the second release only."""

    message_type: ClassVar[str] = "test.checked.v1"
    number: int


def events(topic: str) -> str:
    """Name the topic on which the depot tells."""
    return f"{topic}-events"


async def tell(transaction: Transaction, subject: str, body: Message) -> None:
    version = await transaction.connection.fetchval(RAISE, subject)
    topic = events(os.environ["TEST_TOPIC"])
    await transaction.publish(topic, body, key=subject, subject=subject, sequence=version)


async def first(received: Received[Counted], transaction: Transaction) -> None:
    subject, number = received.envelope.subject, received.body.number
    await transaction.connection.execute("INSERT INTO told (subject, number) VALUES ($1, $2)", subject, number)
    await tell(transaction, subject, Tallied(number=number))


async def second(received: Received[Counted], transaction: Transaction) -> None:
    subject, number = received.envelope.subject, received.body.number
    await transaction.connection.execute(
        "INSERT INTO told (subject, number, release) VALUES ($1, $2, '2')", subject, number
    )
    await tell(transaction, subject, TalliedLater(number=number, release="2"))
    if int(subject.removeprefix("s-")) % 2 == 0:
        await tell(transaction, subject, Checked(number=number))


def bootstrap(settings: Settings) -> Service:
    """Wire the release that the command line names."""
    del settings
    name = os.environ["TEST_NAME"]
    handler = {"1": first, "2": second}[sys.argv[1]]
    return Service(name, f"/test/{name}", [Subscription(os.environ["TEST_TOPIC"], {Counted: handler}, Dedupe.ID)])


if __name__ == "__main__":
    raise SystemExit(main("test", bootstrap, Settings, ["run"]))
