"""Each command called rightly, against one running stack with the demonstration in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer

from ops import cli
from ops.embedded.waiting import wait_until
from ops.testing.stacks import RunningStack, running_stack
from tests.integration.ops.disaster import Rehearsal
from tests.integration.ops.good_calls import CALLS, Call
from tests.integration.ops.test_dead_letters import Told, command

SECONDS = 60
PARKED = ("WALK-1", "WALK-2", "WALK-3", "WALK-4")
BOUNCE = """\
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Original-Envelope-Id: {}

Action: failed
Status: 5.1.1

--b--
"""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Give each command that does something, by the words that call it."""
    names = command.list_commands(None) if hasattr(command, "list_commands") else ()
    for name in names:
        yield from leaves(command.get_command(None, name), (*path, name))
    if not names:
        yield " ".join(path), command


def test_every_command_has_a_good_call() -> None:
    """And one with --json where it has that; a new command has to be added to the calls."""
    tree = dict(leaves(typer.main.get_command(cli.app)))
    speaking_json = {path for path, one in tree.items() if any("--json" in each.opts for each in one.params)}
    assert {call.path for call in CALLS} == set(tree)
    assert {call.path for call in CALLS if call.as_json} == speaking_json


@pytest.fixture(scope="module")
def demonstration(scratch: Path) -> Iterator[RunningStack]:
    """Start a stack with the demonstration, which the calls change and end."""
    with running_stack(scratch / "walked") as started:
        yield started


