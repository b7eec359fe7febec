"""Stacks of embedded parts, started, looked at, hurt and stopped by the command."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from confluent_kafka.admin import AdminClient

from contracts.topics import TOPICS
from ops.embedded.ports import answers, free_ports
from ops.embedded.waiting import wait_until
from ops.stack.layout import Layout
from ops.testing.stacks import RunningStack, clean_environment, command, fordeling

pytestmark = pytest.mark.heavy

BUSY_SECONDS = 30


def _pids(stack: RunningStack) -> set[int]:
    return {process["pid"] for process in stack.status()["processes"]}


def test_two_stacks_run_side_by_side(one: RunningStack, other: RunningStack) -> None:
    """Two stacks with different folders share no process and no address."""
    ready = dict.fromkeys(("kafka", "oidc", "postgres", "mail", "svarut"), "ready")
    for each in (one, other):
        assert wait_until(lambda each=each: each.healths() == ready, BUSY_SECONDS), each.healths()  # type: ignore[misc]
    first, second = one.status(), other.status()
    assert not _pids(one) & _pids(other)
    assert not set(first["addresses"].values()) & set(second["addresses"].values())


def test_what_nobody_waits_for_stands_back(one: RunningStack) -> None:
    """SvarUt's simulator has the processor when nothing else wants it; what everything stands on comes first."""
    here = os.nice(0)
    nice = {process["name"]: psutil.Process(process["pid"]).nice() - here for process in one.status()["processes"]}
    assert nice["svarut"] > 0
    assert {nice[name] for name in ("kafka", "postgres", "oidc", "mail")} == {0}


def test_status_tells_no_password(one: RunningStack) -> None:
    """The status names every database, and no password."""
    status = fordeling("status", "--json", "--data-dir", str(one.data_dir)).stdout
    assert "GATEWAY_READER_DATABASE_URL" in status
    for name, value in one.environment.items():
        if name.endswith("_DATABASE_URL"):
            secret = re.search(r":([^:@/]+)@", value)
            assert secret is not None
            assert secret.group(1) not in status


def test_secrets_are_for_the_owner_only(one: RunningStack) -> None:
    """Nobody else can read a file that holds a password."""
    layout = Layout(one.data_dir)
    for file in (layout.secrets, layout.environment, layout.supervisor):
        assert file.stat().st_mode & 0o077 == 0


def test_nobody_else_can_read_what_a_stack_keeps(one: RunningStack) -> None:
    """The data folder is shut to others, and so is by itself each file that a process wrote: records, logs, letters."""
    assert one.data_dir.stat().st_mode & 0o777 == 0o700
    layout = Layout(one.data_dir)
    by_the_command = ("supervisor-start", "meta.properties", "bootstrap")
    written = [
        layout.postgres,
        *layout.logs.glob("*.log"),
        *layout.svarut.glob("svarut.sqlite"),
        *(layout.kafka / "logs").rglob("*.log"),
        *(layout.kafka / "logs").glob("*checkpoint*"),
    ]
    # Kafka writes a checkpoint beside the last one, and gives it its name.
    kept = [file for file in written if not file.name.startswith(by_the_command) and file.suffix != ".tmp"]
    assert {"kafka.log", "svarut.sqlite", "postgres", f"{0:020}.log"} < {file.name for file in kept}
    assert [file for file in kept if file.stat().st_mode & 0o077] == []


def test_topics_are_as_the_registry_says(one: RunningStack) -> None:
    """Every topic of the registry is there after a start, with its partitions; making them again changes nothing."""
    client = AdminClient({"bootstrap.servers": one.environment["KAFKA_BOOTSTRAP_SERVERS"]})
    there = client.list_topics(timeout=10).topics
    assert {topic.name: topic.partitions for topic in TOPICS} == {
        name: len(found.partitions) for name, found in there.items() if not name.startswith("__")
    }
    again = fordeling("topics", "create", "--data-dir", str(one.data_dir))
    assert again.stdout == "Created 0, changed the configuration of 0.\n"


def test_each_role_has_its_own_database(one: RunningStack) -> None:
    """A service's role reaches its own database and no other's."""
    own = one.environment["LETTERS_DATABASE_URL"]
    with psycopg.connect(own) as connection:
        assert connection.execute("SELECT current_user, pg_encoding_to_char(6)").fetchone() == (
            "fordeling_letters",
            "UTF8",
        )
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(f"{own.rpartition('/')[0]}/fordeling_distribution").close()


def test_a_crashed_process_is_started_again(one: RunningStack) -> None:
    """A process that is killed is started again, and the status tells how often."""
    before = one.process("oidc")
    os.kill(before["pid"], signal.SIGKILL)
    assert wait_until(lambda: one.process("oidc")["restarts"] == before["restarts"] + 1, BUSY_SECONDS)
    assert wait_until(lambda: one.process("oidc")["health"] == "ready", BUSY_SECONDS)
    assert one.process("oidc")["pid"] != before["pid"]


