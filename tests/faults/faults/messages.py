"""Faults of messages: repeated at once, out of order, damaged, of another version, poison among many."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import asyncpg
from confluent_kafka import Consumer

from chassis.reading import dead_letters
from chassis.storage.database import prepare_connection
from contracts.distribution.v1 import DecisionsSaved, ListAnswered
from contracts.envelope import Envelope, encode_headers
from contracts.imdi.v1 import PublishDistributionList
from contracts.topics import DISTRIBUTION_COMMANDS, DISTRIBUTION_EVENTS, IMDI_LISTS, LETTERS_EVENTS, Topic
from tests.faults.fault import Fault, Group
from tests.faults.machine import SERVICES, NotSoError
from tests.faults.stage import Stage
from tests.faults.told import Line, What

ROGUE = "/rogue"
ROGUE_LIST = "RG"
ECHO_SECONDS = 10.0
AMONG = 500
READERS = ("municipality", "notification", "letters")
"""Who reads distribution's events."""
HARMLESS, READ = DecisionsSaved.message_type, ListAnswered.message_type
"""An event that none of them looks into, and one that all of them do."""


def _twice_at_once(stage: Stage) -> None:
    """Put every command and event on its topic twice more, at once and as it is, as soon as it has come."""
    topics = [DISTRIBUTION_EVENTS.name, DISTRIBUTION_COMMANDS.name, LETTERS_EVENTS.name]
    echoed = set[tuple[str, str]]()
    over = threading.Event()
    consumer = Consumer(
        {
            "bootstrap.servers": stage.bootstrap,
            "group.id": f"rig-echo-{uuid.uuid4()}",
            "auto.offset.reset": "latest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "log_level": 0,
        }
    )
    consumer.subscribe(topics)
    ends = threading.Timer(ECHO_SECONDS, over.set)
    ends.start()
    with ThreadPoolExecutor(4) as pool:
        while not over.is_set():
            record = consumer.poll(0.1)
            if record is None or record.error() is not None:
                continue
            headers = {name: value or b"" for name, value in record.headers() or ()}
            name = (record.topic(), headers.get("ce_id", b"").decode())
            if name in echoed:
                continue
            echoed.add(name)
            for _ in range(2):
                pool.submit(
                    stage.imdi.sender.send,
                    record.topic(),
                    record.key(),
                    record.value(),
                    headers,
                    partition=record.partition(),
                )
    consumer.close()
    if not echoed:
        raise NotSoError("nothing came that could be put on its topic again")


def _gap_and_reversal(stage: Stage) -> None:
    """Send events of a list that distribution has not: 1, then 4, then 2."""
    for sequence in (1, 4, 2):
        _rogue(stage, DISTRIBUTION_EVENTS, f"{ROGUE_LIST}-{stage.plan.code}-GAP", sequence, _saved(stage))
    stage.wait(lambda: _counted(stage, "messages are missing") >= len(READERS), "every reader telling the gap")


def _malformed(stage: Stage) -> None:
    """Send what is no JSON as a list, as a command, and as an event."""
    [case] = stage.plan.wrong_ones(1)
    broken = b'{"list_id": "' + case.list_id.encode() + b'", "persons": ['
    kind = PublishDistributionList.message_type
    stage.imdi.publish_raw(
        broken, case.list_id, case.municipality.number, _id(case.list_id), kind=kind, expects="rejected"
    )
    _rogue(stage, DISTRIBUTION_COMMANDS, f"{ROGUE_LIST}-{stage.plan.code}-JSON", None, broken)
    _rogue(stage, DISTRIBUTION_EVENTS, f"{ROGUE_LIST}-{stage.plan.code}-JSON", 1, broken, kind=READ)
    stage.wait(lambda: _parked(stage) >= len(READERS), "every reader parking the event")


def _other_versions(stage: Stage) -> None:
    """Send lists of the next major, with a field more, and without a body; and events of the next major."""
    newer, fuller, empty = stage.plan.extra(3)
    kind = PublishDistributionList.message_type
    stage.imdi.publish_raw(
        newer.body.model_dump_json().encode(),
        newer.list_id,
        newer.municipality.number,
        _id(newer.list_id),
        kind=kind.replace(".v1", ".v2"),
        expects="rejected",
    )
    more = fuller.body.model_dump_json(exclude_unset=True)[:-1] + ', "a_field_of_tomorrow": {"any": 1}}'
    stage.imdi.publish_raw(
        more.encode(), fuller.list_id, fuller.municipality.number, _id(fuller.list_id), kind=kind, expects="taken"
    )
    headers = encode_headers(Envelope(_id(empty.list_id), "/imdi", kind, empty.list_id, datetime.now(UTC)))
    if stage.imdi.sender.send(IMDI_LISTS.name, empty.municipality.number, None, dict(headers)):
        stage.told.write(
            Line(What.PUBLISHED, empty.list_id, _id(empty.list_id), "imdi", {"kind": kind, "expects": "rejected"})
        )
    subject = f"{ROGUE_LIST}-{stage.plan.code}-V2"
    _rogue(stage, DISTRIBUTION_EVENTS, subject, 1, _saved(stage), kind=HARMLESS.replace(".v1", ".v2"))
    stage.wait(lambda: _parked(stage) >= len(READERS), "every reader parking the event")


