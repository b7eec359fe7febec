"""A small file system that can be filled and freed: a disk that runs full, without harm to the machine's own."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.errors import UserError

CHUNK = 64 * 1024


class NotPossibleHereError(UserError):
    """The machine does not let us have a file system of our own."""


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """One that is mounted. folder: where."""

    folder: Path

    @property
    def free_bytes(self) -> int:
        """How much can still be written."""
        return shutil.disk_usage(self.folder).free

    def fill(self, leave_bytes: int = 0) -> None:
        """Take up what is free, down to ``leave_bytes``; repeated, it takes up what has become free since."""
        with self._ballast.open("ab", buffering=0) as file:
            try:
                while (free := self.free_bytes - leave_bytes) > 0:
                    file.write(bytes(min(CHUNK, free)))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def clear(self) -> None:
        """Give back what was taken up."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / ".ballast"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a file system in memory on ``folder``, made where it is not, for as long as the block lasts.

    Raises NotPossibleHereError where we may not: it takes CAP_SYS_ADMIN.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if folder.is_mount():  # left behind by a run that was killed
        _run("umount", "--lazy", str(folder))
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "fordeling-test", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise NotPossibleHereError(f"There is no '{command[0]}' on this machine.") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines()[-1] if error.stderr.strip() else f"it ended with {error.returncode}"
        raise NotPossibleHereError(f"No small file system can be mounted here: {reason}") from None