def test_up_twice_is_up_once(one: RunningStack) -> None:
    """A stack that runs is not started a second time."""
    before = _pids(one)
    again = fordeling("up", "--detach", "--data-dir", str(one.data_dir))
    assert again.returncode == 0
    assert f"Already running: {one.url}" in again.stdout
    assert _pids(one) == before


def test_logs_of_each_process(one: RunningStack) -> None:
    """Each process has its own readable log; a wrong name is answered with the right ones."""
    assert "Kafka Server started" in fordeling("logs", "kafka", "--data-dir", str(one.data_dir)).stdout
    wrong = fordeling("logs", "kafak", "--data-dir", str(one.data_dir))
    assert wrong.returncode == 1
    assert "choose among kafka, mail, oidc, postgres" in wrong.stderr


def test_every_part_can_be_given(one: RunningStack, tmp_path: Path) -> None:
    """Where every part is given by its URL nothing embedded starts, and Ctrl-C ends the command in order."""
    given = {
        name: value
        for name, value in one.environment.items()
        if name in ("KAFKA_BOOTSTRAP_SERVERS", "OIDC_ISSUER", "OBJECT_STORE_URL", "SMTP_URL", "MAIL_FROM")
        or name.endswith("_DATABASE_URL")
    }
    [port] = free_ports(1)
    data_dir = tmp_path / "given"
    # Where the tests run in the background it is ignored, and a child would go on ignoring it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command("up", "--embedded-only", "--port", str(port), "--data-dir", str(data_dir)),
        env=clean_environment(given),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process, ending(process):
        assert process.stdout is not None
        said = ""
        while "Ctrl-C stops everything" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        stack = RunningStack(data_dir, given)
        assert stack.status()["processes"] == []
        supervisor = psutil.Process(int((data_dir / "run" / "supervisord.pid").read_text()))
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=BUSY_SECONDS)
    assert (process.returncode, rest.strip()) == (0, "Stopped.")
    assert not supervisor.is_running()
    assert list((data_dir / "run").glob("*.pid.json")) == []


@contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[None]:
    """Leave nothing running where the block fails: it would fail whatever runs next."""
    try:
        yield
    except BaseException:
        process.terminate()
        raise


def test_what_a_killed_supervisor_left_is_cleaned_up(one: RunningStack, other: RunningStack) -> None:
    """After the supervisor was killed, the next start stops what it left, only that, and goes on with the data."""
    where, url = ("--data-dir", str(other.data_dir)), other.environment["LETTERS_DATABASE_URL"]
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    left, untouched = [psutil.Process(pid) for pid in _pids(other)], _pids(one)
    psutil.Process(int((other.data_dir / "run" / "supervisord.pid").read_text())).kill()
    assert all(process.is_running() for process in left)
    again = fordeling("up", "--detach", "--embedded-only", *where)
    assert again.returncode == 0, again.stderr
    assert "Stopped postgres, left behind" in again.stdout
    assert not any(process.is_running() for process in left)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    assert _pids(one) == untouched


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}, "No Kafka broker answers at 127.0.0.1:1"),
        (
            {"LETTERS_DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/letters"},
            "of LETTERS_DATABASE_URL (postgresql://me@127.0.0.1:1/letters): Connection refused",
        ),
        ({"OIDC_ISSUER": "http://127.0.0.1:1/x"}, "No login provider answers at http://127.0.0.1:1/x"),
        ({"SMTP_URL": "smtp://me:secret@127.0.0.1:1"}, "No mail server answers at smtp://me@127.0.0.1:1"),
    ],
)
def test_what_was_given_but_is_not_there(environment: dict[str, str], message: str, tmp_path: Path) -> None:
    """A part that was given but cannot be reached is told in one line that says what to do."""
    [port] = free_ports(1)
    done = fordeling("up", "--detach", "--port", str(port), "--data-dir", str(tmp_path), environment=environment)
    assert done.returncode == 1
    assert message in done.stderr
    assert "unset the variable" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_taken_port(one: RunningStack, tmp_path: Path) -> None:
    """A port that another program has is told in one line that says what to do."""
    taken = one.environment["KAFKA_BOOTSTRAP_SERVERS"].rpartition(":")[2]
    assert answers(int(taken))
    done = fordeling("up", "--detach", "--port", taken, "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"fordeling: Port {taken} is taken by another program: stop it, or choose another with --port."
    )


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    """Asking about a stack that never was is answered, not crashed on."""
    for asked in ("status", "down", "env"):
        done = fordeling(asked, "--data-dir", str(tmp_path))
        assert done.returncode == 1
        assert f"There is no stack in {tmp_path}" in done.stderr
