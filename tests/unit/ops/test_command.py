from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from ops.cli import COMMANDS, main
from ops.link import link


def test_every_command_has_help(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The help names every command, each with a line on what it does."""
    monkeypatch.setattr(sys, "argv", ["fordeling", "--help"])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit, match="0"):
        main()
    lines = [line.strip("│ ").split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    described = {line[0]: line[1] for line in lines if len(line) == 2 and line[0] in COMMANDS}
    assert set(described) == set(COMMANDS)


def test_what_the_reader_can_mend_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A mistake of the reader's is told in one line on standard error, with exit status 1."""
    monkeypatch.setattr(sys, "argv", ["fordeling", "status", "--data-dir", str(tmp_path)])
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("fordeling: There is no stack in")
    assert len(said.err.splitlines()) == 1


def test_linking_makes_the_command_runnable(tmp_path: Path) -> None:
    """The command is found by its path, and the tree by the environment's Python."""
    link(tmp_path, tmp_path, tmp_path, "/some/python")
    assert (tmp_path / "fordeling.pth").read_text() == f"{tmp_path}\n"
    command = tmp_path / "fordeling"
    assert command.read_text().startswith("#!/some/python\n")
    assert command.stat().st_mode & stat.S_IXUSR
