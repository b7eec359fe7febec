from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from ops.embedded.waiting import wait_until
from ops.errors import UserError
from ops.stack import leftovers
from ops.stack.layout import Layout
from ops.stack.progress import Progress
from ops.stack.start import start

Start = Callable[..., subprocess.Popen[bytes]]
SECONDS = 10.0


@pytest.fixture
def started() -> Iterator[Start]:
    """Start a command in a session of its own; whatever is left of it is ended with the test."""
    with ExitStack() as ends:

        def begin(*argv: str, **more: str) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(argv, env={**os.environ, **more}, start_new_session=True)
            ends.callback(_end, process)
            return process

        yield begin


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _note(folder: Path, name: str, **changes: object) -> None:
    file = folder / f"{name}.pid.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def _leaderless(started: Start, folder: Path, name: str, **more: str) -> psutil.Process:
    """Note a process that starts another of its group and then ends; returns the other."""
    process = started("sh", "-c", "sleep 60 & sleep 60", **more)
    leftovers.remember(folder, name, process.pid)
    shell = psutil.Process(process.pid)
    assert wait_until(lambda: len(shell.children()) == 2, SECONDS)
    child, other = shell.children()
    other.kill()
    process.wait()
    return child


def test_only_our_own_leftovers_are_ended(started: Start, tmp_path: Path) -> None:
    """A process written down is ended; one that was not written down is not."""
    ours, foreign = started("sleep", "60"), started("sleep", "60")
    leftovers.remember(tmp_path, "ours", ours.pid)
    assert leftovers.clean_up(tmp_path) == ["ours"]
    assert ours.poll() is not None
    assert foreign.poll() is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seconds", [-1000, 1000])
def test_a_process_with_the_id_of_one_of_ours_is_left_alone(started: Start, tmp_path: Path, seconds: int) -> None:
    """A process that has by now the id of one of ours lives on, and so does its group, marked or not."""
    reused = started("sh", "-c", "sleep 60 & sleep 60", **leftovers.mark(tmp_path))
    leftovers.remember(tmp_path, "reused", reused.pid)
    shell = psutil.Process(reused.pid)
    assert wait_until(lambda: len(shell.children()) == 2, SECONDS)
    _note(tmp_path, "reused", created=shell.create_time() + seconds)
    assert leftovers.clean_up(tmp_path) == []
    assert len(shell.children()) == 2
    assert reused.poll() is None


def test_a_note_of_another_boot_is_ignored(started: Start, tmp_path: Path) -> None:
    """What was written down before the machine was started anew says nothing of the processes of now."""
    process = started("sleep", "60", **leftovers.mark(tmp_path))
    leftovers.remember(tmp_path, "before", process.pid)
    _note(tmp_path, "before", boot="another")
    assert leftovers.alive(tmp_path, "before") is None
    assert leftovers.clean_up(tmp_path) == []
    assert process.poll() is None
    assert list(tmp_path.iterdir()) == []


def test_a_group_without_its_first_process_is_ended_where_it_is_ours(started: Start, tmp_path: Path) -> None:
    """Of groups whose first process has ended, ours is ended; one of another stack or of a stranger is not."""
    ours = _leaderless(started, tmp_path, "ours", **leftovers.mark(tmp_path))
    others = _leaderless(started, tmp_path, "others", **leftovers.mark(tmp_path / "else"))
    strangers = _leaderless(started, tmp_path, "strangers")
    assert leftovers.clean_up(tmp_path) == ["ours"]
    assert not ours.is_running()
    assert others.is_running()
    assert strangers.is_running()


def test_what_outlived_a_process_is_ended_unless_a_new_one_is_there(started: Start, tmp_path: Path) -> None:
    """Once the supervisor has ended, what it left is stopped and forgotten; one started since is left alone."""
    old, left, new = started("sleep", "60"), started("sleep", "60"), started("sleep", "60")
    leftovers.remember(tmp_path, "supervisor", old.pid)
    leftovers.remember(tmp_path, "left", left.pid)
    ended, later = psutil.Process(old.pid), psutil.Process(new.pid)
    leftovers.clean_up_after(tmp_path, "supervisor", later)
    assert left.poll() is None
    old.kill()
    old.wait()
    leftovers.clean_up_after(tmp_path, "supervisor", ended)
    assert left.poll() is not None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    """A folder with other things in it is not shut to others, nor used: the reader is told to name another."""
    tmp_path.chmod(0o755)
    (tmp_path / "letter.txt").touch()
    with pytest.raises(UserError, match="holds other things"):
        start(tmp_path, None, {}, (), Progress(Console()))
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert not Layout(tmp_path).run.exists()