@pytest.fixture(scope="module")
def prepared(demonstration: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Bring about what commands are for: parked messages, refused rows, mails and letters that reached nobody."""
    folder = tmp_path_factory.mktemp("walk")
    begun = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    found = {"folder": str(folder), "since": begun}
    [[answered]] = _rows(
        demonstration, "DISTRIBUTION", "SELECT min(list_id) FROM distribution_list WHERE status = 'answered'"
    )
    found |= {"answered": answered, "list": _a_list(folder, "WALK-5"), "other_list": _a_list(folder, "WALK-6")}
    _put_aside(demonstration)
    return found | _park(demonstration, folder) | _mails(demonstration) | _letters(demonstration)


def _rows(stack: RunningStack, service: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(stack.environment[f"{service}_DATABASE_URL"], autocommit=True) as connection:
        done = connection.execute(statement.encode())
        return done.fetchall() if done.description else []


def _a_list(folder: Path, list_id: str) -> str:
    file = folder / f"{list_id}.json"
    file.write_text(command("demo", "list", "--id", list_id, "--municipality", "0301").stdout)
    return str(file)


def _park(stack: RunningStack, folder: Path) -> dict[str, str]:
    """Have the database refuse four lists, until all are parked."""
    _rows(
        stack,
        "DISTRIBUTION",
        "CREATE FUNCTION refuse_walk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.list_id LIKE 'WALK-%' THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$",
    )
    trigger = "TRIGGER refuse_walk BEFORE INSERT ON distribution_list FOR EACH ROW EXECUTE FUNCTION refuse_walk()"
    _rows(stack, "DISTRIBUTION", f"CREATE {trigger}")
    for list_id in PARKED:
        done = _run(stack, Call("publish", (_a_list(folder, list_id),)))
        assert done.returncode == 0, done.stderr
    parked = "SELECT subject, id FROM dead_letter WHERE subject LIKE 'WALK-%' ORDER BY subject"
    assert wait_until(lambda: len(_rows(stack, "DISTRIBUTION", parked)) == len(PARKED), SECONDS)
    _rows(stack, "DISTRIBUTION", "DROP TRIGGER refuse_walk ON distribution_list")
    rows = _rows(stack, "DISTRIBUTION", parked)
    return {f"parked_{number}": f"distribution:{row[1]}" for number, row in enumerate(rows, 1)}


def _put_aside(stack: RunningStack) -> None:
    """Put rows where the relay puts those that Kafka refuses."""
    _rows(
        stack,
        "DISTRIBUTION",
        "INSERT INTO outbox_aside (id, topic, key, subject, headers, value, created_at, error)"
        " SELECT 1000000 + number, 'distribution.failures.v1', 'k', 'aside-' || number,"
        " jsonb_build_object('ce_id', 'x' || number, 'ce_type', 'failure.message-failed.v1'),"
        " convert_to('{}', 'UTF8'), now(), 'MessageSizeTooLargeError' FROM generate_series(1, 4) AS number",
    )


def _mails(stack: RunningStack) -> dict[str, str]:
    """Choose four that were sent: two come back, of two nobody is sure."""
    sent = "SELECT mail_id FROM mail WHERE state = 'sent' AND receiver IS NOT NULL ORDER BY mail_id LIMIT 4"
    assert wait_until(lambda: len(_rows(stack, "NOTIFICATION", sent)) == 4, SECONDS)
    one, two, three, four = (row[0] for row in _rows(stack, "NOTIFICATION", sent))
    unsure = f"UPDATE mail SET state = 'unsure', failure = 'unsure' WHERE mail_id IN ('{three}', '{four}')"
    _rows(stack, "NOTIFICATION", unsure)
    found = {"mail_1": one, "mail_2": two, "mail_3": three, "mail_4": four}
    return found | {"bounce_1": BOUNCE.format(one), "bounce_2": BOUNCE.format(two)}


def _letters(stack: RunningStack) -> dict[str, str]:
    """Choose four that are made: two are as SvarUt's refusal leaves them, two as workers that died of them do."""
    made = "SELECT letter_id FROM letter WHERE kind = 'letter_to_person' AND reference IS NOT NULL ORDER BY 1 LIMIT 4"
    assert wait_until(lambda: len(_rows(stack, "LETTERS", made)) == 4, SECONDS)
    found = [row[0] for row in _rows(stack, "LETTERS", made)]
    _rows(stack, "LETTERS", f"UPDATE letter_dispatch SET stage = 'settled' WHERE letter_id IN ({_quoted(found)})")
    sent = "reference = NULL, handed_over_at = NULL, statuses = '[]'"
    refused = f"UPDATE letter SET {sent}, dispatch_failure = 'refused' WHERE letter_id IN ({_quoted(found[:2])})"
    made = "object_key = NULL, sha256 = NULL, size = NULL, created_at = NULL, failure = 'ended_its_workers'"
    _rows(stack, "LETTERS", refused)
    _rows(stack, "LETTERS", f"UPDATE letter SET {sent}, {made} WHERE letter_id IN ({_quoted(found[2:])})")
    return {f"letter_{number}": one for number, one in enumerate(found, 1)}


def _quoted(ids: list[str]) -> str:
    return ", ".join(f"'{one}'" for one in ids)


def _run(stack: RunningStack, call: Call, known: Mapping[str, str] | None = None) -> Told:
    where = ("--data-dir", str(stack.data_dir)) if call.here else ()
    words = [word.format_map(known) if known else word for word in call.words]
    typed = call.typed.format_map(known) if known else call.typed
    return command(*call.path.split(), *words, *where, typed=typed)


@contextmanager
def _stopped(stack: RunningStack, names: tuple[str, ...]) -> Iterator[None]:
    """Keep processes stopped for as long as the block lasts."""
    rehearsal = Rehearsal(stack)
    if names:
        rehearsal.stop(*names)
    try:
        yield
    finally:
        if names:
            rehearsal.start(*names)


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_good_call_is_answered(
    call: Call, demonstration: RunningStack, prepared: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an exit status that its help tells, something said, JSON that is some, and no stack trace."""
    monkeypatch.setenv("COLUMNS", "200")
    with ExitStack() as around:
        around.enter_context(_stopped(demonstration, call.stopped))
        done = _run(demonstration, call, prepared)
    assert done.returncode in call.statuses, (done.stdout[-2000:], done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    assert "A fault of its own" not in done.stderr
    assert bool(done.stdout.strip()) is not call.silent
    if call.as_json:
        _read_json(done.stdout)


def _read_json(text: str) -> None:
    """Read one document, or one a line. Raises where it is neither."""
    try:
        json.loads(text)
    except json.JSONDecodeError:
        for line in text.strip().splitlines():
            json.loads(line)