def _poison(stage: Stage) -> None:
    """Send 500 events at once of which one cannot be read, and behind it one more of its subject."""
    poisoned = stage.random.randrange(AMONG // 4, 3 * AMONG // 4)
    subjects = [f"{ROGUE_LIST}-{stage.plan.code}-{number:04d}" for number in range(AMONG)]
    with ThreadPoolExecutor(50) as pool:
        for number, subject in enumerate(subjects):
            value, kind = (b"\x00 no JSON", READ) if number == poisoned else (_saved(stage), HARMLESS)
            pool.submit(_rogue, stage, DISTRIBUTION_EVENTS, subject, 1, value, kind=kind)
    _rogue(stage, DISTRIBUTION_EVENTS, subjects[poisoned], 2, _saved(stage))
    stage.wait(lambda: _parked(stage) >= 2 * len(READERS), "the poison and what is behind it parked by every reader")
    stage.wait(lambda: _read(stage, subjects) >= len(READERS) * AMONG, "all others read")


def _put_away(stage: Stage) -> None:
    """Discard what the fault has put on topics, in writing."""
    for service in SERVICES:
        letters = [row["id"] for row in stage.sql(service, "SELECT id FROM dead_letter ORDER BY id")]
        asyncio.run(_discard(stage.database_url(service, superuser=False), letters))


async def _discard(url: str, letters: Sequence[int]) -> None:
    connection = await asyncpg.connect(url)
    try:
        await prepare_connection(connection)
        for letter in letters:
            await dead_letters.discard(connection, letter, by="rig", reason="sent by the rig of faults to do harm")
    finally:
        await connection.close()


def _rogue(
    stage: Stage,
    topic: Topic,
    subject: str,
    sequence: int | None,
    value: bytes,
    *,
    kind: str = HARMLESS,
) -> None:
    """Send something that none of ours has sent."""
    key = stage.municipalities[0].id
    envelope = Envelope(_id(f"{subject}/{sequence}"), ROGUE, kind, subject, datetime.now(UTC), sequence)
    stage.imdi.sender.send(topic.name, key, value, dict(encode_headers(envelope)))


def _saved(stage: Stage) -> bytes:
    """Write an event that has no effect on anybody."""
    body = DecisionsSaved(
        list_id=f"{ROGUE_LIST}-{stage.plan.code}",
        municipality_id=stage.municipalities[0].id,
        year=stage.plan.today.year,
        accepted=1,
        declined=0,
    )
    return body.model_dump_json().encode()


def _counted(stage: Stage, event: str) -> int:
    return len({alarm.process for alarm in stage.alarms() if alarm.event == event})


def _parked(stage: Stage) -> int:
    statement = "SELECT count(*) AS count FROM dead_letter WHERE subject LIKE %s"
    return sum(stage.sql(reader, statement, f"{ROGUE_LIST}-{stage.plan.code}%")[0]["count"] for reader in READERS)


def _read(stage: Stage, subjects: Sequence[str]) -> int:
    statement = "SELECT count(*) AS count FROM inbox_sequence WHERE subject = ANY(%s)"
    return sum(stage.sql(reader, statement, list(subjects))[0]["count"] for reader in READERS)


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"rig/{name}"))


FAULTS: Sequence[Fault] = (
    Fault(
        "messages-twice-at-once",
        Group.MESSAGES,
        f"Every command and event twice more on its topic, at once, for {ECHO_SECONDS:.0f} s",
        _twice_at_once,
    ),
    Fault(
        "sequence-gap",
        Group.MESSAGES,
        "A rogue producer's events with a gap, then a reversal, in their sequence",
        _gap_and_reversal,
        alarms=("messages are missing",),
    ),
    Fault(
        "malformed-json",
        Group.MESSAGES,
        "A list, a command and an event that are no JSON",
        _malformed,
        tidy=_put_away,
        alarms=("message parked",),
    ),
    Fault(
        "other-versions",
        Group.MESSAGES,
        "A list and an event of the next major, a list with a field more, a list without a body",
        _other_versions,
        tidy=_put_away,
        alarms=("message parked",),
    ),
    Fault(
        "poison-among-500",
        Group.MESSAGES,
        "Five hundred events at once, one of them poison, and one behind it",
        _poison,
        core=True,
        tidy=_put_away,
        alarms=("message parked",),
    ),
)
