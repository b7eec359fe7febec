"""Faults happen where and when they are asked for, once, and only in an embedded stack."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from chassis import faults
from ops.paths import ROOT

KILLED = -9


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Switch faults on in this process."""
    monkeypatch.setattr(faults, "FOLDER", str(tmp_path))
    return tmp_path


def test_a_place_raises_once(folder: Path) -> None:
    """A place that is told to raise does so the first time it is reached, and no more."""
    (folder / "shop.relay.sent").write_text("raise")
    faults.reached("shop.relay.read")
    with pytest.raises(faults.InjectedError):
        faults.reached("shop.relay.sent")
    faults.reached("shop.relay.sent")
    assert (folder / "shop.relay.sent.done").exists()


def test_a_process_can_be_asked_to_end_at_a_place(folder: Path) -> None:
    """The signal comes there, and the process goes on to its end by itself."""
    (folder / "here").write_text("end")
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: heard.append(number))
    try:
        faults.reached("here")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


def test_the_clock_is_off_by_what_the_folder_says(folder: Path) -> None:
    """Without the file, or with nonsense in it, the clock is right."""
    assert faults.clock_offset() == timedelta(0)
    (folder / "clock").write_text("-600")
    assert faults.clock_offset() == timedelta(minutes=-10)
    (folder / "clock").write_text("soon")
    assert faults.clock_offset() == timedelta(0)


@pytest.mark.parametrize(("embedded", "status"), [("1", KILLED), ("", 0)])
def test_only_an_embedded_stack_hears_of_faults(tmp_path: Path, embedded: str, status: int) -> None:
    """A process of a real installation goes on, whatever the folder says."""
    (tmp_path / "here").write_text("kill")
    environment = {**os.environ, "FORDELING_FAULTS": str(tmp_path), "FORDELING_EMBEDDED": embedded}
    program = "from chassis import faults; faults.reached('here')"
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, check=False)
    assert done.returncode == status
