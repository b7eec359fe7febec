"""Each command with something wrong: one line on standard error, the right exit status, never a stack trace."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from ops import cli
from ops.cli import COMMANDS, main
from tests.unit.ops.test_bounces import EXCHANGE

DEAD = "127.0.0.1:1"
DATABASES = ("DISTRIBUTION", "MUNICIPALITY", "NOTIFICATION", "LETTERS", "GATEWAY")
EXAMPLE = "contracts/examples/imdi.withdraw-list.v1.json"
WHY = ("--why", "a test, case 1234")

ASK_KAFKA = (
    ("topics", "list"),
    ("topics", "describe", "distribution.events"),
    ("topics", "check"),
    ("topics", "create"),
    ("topics", "tail", "distribution.events"),
    ("topics", "lag"),
    ("topics", "seek", "ops.x", "--to", "end", "--dry-run"),
    ("topics", "replay", "distribution.events", "--to-file", "/nowhere/at/all"),
    ("topics", "replay", "distribution.events", "--to-group", "ops.x", *WHY),
    ("topics", "trace", "FL-2026-000123"),
    ("topics", "access", "--dry-run"),
    ("audit", "verify"),
    ("publish", EXAMPLE, "--type", "imdi.withdraw-list.v1"),
    ("watch",),
    ("bulk", "2026-48-utsending"),
    ("demo", "load"),
    ("rebuild",),
)
ASK_DATABASES = (
    ("topics", "history"),
    ("dead-letters", "list"),
    ("dead-letters", "history"),
    ("dead-letters", "show", "letters:1"),
    ("dead-letters", "discard", "letters:1", "--reason", "a test, case 1234"),
    ("dead-letters", "redrive", "letters:1", *WHY, "--dry-run"),
    ("outbox", "aside", "list"),
    ("outbox", "aside", "release", "letters:1", "--reason", "a test, case 1234"),
    ("outbox", "aside", "discard", "letters:1", "--reason", "a test, case 1234"),
    ("mail", "failed"),
    ("mail", "resend", "x", *WHY),
    ("mail", "settle", "x", *WHY),
    ("letters", "resend", "x", *WHY),
    ("letters", "remake", "x", *WHY),
    ("four-eyes", "0301", "on"),
    ("audit", "retention", *WHY),
    ("republish", "letters"),
    ("recover", "database", "letters"),
    ("recover", "kafka"),
    ("mail", "unsure"),
    ("letters", "failed"),
    ("reconcile",),
    ("privacy", "find", "FL-2026-000123/2"),
    ("audit", "report", "--person", "FL-2026-000123/2", *WHY),
    ("audit", "export", "--cef", *WHY),
)
OF_THIS_MACHINE = ("up", "down", "status", "logs", "env")
"""About a stack here: integration/ops/test_stack.py."""
OF_NOTHING = ("install", "demo list", "demo withdraw", "demo erase", "demo extend", "demo reply", "demo year")
"""They ask no broker and no database."""
OTHERWISE = (
    "doctor",  # tells of all that is dead, below
    "migrate",  # CANNOT_BE_DONE
    "mail bounce",  # below: it is a mail server's, and asks it to try again
)
WRONGLY_WRITTEN = (
    ("nosuch",),
    ("topics", "nosuch"),
    ("topics", "tail"),
    ("topics", "tail", "distribution.events", "--nosuch"),
    ("topics", "tail", "distribution.events", "--last", "none"),
    ("topics", "tail", "distribution.events", "--partition", "-1"),
    ("topics", "check", "--principal", "x"),
    ("topics", "create", "--replication-factor", "-2"),
    ("topics", "list", "too", "many"),
    ("topics", "describe"),
    ("topics", "lag", "--over", "-1"),
    ("topics", "seek", "x"),
    ("topics", "replay"),
    ("topics", "trace"),
    ("topics", "history", "--most", "0"),
    ("doctor", "--nosuch"),
    ("privacy", "find"),
    ("demo", "erase", "FL-2026-000123"),
    ("demo", "erase", "FL-2026-000123", "--person", "0"),
    ("publish",),
    ("watch", "--count", "0"),
    ("reconcile", "--wait", "-1"),
    ("rebuild", "x"),
    ("dead-letters", "redrive", "x", "--wait", "0"),
)
CANNOT_BE_DONE = (
    (("topics", "tail", "nosuch"), "There is no topic 'nosuch'"),
    (("topics", "tail", "distribution.event"), "distribution.events?"),
    (("topics", "tail", "distribution.events", "--since", "yesterday"), "--since: 'yesterday' is no time"),
    (("topics", "tail", "distribution.events", "--since", "2026-11-26T08:00:00"), "--since: the time needs its offset"),
    (("topics", "tail", "distribution.events", "--since", "1h", "--offset", "1"), "--since and --offset"),
    (("topics", "tail", "distribution.events", "--header", "x"), "--header: 'x' is not name=value"),
    (("topics", "tail", "distribution.events", "--unmask"), "--why is missing"),
    (("topics", "tail", "distribution.events", "--unmask", "--why", "short"), "at least 10 characters"),
    (("topics", "describe", "nosuch"), "There is no topic 'nosuch'"),
    (("topics", "seek", "x", "--to", "nowhere"), "--to: 'nowhere' is neither"),
    (("topics", "seek", "x", "--to", "end"), "--why is missing"),
    (("topics", "replay", "distribution.events"), "--to-file or --to-group"),
    (("topics", "replay", "nosuch", "--to-file", "x"), "There is no topic 'nosuch'"),
    (("dead-letters", "show", "x"), "'x' is no id"),
    (("migrate",), "Cannot reach the database of DISTRIBUTION_DATABASE_URL"),
    (("status",), "not about the profile"),
)


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["fordeling", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture(autouse=True)
def nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name a broker and databases that are not there."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", DEAD)
    for name in DATABASES:
        monkeypatch.setenv(f"{name}_DATABASE_URL", f"postgresql://x:secret@{DEAD}/x")
    monkeypatch.delenv("FORDELING_PROFILE", raising=False)
    monkeypatch.setattr("ops.kafka_client.CONNECT_SECONDS", 0.3)


@pytest.mark.parametrize("arguments", ASK_KAFKA, ids=" ".join)
def test_a_dead_broker_is_one_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command that asks Kafka says where none answers, in one line, with exit status 2."""
    status, out, err = run(capsys, monkeypatch, *arguments)
    assert (status, out) == (2, ""), err
    assert err.startswith("fordeling: No Kafka ")
    assert DEAD in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("arguments", ASK_DATABASES, ids=" ".join)
