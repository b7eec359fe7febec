"""``fordeling dead-letters`` and ``fordeling outbox aside`` over a whole stack, as an operator uses them."""

from __future__ import annotations

import io
import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import Producer

from contracts.failures import MessageFailed
from ops.cli import main
from ops.embedded.waiting import wait_until
from ops.testing.stacks import RunningStack, fordeling

pytestmark = pytest.mark.heavy

SECONDS = 60
READER = "distribution.imdi.distribution-lists.v1"
WHY = ("--why", "a test, case 1234", "--as", "Tester")


@dataclass(frozen=True)
class Told:
    """What a command has told."""

    returncode: int
    stdout: str
    stderr: str


def command(*arguments: str, typed: str = "") -> Told:
    """Run a command to its end as ``fordeling`` does, with nobody to be asked; here, for a process each takes long.

    typed: what it reads from standard input.
    """
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv, sys.stdin
    sys.argv, sys.stdin = ["fordeling", *arguments], io.TextIOWrapper(io.BytesIO(typed.encode()))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as ended:
        return Told(int(ended.code or 0), out.getvalue(), err.getvalue())
    finally:
        sys.argv, sys.stdin = before
    raise AssertionError("a command ends the process")


class Desk:
    """One operator at one stack, with one list."""

    def __init__(self, stack: RunningStack, folder: Path) -> None:
        self.stack = stack
        self.list_id = f"FL-{secrets.token_hex(4).upper()}"
        self._folder = folder

    def run(self, *arguments: str) -> Told:
        return command(*arguments, "--data-dir", str(self.stack.data_dir))

    def told(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def parked(self) -> list[dict[str, Any]]:
        return list(self.told("dead-letters", "list", "--service", "distribution", "--subject", self.list_id))

    def park(self, count: int = 1) -> list[str]:
        """Publish a list, and others under its id behind it; gives their ids once they are parked, in order."""
        for number in range(count):
            made = command("demo", "list", "--id", self.list_id, "--municipality", "0301")
            file = self._folder / f"{number}.json"
            file.write_text(made.stdout)
            assert self.run("publish", str(file)).returncode == 0
        assert wait_until(lambda: len(self.parked()) == count, SECONDS)
        return [letter["id"] for letter in self.parked()]

    @property
    def published(self) -> Any:
        """The list that was published first."""
        return json.loads((self._folder / "0.json").read_text())

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.stack.environment["DISTRIBUTION_DATABASE_URL"], autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


@pytest.fixture
def desk(stack: RunningStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("COLUMNS", "200")
    return Desk(stack, tmp_path)


@contextmanager
def broken(desk: Desk) -> Iterator[None]:
    """Have the database refuse the desk's list, with a text that must not be shown."""
    name = f"refuse_{desk.list_id.lower().replace('-', '_')}"
    desk.rows(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF NEW.list_id = '{desk.list_id}' THEN RAISE EXCEPTION 'a secret'; END IF; RETURN NEW; END $$"
    )
    desk.rows(f"CREATE TRIGGER {name} BEFORE INSERT ON distribution_list FOR EACH ROW EXECUTE FUNCTION {name}()")
    try:
        yield
    finally:
        desk.rows(f"DROP TRIGGER {name} ON distribution_list")
        desk.rows(f"DROP FUNCTION {name}")


def one_line(done: Told) -> str:
    assert done.stdout == "", done.stdout
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_what_fails_is_seen_tried_mended_and_redriven_in_order(desk: Desk) -> None:
    """A list that fails and one behind it are announced and listed; nothing goes until it is mended, then both do.

    The second has another content under the same id: it is sent back as changed, which shows that it came second.
    """
    with broken(desk):
        first, second = desk.park(2)
        assert [(one["behind"], one["error"]) for one in desk.parked()] == [
            (False, "RaiseError P0001"),
            (True, ""),
        ]
        seen = desk.run("watch", "--failures", "--from-beginning", "--list", desk.list_id, "--count", "2")
        assert first in seen.stdout
        assert second in seen.stdout
        tried = desk.run("dead-letters", "redrive", desk.list_id, "--dry-run", *WHY)
        assert (tried.returncode, "RaiseError P0001" in tried.stdout) == (3, True), tried.stderr
        done = desk.run("dead-letters", "redrive", desk.list_id, "--yes", *WHY)
        assert (done.returncode, "nothing was redriven" in done.stderr) == (3, True)
        assert [one["tries"] for one in desk.parked()] == [1, 1]
    tried = desk.run("dead-letters", "redrive", second, "--dry-run", *WHY)
    assert tried.returncode == 0, tried.stderr
    assert not desk.rows(f"SELECT FROM distribution_list WHERE list_id = '{desk.list_id}'")
    answer = desk.told("dead-letters", "redrive", desk.list_id, "--yes", *WHY)
    assert [(one["handled"], one["remaining"], one["error"]) for one in answer["redrive"]] == [(2, 0, None)]
    assert desk.parked() == []
    assert desk.rows(f"SELECT status FROM distribution_list WHERE list_id = '{desk.list_id}'") == [("received",)]
    rejected = desk.run("watch", "--from-beginning", "--list", desk.list_id, "--count", "1", "--seconds", "30")
    assert "list-changed" in rejected.stdout
    past = desk.told("dead-letters", "history", "--subject", desk.list_id)
    assert [(one["action"], one["id"]) for one in reversed(past)] == [
        ("dry-run", first),
        ("dry-run", first),
        ("dry-run", first),
        ("dry-run", first),
        ("redrive", first),
        ("redriven", first),
        ("redriven", second),
    ]
    assert {one["reason"] for one in past} == {WHY[1]}
    assert all(one["by"].startswith("Tester (") and "@" in one["by"] for one in past)
    assert [one["outcome"]["handled"] for one in reversed(past) if one["outcome"]] == [0, 0, 2, 2, 2]


def test_a_message_is_shown_without_what_it_says_unless_somebody_says_why(desk: Desk) -> None:
    """Values are shown with --unmask and a reason only, and that they were is kept before they are shown."""
    with broken(desk):
        [identity] = desk.park()
    body = desk.published
    name = body["persons"][0]["identity"]["family_name"]
    for options in ((), ("--json",)):
        shown = desk.run("dead-letters", "show", identity, *options)
        assert shown.returncode == 0, shown.stderr
        assert "persons[].identity.family_name" in shown.stdout
        assert name not in shown.stdout
        assert "a secret" not in shown.stdout
    assert "--why is missing" in one_line(desk.run("dead-letters", "show", identity, "--unmask"))
    assert desk.told("dead-letters", "history", identity) == []
    assert name in desk.run("dead-letters", "show", identity, "--unmask", *WHY).stdout
    assert desk.told("dead-letters", "show", identity, "--unmask", *WHY)["body"] == body
    assert [one["action"] for one in desk.told("dead-letters", "history", identity)] == ["shown", "shown"]
    assert desk.run("dead-letters", "discard", identity, "--reason", "shown often enough").returncode == 0


def test_a_discarded_message_lets_those_behind_it_go(desk: Desk) -> None:
    """With a reason of some length only; the others then go by --all-of their reader."""
    with broken(desk):
        first, second = desk.park(2)
    for reason in ("", "short"):
        refused = desk.run("dead-letters", "discard", first, "--reason", reason)
        assert (refused.returncode, "--reason" in one_line(refused)) == (1, True)
    done = desk.run("dead-letters", "discard", first, "--reason", "sent anew as the second one", "--as", "Tester")
    assert f"dead-letters redrive {desk.list_id} --service distribution" in done.stdout
    assert [one["id"] for one in desk.parked()] == [second]
    answer = desk.told("dead-letters", "redrive", "--all-of", READER, "--yes")
    assert (desk.list_id, 0) in [(one["subject"], one["remaining"]) for one in answer["redrive"]]
    assert desk.rows(f"SELECT status FROM distribution_list WHERE list_id = '{desk.list_id}'") == [("received",)]
    discarded = desk.told("dead-letters", "history", first)[0]
    assert (discarded["action"], discarded["reason"]) == ("discarded", "sent anew as the second one")
    again = desk.run("dead-letters", "discard", first, "--reason", "to be really sure")
    assert (again.returncode, f"no parked message {first}" in one_line(again)) == (1, True)


def test_a_service_that_does_not_answer_leaves_the_request_open(desk: Desk) -> None:
    """The wait is bounded and the exit status 4; the service does it once it goes on."""
    with broken(desk):
        desk.park()
    pid = desk.stack.process("distribution")["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        tried = desk.run("dead-letters", "redrive", desk.list_id, "--yes", "--wait", "2")
        assert (tried.returncode, "No answer from distribution" in tried.stderr) == (4, True), tried.stderr
        [asked] = desk.told("dead-letters", "history", "--subject", desk.list_id)
        assert (asked["action"], asked["outcome"]) == ("dry-run", None)
    finally:
        os.kill(pid, signal.SIGCONT)
    done = desk.run("dead-letters", "redrive", desk.list_id, "--yes")
    assert done.returncode == 0, done.stderr
    assert all(
        one["outcome"]
        for one in desk.told("dead-letters", "history", "--subject", desk.list_id)
        if one["action"] == "dry-run"
    )


def test_what_watch_cannot_read_is_told_and_passed_over(desk: Desk) -> None:
    """A record that a newer release or somebody else has written ends no watching."""
    list_id = desk.list_id
    producer = Producer({"bootstrap.servers": desk.stack.environment["KAFKA_BOOTSTRAP_SERVERS"]})
    producer.produce("letters.failures.v1", b"{}", headers={"ce_subject": list_id})
    assert producer.flush(SECONDS) == 0
    seen = desk.run("watch", "--failures", "--from-beginning", "--list", list_id, "--count", "1")
    assert (seen.returncode, "cannot be read  letters.failures.v1" in seen.stdout) == (0, True), seen.stderr


def test_a_row_that_kafka_refuses_is_released_or_discarded(desk: Desk) -> None:
    """Both with a reason that is kept; a released row goes out before those that wait for it."""
    failed = MessageFailed(
        topic="t",
        partition=0,
        offset=0,
        message_id=None,
        failed_type=None,
        subject="s",
        dead_letter_id=1,
        error="E",
        behind=False,
        failed_at=datetime.now(UTC),
    ).model_dump_json()
    desk.rows(
        "INSERT INTO outbox_aside (id, topic, key, subject, headers, value, created_at, error)"
        " SELECT 1000000 + number, 'distribution.failures.v1', 'k', 'aside-' || number,"
        " jsonb_build_object('ce_id', 'x' || number, 'ce_type', 'failure.message-failed.v1'),"
        f" convert_to('{failed}', 'UTF8'), now(), 'MessageSizeTooLargeError' FROM generate_series(1, 2) AS number"
    )
    rows = desk.told("outbox", "aside", "list")
    assert [(one["id"], one["subject"], one["bytes"], one["behind"]) for one in rows] == [
        ("distribution:1000001", "aside-1", len(failed), 0),
        ("distribution:1000002", "aside-2", len(failed), 0),
    ]
    assert "MessageSizeTooLargeError" in desk.run("outbox", "aside", "list").stdout
    refused = desk.run("outbox", "aside", "release", "distribution:1000001")
    assert (refused.returncode, "--reason" in one_line(refused)) == (1, True)
    assert (
        desk.run("outbox", "aside", "release", "distribution:1000001", "--reason", "let it try again").returncode == 0
    )
    assert wait_until(lambda: not desk.rows("SELECT FROM outbox WHERE id = 1000001"), SECONDS)
    assert desk.run("outbox", "aside", "discard", "distribution:1000002", "--reason", "nobody needs it").returncode == 0
    assert desk.told("outbox", "aside", "list") == []
    past = desk.told("dead-letters", "history", "--service", "distribution", "--most", "2")
    assert [(one["action"], one["queue"], one["reason"]) for one in past] == [
        ("discarded", "outbox-aside", "nobody needs it"),
        ("released", "outbox-aside", "let it try again"),
    ]
    gone = desk.run("outbox", "aside", "discard", "distribution:1000002", "--reason", "nobody needs it")
    assert (gone.returncode, "no row distribution:1000002 aside" in one_line(gone)) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("dead-letters", "show", "12"), "'12' is no id"),
        (("dead-letters", "show", "nobody:12"), "no service 'nobody'"),
        (("dead-letters", "show", "letters:999999"), "no parked message letters:999999"),
        (("dead-letters", "list", "--service", "nobody"), "choose among distribution"),
        (("dead-letters", "redrive", "--yes"), "Name a subject or an id"),
        (("dead-letters", "redrive", "FL-NONE", "--yes"), "Nothing is parked under FL-NONE"),
        (("dead-letters", "redrive", "FL-NONE"), "--yes is missing"),
        (("dead-letters", "redrive", "FL-NONE", "--yes", "--why", "so"), "--why: say why"),
        (
            ("dead-letters", "redrive", "--all-of", "nobody.x", "--dry-run"),
            "Nothing is parked under the reader nobody.x",
        ),
        (("dead-letters", "discard", "letters:1", "--reason", "long enough", "--as", " "), "--as: give a name"),
        (("outbox", "aside", "release", "letters:1", "--reason", "long enough"), "no row letters:1 aside"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line(desk: Desk, arguments: tuple[str, ...], told: str) -> None:
    """With exit status 1, and nothing is done."""
    done = desk.run(*arguments)
    assert (done.returncode, told in one_line(done)) == (1, True), done.stderr


def test_a_database_that_is_away_is_told_in_one_line_and_the_others_are_listed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exit status 2, without its password; what needs that database ends there."""
    for name, value in desk.stack.environment.items():
        if name.endswith("_DATABASE_URL"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("LETTERS_DATABASE_URL", "postgresql://me:hidden@127.0.0.1:1/none")
    listed = command("dead-letters", "list")
    assert listed.returncode == 2
    assert len(listed.stderr.strip().splitlines()) == 1
    assert "The database of letters (postgresql://me@127.0.0.1:1/none) cannot be reached" in listed.stderr
    for arguments in (
        ("dead-letters", "show", "letters:1"),
        ("dead-letters", "redrive", "FL-1", "--yes"),
        ("dead-letters", "discard", "letters:1", "--reason", "long enough"),
        ("dead-letters", "history"),
        ("outbox", "aside", "release", "letters:1", "--reason", "long enough"),
    ):
        done = command(*arguments)
        assert (done.returncode, "hidden" in done.stderr) == (2, False)
        assert "The database of letters" in one_line(done)
    monkeypatch.setenv("LETTERS_DATABASE_URL", "")
    nowhere = command("dead-letters", "list", "--service", "letters")
    assert (nowhere.returncode, "LETTERS_DATABASE_URL is not set" in one_line(nowhere)) == (2, True)


def test_the_command_itself_tells_in_one_line(desk: Desk) -> None:
    """As a process of its own: exit status and standard error are those that a shell sees."""
    done = fordeling("dead-letters", "show", "letters:999999", "--data-dir", str(desk.stack.data_dir))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("fordeling: There is no parked message letters:999999")
