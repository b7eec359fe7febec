"""Installing what is missing, once for all stacks of this tree."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from ops.embedded import browser_files
from ops.embedded.jars import JarSet, Progress, silent
from ops.paths import INSTALL


@contextmanager
def _only_one() -> Iterator[None]:
    """Held by one process at a time; the others wait, and then find it done."""
    INSTALL.mkdir(exist_ok=True)
    with (INSTALL / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install_jars(jars: JarSet, fetched: Progress = silent) -> None:
    """Install a Java program's libraries unless they are; ``fetched(done, total)`` tells how far it has come."""
    if jars.installed():
        return
    with _only_one():
        jars.install(fetched)


def install_browser_files() -> None:
    """Install the npm packages unless they are."""
    if browser_files.installed():
        return
    with _only_one():
        if not browser_files.installed():
            browser_files.install()
