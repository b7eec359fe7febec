"""Telling again and repairing, on a whole stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from confluent_kafka import Producer

from chassis.broker.kafka import partition_of
from contracts.distribution.v1 import ListState, PersonFolderState, PersonState
from contracts.envelope import EPOCH, Envelope, decode_headers, encode_headers
from contracts.municipality.v1 import RegisterState
from contracts.notification.v1 import NoticeState
from contracts.topics import BY_NAME, DISTRIBUTION_STATE, NOTIFICATION_STATE, PERSON_FOLDERS, SERVICES, TOPICS, Kind
from ops.reconcile.repair import repair
from ops.reconcile.run import COPIES_CHECK, Patience, reconcile
from ops.testing.stacks import RunningStack, fordeling
from ops.topics.records import held
from tests.integration.ops.tampering import SETTLED

pytestmark = pytest.mark.heavy

PATIENT = Patience(quiet=5, longest=90)
STATE_TOPICS = [topic for topic in TOPICS if topic.kind is Kind.STATE]


@dataclass(frozen=True)
class Last:
    """The last record of a key."""

    partition: int
    envelope: Envelope
    body: Any


def last_records(bootstrap: str) -> dict[tuple[str, str], Last]:
    """Read the last record of every key of the state topics; those erased are left out."""
    found: dict[tuple[str, str], Last] = {}
    for record in held(bootstrap, *(topic.name for topic in STATE_TOPICS)):
        place = (record.topic, record.key_text)
        if record.value is None:
            found.pop(place, None)
        else:
            envelope = decode_headers(record.headers)
            model = BY_NAME[record.topic].types[envelope.type]
            found[place] = Last(record.partition, envelope, model.model_validate_json(record.value))
    return found


def tell(environment: Mapping[str, str], topic: str, envelope: Envelope, body: bytes | None) -> None:
    """Put a record on an owner's topic that the owner did not send."""
    producer = Producer({"bootstrap.servers": environment["KAFKA_BOOTSTRAP_SERVERS"]})
    partition = partition_of(envelope.partition_key or envelope.subject, 6)
    producer.produce(topic, body, envelope.subject, partition=partition, headers=encode_headers(envelope))
    producer.flush(10)


def written(one: Last, **changes: Any) -> bytes:
    """Write a record's body with some fields changed."""
    return bytes(one.body.model_copy(update=changes).model_dump_json().encode())


def foreign(kind: str, subject: str, sequence: int, partition_key: str) -> Envelope:
    return Envelope("foreign", "/foreign", kind, subject, datetime.now(UTC), sequence, partition_key=partition_key)


def execute(environment: Mapping[str, str], statement: str) -> int:
    with psycopg.connect(environment["GATEWAY_DATABASE_URL"], autocommit=True) as connection:
        return connection.execute(statement.encode()).rowcount


def test_everything_told_again_is_the_same(answered: Mapping[str, str], stack: RunningStack) -> None:
    """Each key's last record is told anew with the same body, partition and partition key, and no lower sequence."""
    assert repair(answered, PATIENT).clean
    before = last_records(answered["KAFKA_BOOTSTRAP_SERVERS"])
    done = fordeling("republish", "all", "--json", "--data-dir", str(stack.data_dir))
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = json.loads(done.stdout)
    assert set(outcomes) == set(SERVICES)
    after = last_records(answered["KAFKA_BOOTSTRAP_SERVERS"])
    moving = ("letters", "notification")  # SvarUt moves letters on meanwhile, and what comes of it is noticed
    assert set(after) >= set(before)
    assert all(place[0].startswith(moving) for place in set(after) - set(before))
    assert sum(one["outcome"]["told"] for one in outcomes.values()) >= len(before)
    for place, was in before.items():
        now = after[place]
        assert now.envelope.republished or place[0].startswith(moving)
        assert (now.partition, now.envelope.partition_key, now.envelope.type) == (
            was.partition,
            was.envelope.partition_key,
            was.envelope.type,
        )
        assert now.envelope.sequence is not None
        assert now.envelope.sequence >= (was.envelope.sequence or 0)
        if now.envelope.sequence == was.envelope.sequence:
            assert (now.body, now.envelope.id) == (was.body, was.envelope.id)


@pytest.mark.usefixtures("answered")
def test_only_a_list_or_a_municipality_is_told(stack: RunningStack) -> None:
    """A key tells its list; a municipality its own; a time far ahead nothing."""
    where = ("--json", "--data-dir", str(stack.data_dir))
    for options, least, most in (
        (("--key", f"{SETTLED}/1"), 9, 14),  # four persons, folders of the placed, the list, what was done to it
        (("--municipality", "k-1103"), 9, 14),
        (("--since", "2199-01-01T00:00:00+01:00"), 0, 0),
    ):
        done = fordeling("republish", "distribution", *options, *where)
        told = json.loads(done.stdout)["distribution"]["outcome"]["told"]
        assert least <= told <= most, options


def test_a_mistake_is_told_in_one_line(stack: RunningStack) -> None:
    """An unknown service and a time without an offset are named."""
    where = ("--data-dir", str(stack.data_dir))
    for arguments, said in ((("nobody",), "no service nobody"), (("letters", "--since", "2026-01-01"), "--since")):
        done = fordeling("republish", *arguments, *where)
        assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
        assert said in done.stderr