def test_a_dead_database_is_one_line_each(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command that asks databases says which cannot be reached, a line each and no password, with status 2."""
    status, _out, err = run(capsys, monkeypatch, *arguments)
    assert status == 2
    assert all(line.startswith("fordeling: The database of ") for line in err.splitlines())
    assert "secret" not in err


def test_a_rebuild_without_its_database_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Kafka answers and the gateway's database does not."""
    monkeypatch.setattr("ops.broker.check", lambda _bootstrap: None)
    status, out, err = run(capsys, monkeypatch, "rebuild")
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith("fordeling: The database of gateway (postgresql://x@")


def test_a_bounce_without_the_database_is_for_later(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail server is told to come again, in one line; a mail that reports nothing of ours needs no database."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(EXCHANGE.encode())))
    status, out, err = run(capsys, monkeypatch, "mail", "bounce")
    assert (status, out, len(err.splitlines())) == (75, "", 1)
    assert err.startswith("The database of notification (postgresql://x@")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Subject: On leave\n\n")))
    assert run(capsys, monkeypatch, "mail", "bounce")[0] == 0


@pytest.mark.parametrize("arguments", WRONGLY_WRITTEN, ids=" ".join)
def test_what_is_wrongly_written_is_one_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command or option that is none, or a value that is none, is named in one line, with exit status 2."""
    status, out, err = run(capsys, monkeypatch, *arguments)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("fordeling: ")
    assert "--help)" in err


@pytest.mark.parametrize(("arguments", "said"), CANNOT_BE_DONE, ids=lambda each: each if isinstance(each, str) else "")
def test_what_cannot_be_done_is_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake is told in one line that names what is wrong, before anything is asked, with exit status 1."""
    if arguments == ("status",):
        monkeypatch.setenv("FORDELING_PROFILE", "test")
        monkeypatch.setattr("ops.profiles.apply", lambda *_: None)
    status, out, err = run(capsys, monkeypatch, *arguments)
    assert (status, out) == (1, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_the_doctor_says_what_to_do(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing answers, the doctor names each thing and what to do about it, with exit status 3."""
    status, out, err = run(capsys, monkeypatch, "doctor")
    assert (status, err) == (3, "")
    assert "No Kafka answers at 127.0.0.1:1" in out
    assert out.count("→") >= 1 + len(DATABASES)
    assert "secret" not in out


def test_a_fault_of_ours_is_one_line_without_a_value(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw is told by its kind and place, not by its text, with exit status 70."""

    def broken() -> None:
        raise KeyError("Ola Nordmann")

    monkeypatch.setattr(cli, "app", lambda **_: broken())
    status, out, err = run(capsys, monkeypatch)
    assert (status, out) == (70, "")
    assert "A fault of its own: KeyError in test_command_errors.py, line " in err
    assert "Ola" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(("error", "status"), [(typer.Abort(), 1), (KeyboardInterrupt(), 130), (BrokenPipeError(), 0)])
def test_an_end_from_outside_is_no_fault(
    error: BaseException, status: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question that is declined, Ctrl-C, and a reader who has enough each have a status of their own."""

    def ended(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", ended)
    monkeypatch.setattr("os.dup2", lambda *_: None)
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1, raising=False)
    assert run(capsys, monkeypatch)[0] == status


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_of_itself(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command has help of its own, and the options of completion are the whole command's alone."""
    status, out, _err = run(capsys, monkeypatch, name, "--help")
    assert status == 0
    assert f"Usage: fordeling {name}" in out
    assert "--install-completion" not in out


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give each command that does something, by the words that call it."""
    names = command.list_commands(None) if hasattr(command, "list_commands") else ()
    for name in names:
        yield from leaves(command.get_command(None, name), (*path, name))
    if not names:
        yield path


ALL = sorted(leaves(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_refuses_an_unknown_option(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line that names whose help tells more, with exit status 2; none is forgotten, it is the tree itself."""
    status, out, err = run(capsys, monkeypatch, *path, "--nosuch")
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("fordeling: No such option: --nosuch")
    assert f"fordeling {' '.join(path)} --help)" in err


def test_every_command_is_tried_with_nothing_that_answers() -> None:
    """With a dead broker or dead databases above, or where it says so; a new command has to be added to one of them."""
    tried = {" ".join(path) for path in ALL for one in (*ASK_KAFKA, *ASK_DATABASES) if one[: len(path)] == path}
    assert {" ".join(path) for path in ALL} == tried.union(OF_THIS_MACHINE, OF_NOTHING, OTHERWISE)