READ_MODEL = {
    "a row deleted": f"DELETE FROM readmodel.distribution_list WHERE list_id = '{SETTLED}'",
    "a body altered": f'UPDATE readmodel.person SET body = body || \'{{"sex": "male", "household": 99}}\''
    f" WHERE list_id = '{SETTLED}' AND running_number = 1",
    "a version raised": "UPDATE readmodel.ledger_year SET sequence = sequence + 1000 WHERE municipality_id = 'k-1103'",
    "a column altered": f"UPDATE readmodel.ledger_list SET list_version = 0 WHERE list_id = '{SETTLED}'",
    "a row of nobody's": "INSERT INTO readmodel.notice (notice_id, municipality_id, posted_at, sequence, body)"
    " VALUES ('stray', 'k-0301', now(), 1, '{}')",
}


def test_the_read_model_is_repaired(answered: Mapping[str, str]) -> None:
    """Rows deleted, altered, too new by hand or of nobody's are as the owners say again, after one run."""
    for statement in READ_MODEL.values():
        assert execute(answered, statement) == 1, statement
    report = repair(answered, Patience(quiet=2, longest=60))
    assert report.clean, report.document()
    assert {one.service for one in report.repaired} == {"distribution", "municipality", "notification"}
    assert execute(answered, "SELECT FROM readmodel.notice WHERE notice_id = 'stray'") == 0


def test_topics_are_repaired(answered: Mapping[str, str]) -> None:
    """An old record, one far ahead, an erasure and keys of nobody's are mended on the topic and for readers."""
    person = f"{SETTLED}/2"
    kept = last_records(answered["KAFKA_BOOTSTRAP_SERVERS"])
    body = written(kept[DISTRIBUTION_STATE.name, SETTLED], message="foreign")
    state, folders = DISTRIBUTION_STATE.name, PERSON_FOLDERS.name
    tell(answered, state, foreign(ListState.message_type, SETTLED, 999, SETTLED), body)
    tell(answered, state, foreign(PersonState.message_type, person, 999, SETTLED), None)
    folder = next(key for topic, key in kept if topic == folders)
    tell(answered, folders, foreign(PersonFolderState.message_type, folder, 0, folder.split("/")[0]), None)
    nobody = written(kept[state, f"{SETTLED}/1"], list_id="FL-X")
    tell(answered, state, foreign(PersonState.message_type, "FL-X/1", 3, "FL-X"), nobody)
    notice = written(next(one for (topic, _), one in kept.items() if topic == NOTIFICATION_STATE.name))
    tell(answered, NOTIFICATION_STATE.name, foreign(NoticeState.message_type, "of nobody's", 5, "k-9999"), notice)
    report = repair(answered, Patience(quiet=2, longest=60))
    assert report.clean, report.document()
    mended = last_records(answered["KAFKA_BOOTSTRAP_SERVERS"])
    assert mended[state, SETTLED].body == kept[state, SETTLED].body
    assert (mended[state, SETTLED].envelope.sequence or 0) > EPOCH  # above what readers had seen
    assert mended[folders, folder].body == kept[folders, folder].body
    assert (state, "FL-X/1") not in mended


CLOSING_MISSED = """
INSERT INTO folder_copy SELECT (jsonb_populate_record(open, '{"running_number": 99}')).*
FROM folder_copy AS open WHERE NOT closed ORDER BY list_id, running_number LIMIT 1
RETURNING list_id || '/' || running_number
"""
OPENING_MISSED = """
DELETE FROM folder_copy WHERE (list_id, running_number) IN
    (SELECT list_id, running_number FROM folder_copy WHERE NOT closed ORDER BY list_id, running_number LIMIT 1)
RETURNING list_id || '/' || running_number
"""
COPIED = "SELECT given_name FROM folder_copy WHERE list_id || '/' || running_number = %s"


def test_letters_copies_of_person_folders_are_repaired(answered: Mapping[str, str]) -> None:
    """A closing that letters was away for erases its copy, an opening makes it; both are named until then."""
    with psycopg.connect(answered["LETTERS_DATABASE_URL"], autocommit=True) as letters:
        keys = [row[0] for each in (CLOSING_MISSED, OPENING_MISSED) for row in letters.execute(each).fetchall()]
        failing = {one.name: list(one.failing) for one in reconcile(answered, Patience(0, 0)).checked if one.failing}
        assert failing == {COPIES_CHECK: sorted(keys)}
        report = repair(answered, Patience(quiet=2, longest=60))
        assert report.clean, report.document()
        assert {one.service for one in report.repaired} == {"distribution"}
        closed, opened = (letters.execute(COPIED, (key,)).fetchall() for key in keys)
        assert closed == [(None,)]
        assert [name for (name,) in opened if name]


def test_what_was_never_told_is_told(answered: Mapping[str, str]) -> None:
    """A row of the register's that the topic lost comes back, also where no page shows it."""
    topic = "municipality.state.v1"
    tell(answered, topic, foreign(RegisterState.message_type, "register", 0, "register"), None)
    report = repair(answered, Patience(quiet=2, longest=60))
    assert report.clean, report.document()
    assert last_records(answered["KAFKA_BOOTSTRAP_SERVERS"])[topic, "register"].envelope.republished


def test_repair_tells_what_it_did(answered: Mapping[str, str], stack: RunningStack) -> None:
    """The command ends with 0 once all agree, and says in JSON which service told what."""
    assert execute(answered, f"DELETE FROM readmodel.distribution_list WHERE list_id = '{SETTLED}'") == 1
    done = fordeling("reconcile", "--repair", "--json", "--quiet", "2", "--data-dir", str(stack.data_dir))
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["clean"]
    assert {one["service"] for one in document["repaired"]} == {"distribution"}
